package dev.belay;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where a new saga takes up the course of an old one: at a step of the saga's own line, which runs again, be it with what it was
 * given then or with something else. Immutable. See {@link Belay#fork}.
 */
public final class ForkPoint {
    private final int seq;
    private final Optional<String> step;
    private final Optional<Object> input;

    private ForkPoint(int seq, Optional<String> step, Optional<Object> input) {
        this.seq = seq;
        this.step = step;
        this.input = input;
    }

    /** At the step that ran as the {@code seq}-th of its saga, counted from 1 as in {@link JournalEntry#seq}. */
    public static ForkPoint at(int seq) {
        if (seq < 1) {
            throw new IllegalArgumentException("Steps are counted from 1, got " + seq + ".");
        }
        return new ForkPoint(seq, Optional.empty(), Optional.empty());
    }

    /** At the step called {@code step}; where it last ran, if it ran several times. */
    public static ForkPoint at(String step) {
        return new ForkPoint(0, Optional.of(Objects.requireNonNull(step, "step")), Optional.empty());
    }

    /** The same step, which is given {@code edited} instead of what it was given then. Later steps take what they always take. */
    public ForkPoint withInput(Object edited) {
        return new ForkPoint(seq, step, Optional.of(Objects.requireNonNull(edited, "edited")));
    }

    /** The place of the step, if it was given by that. */
    public OptionalInt seq() {
        return step.isPresent() ? OptionalInt.empty() : OptionalInt.of(seq);
    }

    /** The name of the step, if it was given by that. */
    public Optional<String> step() {
        return step;
    }

    /** What the step is given instead of what it was given then. */
    public Optional<Object> input() {
        return input;
    }

    @Override
    public String toString() {
        return step.map(name -> "step \"" + name + "\"").orElse("step " + seq);
    }
}
