package dev.belay.internal.worker;

import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import org.jspecify.annotations.Nullable;

/** What is particular to one kind of activity: how its result is kept, and what else is recorded of it. */
interface Recording<T> {

    /** Of what is asked; a replay that asks something else is refused. */
    @Nullable
    String requestHash();

    /** What differs from the recorded request, in words. */
    String difference(JournalRow recorded);

    /** What was recorded. */
    T decode(JournalRow row);

    /** What is to be recorded. */
    @Nullable
    Payload encode(T result);

    /** Before the call is made, and not when it is replayed; may end the step's run. */
    default void before() {}

    /** A row of the call, with what is known beside its result; {@code result} is null if it returned nothing. */
    default JournalRow described(JournalRow row, @Nullable T result) {
        return row;
    }

    /** The same of a call that failed; {@code result} is what it returned before it was refused. */
    default JournalRow failed(JournalRow row, @Nullable T result, Exception error) {
        return described(row, result);
    }

    /** Whether a recorded failure is none of the call's: it is made again, whatever came after it. */
    default boolean isPassing(JournalRow failure) {
        return false;
    }

    /** A call was not made, because it is recorded. */
    default void replayed(JournalRow row) {}

    /** A call threw, and that is recorded; may end the step's run. */
    default void afterFailure(Exception error) {}
}
