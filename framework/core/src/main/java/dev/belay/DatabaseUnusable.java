package dev.belay;

import org.jspecify.annotations.Nullable;

/** The database cannot be used: unreachable, too old, without Belay's tables, or migrated by a newer Belay. */
public class DatabaseUnusable extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A database that cannot be used, described. */
    public DatabaseUnusable(String message) {
        super(message);
    }

    /** A database that cannot be used, described, with the reason. */
    public DatabaseUnusable(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
