package dev.belay.internal;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.SagaHandle;
import dev.belay.SagaNotCompleted;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.UndoForecast;
import dev.belay.internal.coordinator.Forecasts;
import dev.belay.internal.coordinator.Messages;
import dev.belay.internal.coordinator.Operations;
import dev.belay.internal.coordinator.Views;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.worker.Notifier;
import dev.belay.internal.worker.Waiters;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A saga as application code sees it. */
record Watched<R>(
        UUID id,
        Class<R> type,
        Views views,
        Forecasts forecasts,
        Payloads payloads,
        Operations operations,
        Messages messages,
        Notifier notifier,
        Waiters waiters)
        implements SagaHandle<R> {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(25);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

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
    public UndoForecast undoForecast() {
        return forecasts.of(id);
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

    /** A worker in this process tells when it is done; others are found by looking, less and less often. */
    private SagaRow awaitRow(Predicate<SagaState> settled, Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        Duration pause = FIRST_PAUSE;
        try (Waiters.Waiter waiter = waiters.forSaga(id)) {
            while (true) {
                SagaRow row = views.row(id);
                Duration left = Duration.ofNanos(until - System.nanoTime());
                boolean over = left.isNegative()
                        || left.isZero()
                        || Thread.currentThread().isInterrupted();
                if (over || settled.test(row.state())) {
                    return row;
                }
                waiter.await(pause.compareTo(left) < 0 ? pause : left);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    @Override
    public void signal(String name, @Nullable Object payload) {
        send(name, payload, null);
    }

    @Override
    public void signal(String name, @Nullable Object payload, String key) {
        if (key == null) {
            throw new IllegalArgumentException("A key is needed; send a signal that has none without it.");
        }
        send(name, payload, key);
    }

    private void send(String name, @Nullable Object payload, @Nullable String key) {
        messages.signal(id, name, payload, key);
        notifier.wakeAll();
    }

    @Override
    public SagaState cancel(String reason) {
        SagaState state =
                operations.cancel(new Operations.Decision(id, "cancel", "application", reason, null, null, null));
        notifier.directionChanged(id);
        return state;
    }
}
