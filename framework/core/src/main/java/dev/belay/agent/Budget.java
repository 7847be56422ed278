package dev.belay.agent;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/**
 * How much may be spent. What is not said is not limited.
 *
 * @param tokens input and output tokens
 * @param money in the unit of the prices
 * @param calls calls of models, those that failed included
 * @param time since the saga's start; of no meaning for a tenant
 */
public record Budget(Optional<Long> tokens, Optional<BigDecimal> money, Optional<Long> calls, Optional<Duration> time) {
    /** Without any limit. */
    public static final Budget UNLIMITED =
            new Budget(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Over what time a tenant's budget is counted, by the database's clock in UTC. */
    public enum Period {
        /** A calendar day. */
        DAY,
        /** A calendar month. */
        MONTH
    }

    /** The same with so many tokens. */
    public Budget tokens(long most) {
        return new Budget(Optional.of(positive(most)), money, calls, time);
    }

    /** The same with so much money. */
    public Budget money(String most) {
        BigDecimal sum = new BigDecimal(most);
        if (sum.signum() <= 0) {
            throw new IllegalArgumentException("A budget must be above 0, got " + most + ".");
        }
        return new Budget(tokens, Optional.of(sum), calls, time);
    }

    /** The same with so many calls. */
    public Budget calls(long most) {
        return new Budget(tokens, money, Optional.of(positive(most)), time);
    }

    /** The same with so much time. */
    public Budget time(Duration most) {
        positive(most.toNanos());
        return new Budget(tokens, money, calls, Optional.of(most));
    }

    private static long positive(long most) {
        if (most <= 0) {
            throw new IllegalArgumentException("A budget must be above 0, got " + most + ".");
        }
        return most;
    }
}
