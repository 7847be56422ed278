package dev.belay;

import org.jspecify.annotations.Nullable;

/**
 * Steps that run beside others: one of several branches of {@link Course#parallel}, or what {@link Course#fanOut} runs for each
 * item. Made by {@link Course#branch} or {@link Course#forEach}; a branch is run by exactly one step.
 *
 * @param <I> what its steps take
 */
public final class Branch<I> extends Course<I> {
    private final Saga<?> saga;
    private @Nullable String begunBy;

    Branch(Saga<?> saga, String name, Class<I> input) {
        super(name, input);
        this.saga = saga;
        saga.checkOpen();
        saga.branches().add(this);
    }

    @Override
    Saga<?> saga() {
        return saga;
    }

    /** The branch's name. */
    public String name() {
        return line();
    }

    @Nullable
    String begunBy() {
        return begunBy;
    }

    void beginBy(String step) {
        if (begunBy != null) {
            saga.problem("branch \"" + line() + "\" is run by \"" + begunBy + "\" and by \"" + step
                    + "\"; write it once for each");
        }
        begunBy = step;
    }
}
