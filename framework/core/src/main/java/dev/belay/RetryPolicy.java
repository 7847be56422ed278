package dev.belay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * When a failed step or undo runs again, and when it stops trying. An activity has no policy of its own: one that fails is
 * called again when its step is, unless the step's code handles the failure.
 *
 * <p>The wait grows by {@code factor} after each failed attempt, from {@code firstDelay} up to {@code longestDelay}, and is
 * then shortened by up to {@code jitter} of itself at random, so that steps that failed together do not come back together.
 * Once {@code maxAttempts} have failed, the failure policy decides. Immutable.
 */
public final class RetryPolicy {
    /** No wait is longer: a century of microseconds still fits the database's arithmetic. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final int maxAttempts;
    private final Duration firstDelay;
    private final Duration longestDelay;
    private final double factor;
    private final double jitter;
    private final List<Rule> rules;

    private record Rule(Predicate<Throwable> applies, Function<Throwable, Optional<Duration>> delay) {}

    private RetryPolicy(
            int maxAttempts,
            Duration firstDelay,
            Duration longestDelay,
            double factor,
            double jitter,
            List<Rule> rules) {
        if (maxAttempts < 1) {
            throw new IllegalArgumentException("maxAttempts must be at least 1, got " + maxAttempts);
        }
        if (firstDelay.isNegative() || longestDelay.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException("delays must not be negative and the longest not below the first, got "
                    + firstDelay + " and " + longestDelay);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter must be between 0 and 1, got " + jitter);
        }
        this.maxAttempts = maxAttempts;
        this.firstDelay = firstDelay.compareTo(LONGEST) > 0 ? LONGEST : firstDelay;
        this.longestDelay = longestDelay.compareTo(LONGEST) > 0 ? LONGEST : longestDelay;
        this.factor = factor;
        this.jitter = jitter;
        this.rules = List.copyOf(rules);
    }

    /** Five attempts; the wait doubles from {@code firstDelay} up to one minute (or {@code firstDelay}, if that is longer). */
    public static RetryPolicy exponential(Duration firstDelay) {
        Duration cap = Duration.ofMinutes(1);
        return new RetryPolicy(5, firstDelay, firstDelay.compareTo(cap) > 0 ? firstDelay : cap, 2, 0.2, List.of());
    }

    /** Five attempts with the same wait between them. */
    public static RetryPolicy fixed(Duration delay) {
        return new RetryPolicy(5, delay, delay, 1, 0, List.of());
    }

    /** A single attempt. */
    public static RetryPolicy never() {
        return fixed(Duration.ZERO).upTo(1);
    }

    /** What a step does unless told otherwise: five attempts, waits from 1 s. */
    public static RetryPolicy forSteps() {
        return exponential(Duration.ofSeconds(1));
    }

    /** What an undo does unless told otherwise: ten attempts, waits from 1 s up to 5 minutes. */
    public static RetryPolicy forUndos() {
        return exponential(Duration.ofSeconds(1)).upTo(10).cappedAt(Duration.ofMinutes(5));
    }

    /** The same policy with at most {@code attempts} attempts. */
    public RetryPolicy upTo(int attempts) {
        return new RetryPolicy(attempts, firstDelay, longestDelay, factor, jitter, rules);
    }

    /** The same policy with waits of at most {@code longest}. */
    public RetryPolicy cappedAt(Duration longest) {
        return new RetryPolicy(maxAttempts, firstDelay, longest, factor, jitter, rules);
    }

    /** The same policy with waits shortened at random by up to {@code share} (0 to 1) of themselves. */
    public RetryPolicy jitter(double share) {
        return new RetryPolicy(maxAttempts, firstDelay, longestDelay, factor, share, rules);
    }

    /** The same policy, but giving up at once on exceptions of the given type. */
    public RetryPolicy notOn(Class<? extends Throwable> type) {
        return with(new Rule(type::isInstance, error -> Optional.empty()));
    }

    /**
     * The same policy, but waiting as long as an exception of the given type asks for; the number of attempts still counts.
     * What the function returns is neither capped nor shortened; if it returns null or throws, the usual wait counts.
     */
    public <E extends Throwable> RetryPolicy orAfter(Class<E> type, Function<? super E, Duration> retryAfter) {
        return with(new Rule(
                type::isInstance, error -> Optional.of(Objects.requireNonNull(retryAfter.apply(type.cast(error))))));
    }

    private RetryPolicy with(Rule rule) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(rule);
        return new RetryPolicy(maxAttempts, firstDelay, longestDelay, factor, jitter, more);
    }

    /** How many attempts there are at most. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /**
     * Returns the wait after {@code failures} failed attempts, the last of which threw {@code error}, or empty when none is left.
     * Rules look at the exception and at its causes; the rule added last wins.
     */
    public Optional<Duration> delayAfter(int failures, Throwable error) {
        if (failures >= maxAttempts) {
            return Optional.empty();
        }
        for (int i = rules.size() - 1; i >= 0; i--) {
            int depth = 0;
            for (Throwable cause = error; cause != null && depth < 20; cause = cause.getCause(), depth++) {
                if (rules.get(i).applies().test(cause)) {
                    return ruled(rules.get(i), cause, failures);
                }
            }
        }
        return Optional.of(usualDelay(failures));
    }

    /** A rule that has no answer, or fails itself, must not keep the step from being tried again. */
    private Optional<Duration> ruled(Rule rule, Throwable cause, int failures) {
        Optional<Duration> answer;
        try {
            answer = rule.delay().apply(cause);
        } catch (RuntimeException e) {
            return Optional.of(usualDelay(failures));
        }
        return answer.map(delay -> delay.isNegative() ? Duration.ZERO : delay.compareTo(LONGEST) > 0 ? LONGEST : delay);
    }

    private Duration usualDelay(int failures) {
        double millis = firstDelay.toMillis() * Math.pow(factor, Math.max(0, failures - 1));
        double capped = Math.min(millis, longestDelay.toMillis());
        double shortened = capped * (1 - jitter * ThreadLocalRandom.current().nextDouble());
        return Duration.ofMillis(Math.round(shortened));
    }
}
