package dev.belay.dashboard.internal.store;

import java.util.Collection;
import java.util.OptionalInt;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The table {@code dashboard_attempt}: attempts to sign in that failed, or are not decided yet. */
public final class AttemptTable {
    /** How many attempts may fail in that time. */
    public static final int MOST = 10;

    /** How long one counts, in seconds. */
    public static final int WINDOW = 300;

    private final Database database;

    /** The table there. */
    public AttemptTable(Database database) {
        this.database = database;
    }

    /**
     * Notes an attempt before it is decided, so that a thousand at the same time are no more than ten. It counts as failed until it is
     * {@linkplain #forget forgotten}.
     *
     * @return after how many seconds to try again if there have been too many, and nothing was noted
     */
    public OptionalInt note(Handle handle, UUID attempt, Collection<byte[]> about) {
        // One after the other, across processes: what is counted must not change before it is added to.
        handle.execute(database.sql("lock table belay.dashboard_attempt in share row exclusive mode"));
        handle.createUpdate(database.sql(
                        "delete from belay.dashboard_attempt where at <= belay.now() - make_interval(secs => :window)"))
                .bind("window", WINDOW)
                .execute();
        for (byte[] one : about) {
            OptionalInt wait = mustWait(handle, one);
            if (wait.isPresent()) {
                return wait;
            }
        }
        for (byte[] one : about) {
            handle.createUpdate(database.sql("""
                            insert into belay.dashboard_attempt (id, about, at) values (:attempt, :about, belay.now())"""))
                    .bind("attempt", attempt)
                    .bind("about", one)
                    .execute();
        }
        return OptionalInt.empty();
    }

    private OptionalInt mustWait(Handle handle, byte[] about) {
        return handle.createQuery(database.sql("""
                        select count(*) as attempts,
                               ceil(extract(epoch from min(at) - belay.now()) + :window)::integer as wait
                        from belay.dashboard_attempt
                        where about = :about and at > belay.now() - make_interval(secs => :window)"""))
                .bind("about", about)
                .bind("window", WINDOW)
                .map((rs, context) -> rs.getInt("attempts") < MOST
                        ? OptionalInt.empty()
                        : OptionalInt.of(Math.max(1, rs.getInt("wait"))))
                .one();
    }

    /** Takes back an attempt that succeeded, and what failed before about {@code whole}. */
    public void forget(Handle handle, UUID attempt, Collection<byte[]> about, byte[] whole) {
        for (byte[] one : about) {
            handle.createUpdate(
                            database.sql("delete from belay.dashboard_attempt where about = :about and id = :attempt"))
                    .bind("about", one)
                    .bind("attempt", attempt)
                    .execute();
        }
        handle.createUpdate(database.sql("delete from belay.dashboard_attempt where about = :about"))
                .bind("about", whole)
                .execute();
    }
}
