package dev.belay;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One saga, seen from application code. Every call reads the database; thread-safe. */
public interface SagaHandle<R> {
    /** Its id. */
    UUID id();

    /** Where it stands. Throws {@link UnknownSaga} if there is no such saga, as all calls here do. */
    SagaState state();

    /** Where it stands, in full. */
    SagaView view();

    /** Everything that happened to it, oldest first. */
    List<JournalEntry> journal();

    /** What a cancel would undo now, in which order, and what would stay. */
    UndoForecast undoForecast();

    /** The result if it has completed with one; empty if it is open, ended otherwise, or returns nothing. */
    Optional<R> resultIfAny();

    /** The result. Throws {@link SagaNotCompleted} if it has not completed. */
    R result();

    /**
     * Waits for the saga to complete and returns its result. Throws {@link SagaNotCompleted} if it ends otherwise or is still
     * open when {@code atMost} is over; the saga itself goes on.
     */
    R await(Duration atMost);

    /** Waits until the saga has ended or needs an operator, or {@code atMost} is over, and returns its state then. */
    SagaState awaitSettled(Duration atMost);

    /**
     * Asks for the saga to be undone. Undoing starts at once, except for a step that is running: it is asked to stop, and what
     * it did is undone after it has.
     *
     * <p>A saga that only goes back to a save-point is undone as a whole instead.
     *
     * @return the state the saga is in now; a saga that is already being undone as a whole, or is undone, is left as it is
     * @throws OperationRefused if it has completed or passed its pivot
     */
    SagaState cancel(String reason);
}
