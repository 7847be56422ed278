package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code limit_slot}. What may happen N at a time has the slots 0 to N-1, a rate has one row, numbered -1.
 *
 * <p>A slot is taken while the job it names is claimed, going forward, under the fence and at the step it names. So nothing is given
 * back: whatever becomes of the job, its slot is free by that very commit, also when a worker dies.
 *
 * <p>No job that waits is forgotten. A release is the commit that frees a slot; after it, its worker looks for a waiting job.
 * A rest is the commit that makes a job wait; after it, its worker looks for a free slot. Each look is a statement of its own, so it
 * sees every commit before it. Of a release and a rest one commits first: either the one's look finds the waiting job, or
 * the other's look finds the free slot. A look that skips a waiting job, because somebody has locked it, leaves it to the sweep,
 * which looks for waiting jobs and free slots every second; so it does when a worker dies between its commit and its look.
 *
 * <p>Waking takes the lock of one job and waits for none, and no saga's lock: a change of direction locks the job too, before it looks
 * at it, and then finds it either waiting or ready; it treats both alike.
 */
public final class LimitTable {
    /** A job that waits for a rate is due so many turns before its own, so that it is there in time, within the bounds below. */
    private static final int TURNS_AHEAD = 8;

    private static final Duration LEAST_AHEAD = Duration.ofMillis(20);
    private static final Duration MOST_AHEAD = Duration.ofMillis(150);
    /** How much earlier still a job may come and is granted its turn; it waits for the rest of the time where it is. */
    private static final Duration EARLY = Duration.ofMillis(250);
    /** When a turn has not been taken for so long, nobody comes for it any more. */
    private static final Duration LONG_PAST = Duration.ofMillis(250);

    private static final int RATE = -1;
    private static final int TRIES = 8;

    private static final String IS_TAKEN = """
            exists (select from belay.job h where h.saga_id = l.saga_id and h.branch = l.branch and h.seq = l.seq
                       and h.fence = l.fence and h.state = 'C' and h.direction = '+')""";
    private static final String IS_OURS = """
            coalesce(l.saga_id = :saga and l.branch = :branch and l.seq = :seq and l.fence = :fence, false)""";

    private final Schema schema;

    /** The table in {@code schema}. */
    public LimitTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * What a step needs before it may run.
     *
     * @param period null for what is counted while it runs
     */
    public record Wanted(String key, int permits, @Nullable Duration period) {}

    /**
     * Whether a step may run.
     *
     * @param busy the key of which nothing is free; null if it may run or only its time has not come
     * @param later the key of the rate whose time has not come; null if it may run
     * @param in how long until it may run; if it waits for a time, when to try again
     * @param next how long until the next may ask for its turn; null if it needs no rate
     */
    public record Answer(
            @Nullable String busy,
            @Nullable String later,
            Duration in,
            @Nullable Duration next) {
        /** Whether the step has all it needs. */
        public boolean isGranted() {
            return busy == null && later == null;
        }
    }

    /** Takes all that a claimed job's step needs, or nothing. {@code wanted} is sorted by its keys. Expects a transaction. */
    public Answer acquire(Handle handle, JobRow job, List<Wanted> wanted) {
        Map<String, Integer> slots = new LinkedHashMap<>();
        for (Wanted one : wanted) {
            if (one.period() == null) {
                Integer slot = lockFreeSlot(handle, job, one);
                if (slot == null) {
                    return new Answer(one.key(), null, Duration.ZERO, null);
                }
                slots.put(one.key(), slot);
            }
        }
        List<Wanted> rates = wanted.stream().filter(one -> one.period() != null).toList();
        Answer answer = rates.isEmpty() ? new Answer(null, null, Duration.ZERO, null) : turn(handle, job, rates);
        if (answer.isGranted()) {
            slots.forEach((key, slot) -> take(handle, job, key, slot));
        }
        return answer;
    }

    /**
     * Locks a slot that nobody has. Looked at again once it is locked: the first look may be older than the claim of whoever took it
     * meanwhile, and takes that job for one that does not run.
     */
    private @Nullable Integer lockFreeSlot(Handle handle, JobRow job, Wanted wanted) {
        makeSlots(handle, wanted);
        for (int i = 0; i < TRIES; i++) {
            Optional<Integer> slot = aboutSlots(handle, job, wanted.key(), """
                            select slot from belay.limit_slot l
                             where key = :key and slot between 0 and :number and (<ours> or not <taken>)
                             order by <ours> desc, slot limit 1 for update skip locked""", wanted.permits() - 1);
            if (slot.isEmpty()) {
                return null;
            }
            if (aboutSlots(handle, job, wanted.key(), """
                            select slot from belay.limit_slot l
                             where key = :key and slot = :number and (<ours> or not <taken>)""", slot.get()).isPresent()) {
                return slot.get();
            }
        }
        return null;
    }

