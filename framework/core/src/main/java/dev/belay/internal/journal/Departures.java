package dev.belay.internal.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the tables of a whole day leave: marked, detached without stopping anybody, and dropped. A process that dies on the way
 * leaves the mark, and the next purge finishes what it finds begun. Thread-safe.
 *
 * <p>Only tables with the mark are ever dropped: those that somebody else detached, to keep them, stay.
 */
public final class Departures {
    private static final Logger log = LoggerFactory.getLogger(Departures.class);
    private static final String MARK = "belay: leaving";
    private static final List<String> PARENTS = List.of("saga", "journal");
    private static final int TRIES = 5;
    private static final int SECONDS_TO_DETACH = 10;
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Jdbi jdbi;
    private final Schema schema;

    /** The departures from {@code schema}. */
    public Departures(Jdbi jdbi, Schema schema) {
        this.jdbi = jdbi;
        this.schema = schema;
    }

    private enum Standing {
        ATTACHED,
        PENDING,
        DETACHED,
        MISSING
    }

    /** The days that have tables, oldest first. */
    public List<LocalDate> days() {
        return jdbi.withHandle(handle ->
                handle.createQuery(schema.sql("""
                        select to_date(right(c.relname, 10), 'YYYY_MM_DD') as day
                          from pg_inherits i join pg_class c on c.oid = i.inhrelid
                         where i.inhparent = 'belay.saga'::regclass and not i.inhdetachpending
                           and c.relname ~ '^saga_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
                         order by day""")).mapTo(LocalDate.class).list());
    }

    /** Finishes departures that were begun and not finished; says which days went, and how many sagas with them. */
    public List<Gone> finish() {
        List<LocalDate> begun = jdbi.withHandle(handle -> handle.createQuery("""
                        select distinct to_date(right(c.relname, 10), 'YYYY_MM_DD') as day
                          from pg_class c join pg_namespace n on n.oid = c.relnamespace
                         where n.nspname = :schema and obj_description(c.oid, 'pg_class') = :mark
                           and c.relname ~ '^(saga|journal)_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
                         order by day""")
                .bind("schema", schema.name())
                .bind("mark", MARK)
                .mapTo(LocalDate.class)
                .list());
        return begun.stream()
                // Marked and no more: the day is looked at anew.
                .filter(day -> PARENTS.stream().anyMatch(parent -> standing(parent, day) != Standing.ATTACHED))
                .flatMap(day -> detachAndDrop(day).stream().mapToObj(sagas -> new Gone(day, sagas)))
                .toList();
    }

    /** A day that is gone. */
    public record Gone(LocalDate day, long sagas) {}

    /** Lets a day go whose sagas may all be purged; says how many they were, or nothing if it could not go now. */
    public OptionalLong leave(LocalDate day) {
        boolean marked = tried(
                "marked",
                day,
                () -> jdbi.useTransaction(handle -> {
                    handle.execute("set local lock_timeout = '1s'");
                    for (String parent : PARENTS) {
                        handle.execute("comment on table " + table(parent, day) + " is '" + MARK + "'");
                    }
                }));
        return marked ? detachAndDrop(day) : OptionalLong.empty();
    }

    private OptionalLong detachAndDrop(LocalDate day) {
        for (String parent : PARENTS) {
            if (!tried("detached", day, () -> detach(parent, day))) {
                return OptionalLong.empty();
            }
        }
        long[] sagas = {0};
        boolean dropped = tried("dropped", day, () -> sagas[0] = jdbi.inTransaction(handle -> drop(handle, day)));
        return dropped && sagas[0] >= 0 ? OptionalLong.of(sagas[0]) : OptionalLong.empty();
    }

    private void detach(String parent, LocalDate day) throws SQLException {
        switch (standing(parent, day)) {
            case ATTACHED -> detachConcurrently(parent, day);
            case PENDING ->
                jdbi.useTransaction(handle -> {
                    handle.execute("set local lock_timeout = '2s'");
                    handle.execute("set local statement_timeout = '10s'");
                    handle.execute("alter table " + schema.name() + "." + parent + " detach partition "
                            + table(parent, day) + " finalize");
                });
            case DETACHED, MISSING -> {}
        }
    }

