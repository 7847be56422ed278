package dev.belay.internal;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.SagaHandle;
import dev.belay.SagaNotCompleted;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.internal.coordinator.Operations;
import dev.belay.internal.coordinator.Views;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.worker.Notifier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A saga as application code sees it. */
record Watched<R>(UUID id, Class<R> type, Views views, Payloads payloads, Operations operations, Notifier notifier)
        implements SagaHandle<R> {
    private static final long FIRST_LOOK_MILLIS = 2;
    private static final long LATER_LOOKS_MILLIS = 250;

    @Override
    public SagaState state() {
        return views.row(id).state();
    }

    @Override
    public SagaView view() {
        return views.view(id);
    }

    @Override
    public List<JournalEntry> journal() {
        return views.journal(id);
    }

    @Override
    public Optional<R> resultIfAny() {
        SagaRow row = views.row(id);
        return row.state() == SagaState.COMPLETED ? Optional.ofNullable(decode(row)) : Optional.empty();
    }

    private @Nullable R decode(SagaRow row) {
        return payloads.decode(row.output(), type, "The result of saga " + id);
    }

    @Override
    public R result() {
        return result(views.row(id), "has not completed");
    }

    @SuppressWarnings("NullAway") // a saga that returns nothing has null as its result
    private R result(SagaRow row, String fact) {
        if (row.state() == SagaState.COMPLETED) {
            return decode(row);
        }
        Optional<Failure> failure = Optional.ofNullable(Failures.parse(payloads, row.failure()));
        throw new SagaNotCompleted(
                id,
                row.state(),
                failure,
                "Saga " + id + " " + fact + ": it is " + row.state()
                        + failure.map(f ->
                                        ", because step \"" + f.step() + "\" failed: " + f.type() + ": " + f.message())
                                .orElse("")
                        + (row.state().needsOperator() ? ". It waits for an operator." : "."));
    }

    @Override
    public R await(Duration atMost) {
        SagaRow row = awaitRow(state -> state.isTerminal(), atMost);
        return result(
                row, row.state().isTerminal() ? "ended without completing" : "has not completed within " + atMost);
    }

    @Override
    public SagaState awaitSettled(Duration atMost) {
        return awaitRow(state -> state.isTerminal() || state.needsOperator(), atMost)
                .state();
    }

    private SagaRow awaitRow(Predicate<SagaState> settled, Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        long pause = FIRST_LOOK_MILLIS;
        while (true) {
            SagaRow row = views.row(id);
            long left = until - System.nanoTime();
            if (settled.test(row.state()) || left <= 0) {
                return row;
            }
            try {
                Thread.sleep(Math.max(1, Math.min(pause, left / 1_000_000)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return row;
            }
            pause = Math.min(LATER_LOOKS_MILLIS, pause * 3 / 2 + 1);
        }
    }

    @Override
    public SagaState cancel(String reason) {
        SagaState state = operations.cancel(new Operations.Decision(id, "cancel", "application", reason, null));
        notifier.directionChanged(id);
        return state;
    }
}
