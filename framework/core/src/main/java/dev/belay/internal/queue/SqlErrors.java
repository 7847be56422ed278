package dev.belay.internal.queue;

import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an error from the database means for trying again. */
public final class SqlErrors {
    private SqlErrors() {}

    /**
     * Whether the statement may succeed when it is sent again as it is: the connection broke, the server is going down, coming
     * up or short of something, or the transaction lost against another. A statement that itself is at fault is none of these.
     */
    public static boolean isPassing(@Nullable Throwable error) {
        int depth = 0;
        for (Throwable cause = error; cause != null && depth < 20; cause = cause.getCause(), depth++) {
            if (cause instanceof SQLException sql) {
                String state = sql.getSQLState();
                return state == null
                        || state.startsWith("08")
                        || state.startsWith("57")
                        || state.startsWith("53")
                        || state.startsWith("58")
                        || state.startsWith("40")
                        || state.equals("25006")
                        || state.equals("55P03");
            }
        }
        return false;
    }

    /** Whether a statement was cut off because its time was over. */
    public static boolean isCancelled(@Nullable Throwable error) {
        return state(error).filter("57014"::equals).isPresent();
    }

    /** Whether a statement waited too long for a row or table that another transaction has locked. */
    public static boolean isLockTimeout(@Nullable Throwable error) {
        return state(error).filter("55P03"::equals).isPresent();
    }

    /** The database's code of what went wrong, if it was the database that said so. */
    public static Optional<String> state(@Nullable Throwable error) {
        int depth = 0;
        for (Throwable cause = error; cause != null && depth < 20; cause = cause.getCause(), depth++) {
            if (cause instanceof SQLException sql) {
                return Optional.ofNullable(sql.getSQLState());
            }
        }
        return Optional.empty();
    }
}