    private Optional<Integer> aboutSlots(Handle handle, JobRow job, String key, String question, int number) {
        return handle.createQuery(schema.sql(question.replace("<ours>", IS_OURS).replace("<taken>", IS_TAKEN)))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", job.seq())
                .bind("fence", job.fence())
                .bind("key", key)
                .bind("number", number)
                .mapTo(Integer.class)
                .findOne();
    }

    private void makeSlots(Handle handle, Wanted wanted) {
        int there = handle.createQuery(schema.sql(
                        "select count(*) from belay.limit_slot where key = :key and slot between 0 and :n - 1"))
                .bind("key", wanted.key())
                .bind("n", wanted.permits())
                .mapTo(Integer.class)
                .one();
        if (there < wanted.permits()) {
            handle.createUpdate(schema.sql("""
                                    insert into belay.limit_slot (key, slot) select :key, slot from generate_series(0, :n - 1) as slot
                                    on conflict do nothing"""))
                    .bind("key", wanted.key())
                    .bind("n", wanted.permits())
                    .execute();
        }
    }

    private void take(Handle handle, JobRow job, String key, int slot) {
        handle.createUpdate(schema.sql("""
                                update belay.limit_slot set saga_id = :saga, branch = :branch, seq = :seq, fence = :fence
                                 where key = :key and slot = :slot"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", job.seq())
                .bind("fence", job.fence())
                .bind("key", key)
                .bind("slot", slot)
                .execute();
    }

    /**
     * A rate as it stands under its lock.
     *
     * @param next when the next step may begin
     * @param promised until when waiting jobs have been told to come back
     */
    private record Rate(Wanted wanted, Instant now, Instant next, Instant promised) {
        Duration spacing() {
            Duration period = wanted.period();
            long nanos = period == null ? 0 : period.toNanos();
            return Duration.ofNanos(nanos / 100 * 103 / wanted.permits());
        }

        /** One late by no more than this delays nobody behind it: the spacing leaves room for it in every period. */
        Duration grace() {
            Duration period = wanted.period();
            return period == null ? Duration.ZERO : period.dividedBy(100);
        }

        Duration ahead() {
            Duration turns = spacing().multipliedBy(TURNS_AHEAD);
            Duration least = turns.compareTo(LEAST_AHEAD) < 0 ? LEAST_AHEAD : turns;
            return least.compareTo(MOST_AHEAD) > 0 ? MOST_AHEAD : least;
        }

        Instant turn() {
            return later(next, now.minus(grace()));
        }

        /** Those who were promised a turn come for it. */
        boolean hasLine() {
            return promised.isAfter(turn()) && now.isBefore(next.plus(spacing()).plus(LONG_PAST));
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /**
     * The turn under all rates at once. A job that comes too early, or finds others promised before it, is promised a turn after them
     * and comes back shortly before. A promise is no grant: it only says in which order to ask.
     */
    private Answer turn(Handle handle, JobRow job, List<Wanted> wanted) {
        List<Rate> rates = new ArrayList<>();
        for (Wanted one : wanted) {
            rates.add(lockRate(handle, one));
        }
        boolean wasPromised = wasPromised(handle, job);
        Instant now = rates.get(rates.size() - 1).now();
        Instant turn = rates.stream().map(Rate::turn).reduce(LimitTable::later).orElse(now);
        boolean isNear = !turn.isAfter(now.plus(rates.get(0).ahead()).plus(EARLY));
        Rate held = rates.stream()
                .filter(rate ->
                        isNear ? !wasPromised && rate.hasLine() : rate.turn().equals(turn))
                .findFirst()
                .orElse(null);
        if (held == null) {
            for (Rate rate : rates) {
                Instant next = turn.plus(rate.spacing());
                // Promises that nobody keeps are forgotten.
                write(handle, rate, next, rate.hasLine() ? rate.promised() : next);
            }
            Duration next = Duration.between(
                    now, turn.plus(rates.get(0).spacing()).minus(rates.get(0).ahead()));
            Duration in = Duration.between(now, turn);
            return new Answer(null, null, in.isNegative() ? Duration.ZERO : in, next);
        }
        Instant promise = later(turn, held.hasLine() ? held.promised() : held.turn());
        write(handle, held, held.next(), promise.plus(held.spacing()));
        promise(handle, job);
        Duration in = Duration.between(now, promise.minus(held.ahead()));
        return new Answer(null, held.wanted().key(), in.isNegative() ? Duration.ZERO : in, null);
    }

    private Rate lockRate(Handle handle, Wanted wanted) {
        String lock = schema.sql("select slot from belay.limit_slot where key = :key and slot = :rate for update");
        if (handle.createQuery(lock)
                .bind("key", wanted.key())
                .bind("rate", RATE)
                .mapTo(Integer.class)
                .findOne()
                .isEmpty()) {
            handle.createUpdate(schema.sql("""
                                    insert into belay.limit_slot (key, slot, next_at, promised_at)
                                    values (:key, :rate, belay.now(), belay.now()) on conflict do nothing"""))
                    .bind("key", wanted.key())
                    .bind("rate", RATE)
                    .execute();
            handle.createQuery(lock)
                    .bind("key", wanted.key())
                    .bind("rate", RATE)
                    .mapTo(Integer.class)
                    .one();
        }
        // Belay's clock stands still in a transaction, which may have waited for the row.
        return handle.createQuery(schema.sql("""
                                select next_at, promised_at, belay.now() + (clock_timestamp() - now()) as at
                                  from belay.limit_slot where key = :key and slot = :rate"""))
                .bind("key", wanted.key())
                .bind("rate", RATE)
                .map((rs, context) -> new Rate(
                        wanted,
                        rs.getObject("at", OffsetDateTime.class).toInstant(),
                        rs.getObject("next_at", OffsetDateTime.class).toInstant(),
                        rs.getObject("promised_at", OffsetDateTime.class).toInstant()))
                .one();
    }

    private void write(Handle handle, Rate rate, Instant next, Instant promised) {
        handle.createUpdate(schema.sql("""
                                update belay.limit_slot set next_at = :next, promised_at = :promised
                                 where key = :key and slot = :rate"""))
                .bind("next", next.atOffset(ZoneOffset.UTC))
                .bind("promised", promised.atOffset(ZoneOffset.UTC))
                .bind("key", rate.wanted().key())
                .bind("rate", RATE)
                .execute();
    }

    private boolean wasPromised(Handle handle, JobRow job) {
        return handle.createQuery(schema.sql("""
                                select promised_seq is not distinct from seq from belay.job
                                 where saga_id = :saga and branch = :branch and fence = :fence"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("fence", job.fence())
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false);
    }

    private void promise(Handle handle, JobRow job) {
        handle.createUpdate(schema.sql("""
                                update belay.job set promised_seq = seq
                                 where saga_id = :saga and branch = :branch and fence = :fence and state = 'C'
                                   and promised_seq is distinct from seq"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("fence", job.fence())
                .execute();
    }

    /** Wakes the most urgent job that waits for {@code awaits}, if a slot of {@code key} is free; whether it has. */
    public boolean wakeIfFree(Handle handle, String awaits, Wanted wanted) {
        return handle.createUpdate(schema.sql("""
                                with free as materialized (
                                  select slot from belay.limit_slot l
                                   where key = :key and slot between 0 and :n - 1 and not <taken>
                                   limit 1
                                ), next as materialized (
                                  select saga_id, branch from belay.job
                                   where awaits = :awaits and awaits is not null and awaits not in ('join', 'turn') and state = 'W'
                                     and exists (select from free)
                                   order by priority, run_at, saga_id, branch limit 1 for update skip locked
                                )
                                update belay.job j set state = 'R', awaits = null, run_at = belay.now()
                                  from next where j.saga_id = next.saga_id and j.branch = next.branch""".replace("<taken>", IS_TAKEN)))
                        .bind("key", wanted.key())
                        .bind("n", wanted.permits())
                        .bind("awaits", awaits)
                        .execute()
                > 0;
    }

    /** Wakes a job that waits for a slot, if it still does and nobody else is about to change it. */
    public void wake(Handle handle, UUID saga, int branch) {
        handle.createUpdate(schema.sql("""
                                with next as materialized (
                                  select saga_id, branch from belay.job
                                   where saga_id = :saga and branch = :branch and state = 'W' and awaits like 'limit:%'
                                     for update skip locked
                                )
                                update belay.job j set state = 'R', awaits = null, run_at = belay.now()
                                  from next where j.saga_id = next.saga_id and j.branch = next.branch"""))
                .bind("saga", saga)
                .bind("branch", branch)
                .execute();
    }
}
