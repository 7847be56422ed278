package dev.belay;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
     * Sends a signal to the step called {@code name}. It is kept until that step waits for it, and taken by one wait: of several
     * signals of a name the oldest first. One that comes after the wait has ended stays in the journal and is not taken.
     *
     * @param payload of the type the step declares; null only for {@code Void}
     * @throws OperationRefused if the saga has ended, or no step of it waits for such a signal
     * @throws PayloadException if the payload is of another type
     */
    void signal(String name, @Nullable Object payload);

    /**
     * Sends a signal at most once: the second of the same name and {@code key} changes nothing, even after the saga has ended. Use
     * the id of the message that brings it. See {@link #signal(String, Object)}.
     */
    void signal(String name, @Nullable Object payload, String key);

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