    /**
     * Outside of a transaction, as it must be. The time it may wait is kept by the driver, which then cancels the statement: a
     * setting would stay with the borrowed connection. Cancelled, it stays pending and is finalised at the next try.
     */
    private void detachConcurrently(String parent, LocalDate day) throws SQLException {
        try (Handle handle = jdbi.open()) {
            Connection connection = handle.getConnection();
            boolean autoCommit = connection.getAutoCommit();
            if (!autoCommit) {
                connection.setAutoCommit(true);
            }
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(SECONDS_TO_DETACH);
                statement.execute("alter table " + schema.name() + "." + parent + " detach partition "
                        + table(parent, day) + " concurrently");
            } finally {
                if (!autoCommit) {
                    connection.setAutoCommit(false);
                }
            }
        }
    }

    /** Drops the detached tables of a day, unless a saga in them was opened again meanwhile: then they come back, and -1. */
    private long drop(Handle handle, LocalDate day) {
        handle.execute("set local lock_timeout = '1s'");
        if (standing(handle, "saga", day) == Standing.MISSING) {
            handle.execute("drop table if exists " + table("journal", day));
            return 0;
        }
        boolean journalThere = standing(handle, "journal", day) != Standing.MISSING;
        handle.execute("lock table " + table("saga", day) + (journalThere ? ", " + table("journal", day) : "")
                + " in access exclusive mode");
        boolean open = handle.createQuery(
                        "select exists (select from " + table("saga", day) + " where ended_at is null)")
                .mapTo(Boolean.class)
                .one();
        if (open) {
            log.warn("The day {} holds a saga that was opened again, and is kept", day);
            attach(handle, "saga", "id", day);
            if (journalThere) {
                attach(handle, "journal", "saga_id", day);
            }
            return -1;
        }
        long sagas = handle.createQuery("select count(*) from " + table("saga", day))
                .mapTo(Long.class)
                .one();
        // Not before: of a day that comes back all is as it was.
        handle.createUpdate(schema.sql("""
                        delete from belay.saga_turned
                         where id >= belay.first_id(:day::timestamp at time zone 'UTC')
                           and id < belay.first_id((:day + 1)::timestamp at time zone 'UTC')""")).bind("day", day).execute();
        handle.execute("drop table if exists " + table("saga", day) + ", " + table("journal", day));
        return sagas;
    }

    private void attach(Handle handle, String parent, String column, LocalDate day) {
        handle.execute("comment on table " + table(parent, day) + " is null");
        List<String> bounds = handle.createQuery(schema.sql("""
                        select array[belay.first_id(:day::timestamp at time zone 'UTC')::text,
                                     belay.first_id((:day + 1)::timestamp at time zone 'UTC')::text]"""))
                .bind("day", day)
                .map((rs, context) -> List.of((String[]) rs.getArray(1).getArray()))
                .one();
        handle.execute("alter table " + schema.name() + "." + parent + " attach partition " + table(parent, day)
                + " for values from ('" + bounds.get(0) + "') to ('" + bounds.get(1) + "')");
    }

    private Standing standing(String parent, LocalDate day) {
        return jdbi.withHandle(handle -> standing(handle, parent, day));
    }

    private Standing standing(Handle handle, String parent, LocalDate day) {
        return handle.createQuery("""
                        select case when c.oid is null then 'MISSING' when i.inhrelid is null then 'DETACHED'
                                    when i.inhdetachpending then 'PENDING' else 'ATTACHED' end
                          from (select to_regclass(:table) as oid) c left join pg_inherits i on i.inhrelid = c.oid""")
                .bind("table", table(parent, day))
                .map((rs, context) -> Standing.valueOf(rs.getString(1)))
                .one();
    }

    private String table(String parent, LocalDate day) {
        return schema.name() + "." + parent + "_" + day.toString().replace('-', '_');
    }

    /** What may be refused for a moment, by a lock that somebody holds. */
    @FunctionalInterface
    private interface Act {
        void run() throws SQLException;
    }

    /** Tries a few times; what is not done then is left to the next purge. */
    private static boolean tried(String done, LocalDate day, Act act) {
        for (int attempt = 1; ; attempt++) {
            try {
                act.run();
                return true;
            } catch (JdbiException | SQLException e) {
                if (attempt == TRIES || Thread.currentThread().isInterrupted()) {
                    log.warn(
                            "The tables of {} could not be {}; the next purge goes on with it: {}",
                            day,
                            done,
                            e.getMessage());
                    return false;
                }
                log.debug("The tables of {} could not be {} at try {}", day, done, attempt, e);
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
