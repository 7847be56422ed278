package dev.belay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a routed step says comes next: another step, with that step's input, or the end of the saga, with its result. */
public sealed interface Next {

    /**
     * The step called {@code step} runs next, with {@code input}.
     *
     * @param delay how long it waits before it runs, without a thread; zero for not at all
     */
    record GoTo(String step, @Nullable Object input, Duration delay) implements Next {
        public GoTo {
            if (delay.isNegative()) {
                throw new IllegalArgumentException(
                        "Step \"" + step + "\" cannot run before now; its delay is " + delay + ".");
            }
        }

        /** The same step, after {@code delay} by the database's clock. A skip to it does not wait. */
        public GoTo after(Duration delay) {
            return new GoTo(step, input, delay);
        }
    }

    /** The saga completes with {@code result}. */
    record End(@Nullable Object result) implements Next {}

    /** Goes on with a chain step, which takes the saga's input. */
    static GoTo step(String name) {
        return new GoTo(name, null, Duration.ZERO);
    }

    /** Goes on with the routed step {@code name}; {@code input} must be of the type it takes. */
    static GoTo step(String name, Object input) {
        return new GoTo(name, input, Duration.ZERO);
    }

    /** Goes on with the routed step {@code step}. */
    static <T> GoTo to(StepRef<T> step, T input) {
        return new GoTo(step.name(), input, Duration.ZERO);
    }

    /** Completes the saga with {@code result}, which must be of the type the definition returns. */
    static Next end(Object result) {
        return new End(result);
    }

    /** Completes a saga that returns nothing. */
    static Next end() {
        return new End(null);
    }
}
