package dev.belay;

import org.jspecify.annotations.Nullable;

/**
 * What looking for the effect of a step found, after the step's process died or its time was over.
 *
 * @param <O> the step's output
 */
public sealed interface Verdict<O> {
    /** It took effect, and returned {@code output}. */
    record Applied<O>(@Nullable O output) implements Verdict<O> {}

    /** It did not take effect, and never will. */
    record NotApplied<O>() implements Verdict<O> {}

    /** It cannot be told. */
    record Unclear<O>() implements Verdict<O> {}

    /** It took effect, and returned {@code output}. */
    static <O> Verdict<O> applied(@Nullable O output) {
        return new Applied<>(output);
    }

    /** It did not take effect, and never will. */
    static <O> Verdict<O> notApplied() {
        return new NotApplied<>();
    }

    /** It cannot be told: an operator decides. */
    static <O> Verdict<O> unclear() {
        return new Unclear<>();
    }
}
