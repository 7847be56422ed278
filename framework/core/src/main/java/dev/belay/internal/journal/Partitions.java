package dev.belay.internal.journal;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the daily partitions of sagas and journal ahead of time. Thread-safe. */
public final class Partitions {
    private static final Logger log = LoggerFactory.getLogger(Partitions.class);
    private static final int DAYS_AHEAD = 7;
    private static final int TRIES = 10;

    private final Jdbi jdbi;
    private final Schema schema;
    private volatile LocalDate checkedOn = LocalDate.MIN;

    /** The partitions in {@code schema}. */
    public Partitions(Jdbi jdbi, Schema schema) {
        this.jdbi = jdbi;
        this.schema = schema;
    }

    /**
     * {@link #makeAhead} on a thread of its own, at most once a day: cheap enough for every start, and safe inside a caller's
     * transaction, which may hold the pool's only connection. Days made ahead bridge the time until it is done.
     */
    public void makeAheadDaily() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        if (today.equals(checkedOn)) {
            return;
        }
        checkedOn = today;
        Thread thread = new Thread(
                () -> {
                    try {
                        makeAhead();
                    } catch (RuntimeException e) {
                        checkedOn = LocalDate.MIN;
                        log.warn("The partitions of the coming days could not be made; the next start tries again", e);
                    }
                },
                "belay-partitions");
        thread.setDaemon(true);
        thread.start();
    }

    /** Makes what is missing from yesterday to a week ahead of the database's clock. Does not wait long for locks. */
    public void makeAhead() {
        for (LocalDate day : jdbi.withHandle(this::missing)) {
            make(day);
        }
        checkedOn = LocalDate.now(ZoneOffset.UTC);
    }

    private List<LocalDate> missing(Handle handle) {
        return handle.createQuery(schema.sql("""
                                select day::date from (
                                  select generate_series((belay.now() at time zone 'UTC')::date - 1,
                                                        (belay.now() at time zone 'UTC')::date + :ahead, interval '1 day') as day
                                ) days
                                where to_regclass(format('%I.%I', :schema, 'saga_' || to_char(day, 'YYYY_MM_DD'))) is null
                                   or to_regclass(format('%I.%I', :schema, 'journal_' || to_char(day, 'YYYY_MM_DD'))) is null
                                order by day"""))
                .bind("ahead", DAYS_AHEAD)
                .bind("schema", schema.name())
                .mapTo(LocalDate.class)
                .list();
    }

    private void make(LocalDate day) {
        for (int attempt = 1; ; attempt++) {
            try {
                jdbi.useTransaction(handle -> {
                    handle.execute("set local lock_timeout = '1s'");
                    handle.createQuery("select pg_advisory_xact_lock(hashtext(:lock))::text")
                            .bind("lock", "belay partitions " + schema.name())
                            .mapTo(String.class)
                            .one();
                    handle.createUpdate(schema.sql("call belay.make_partitions(:day)"))
                            .bind("day", day)
                            .execute();
                });
                return;
            } catch (JdbiException e) {
                if (attempt == TRIES) {
                    throw e;
                }
                log.debug("The partitions of {} could not be made at try {}; trying again", day, attempt, e);
            }
        }
    }
}
