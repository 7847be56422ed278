package dev.belay.internal.worker;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.Outcome;
import dev.belay.SagaException;
import dev.belay.UndoContext;
import dev.belay.internal.coordinator.UndoPlan;
import dev.belay.internal.journal.SagaRow;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The context of an undo. */
final class UndoingContext<I, O> implements UndoContext<I, O> {
    private final SagaRow saga;
    private final long fence;
    private final UndoPlan plan;
    private final UndoPlan.Item item;
    private final I input;
    private final @Nullable O output;
    private final @Nullable Failure failure;
    private final Items items;
    private volatile boolean nothing;

    UndoingContext(
            SagaRow saga,
            long fence,
            UndoPlan plan,
            UndoPlan.Item item,
            I input,
            @Nullable O output,
            @Nullable Failure failure,
            Items items) {
        this.saga = saga;
        this.fence = fence;
        this.plan = plan;
        this.item = item;
        this.input = input;
        this.output = output;
        this.failure = failure;
        this.items = items;
    }

    /** Reads the items that a fan-out had begun. */
    @FunctionalInterface
    interface Items {
        <T> List<T> of(Class<T> type);
    }

    boolean foundNothing() {
        return nothing;
    }

    @Override
    public I input() {
        return input;
    }

    @Override
    @SuppressWarnings("NullAway") // a step that succeeded with null has null as its output
    public O output() {
        if (item.outcome() != Outcome.SUCCEEDED) {
            throw new SagaException("There is no output to undo: step \"" + item.step() + "\" of saga " + saga.id()
                    + " ended as " + item.outcome()
                    + ". Look at outcome() first, and say nothingToUndo() if nothing is found.");
        }
        return output;
    }

    @Override
    public Optional<O> outputIfAny() {
        return Optional.ofNullable(output);
    }

    @Override
    public Outcome outcome() {
        return item.outcome();
    }

    @Override
    public List<Effect> effects() {
        return plan.items().stream()
                .filter(other -> !other.isStep()
                        && other.branch() == item.branch()
                        && other.seq() == item.seq()
                        && other.run() == item.run())
                .sorted(java.util.Comparator.comparingInt(UndoPlan.Item::number))
                .map(other -> new Effect(
                        String.valueOf(
                                other.activity() == null ? "" : other.activity().name()),
                        other.outcome(),
                        other.progress().name()))
                .toList();
    }

    @Override
    public <T> List<T> items(Class<T> type) {
        return items.of(type);
    }

    @Override
    public Cause cause() {
        return saga.cause() == null ? Cause.OPERATOR : saga.cause();
    }

    @Override
    public Optional<Failure> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public UUID sagaId() {
        return saga.id();
    }

    @Override
    public String step() {
        return item.step();
    }

    @Override
    public int seq() {
        return item.seq();
    }

    @Override
    public int attempt() {
        return item.attempts() + 1;
    }

    @Override
    public String idempotencyKey() {
        return Keys.undo(saga.id(), item.branch(), item.seq(), item.run(), activityKey());
    }

    @Override
    public String idempotencyKeyOfStep() {
        return Keys.step(saga.id(), item.branch(), item.seq(), item.run())
                + (activityKey() == null ? "" : "/" + activityKey());
    }

    private @Nullable String activityKey() {
        UndoPlan.Activity activity = item.activity();
        return activity == null ? null : activity.key();
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public void nothingToUndo() {
        nothing = true;
    }
}
