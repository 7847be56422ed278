package dev.belay.internal.coordinator;

import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.Purged;
import dev.belay.Retention;
import dev.belay.SagaException;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.Departures;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.journal.PurgeTable;
import dev.belay.internal.journal.PurgeTable.Looked;
import dev.belay.internal.journal.PurgeTable.Member;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.SqlErrors;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes ended sagas away: whole days by dropping their tables, what else by small deletions. A deletion is a transaction of a
 * fraction of a second on rows that no live saga uses, under an advisory lock that one process at a time holds. Thread-safe.
 */
public final class Purges {
    private static final Logger log = LoggerFactory.getLogger(Purges.class);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int TRIES = 20;

    private static final int FOLDED_AT_ONCE = 1_000;

    private final Jdbi jdbi;
    private final Tables tables;
    private final PurgeTable purge;
    private final Departures departures;

    /** Purges of the given tables. */
    public Purges(Jdbi jdbi, Tables tables) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.purge = new PurgeTable(tables.schema());
        this.departures = new Departures(jdbi, tables.schema());
    }

    /** How a purge goes about it: in haste, or in the background, as long as it may. */
    public record Manner(boolean background, BooleanSupplier goOn) {
        /** Because somebody waits for it. */
        public static Manner onDemand() {
            return new Manner(false, () -> !Thread.currentThread().isInterrupted());
        }
    }

    /** Folds what sagas spent that are gone by now. */
    public void foldSpending() {
        int folded;
        do {
            folded = jdbi.inTransaction(handle -> tables.spend().fold(handle, FOLDED_AT_ONCE));
        } while (folded == FOLDED_AT_ONCE);
    }

    /**
     * Purges what the policy lets go. In the background it rests as long as it works, and gives way to another process that
     * purges already.
     */
    public Purged run(Retention policy, Manner manner) {
        if (policy.isForever()) {
            return Purged.NOTHING;
        }
        Run run = new Run(policy, manner);
        try {
            run.all();
        } catch (GivenUp e) {
            log.debug("A purge ended early: {}", e.getMessage());
            if (!manner.background()) {
                throw e;
            }
        }
        return run.purged;
    }

    /** Somebody else purges, or the database is too busy: what is left goes next time. */
    private static final class GivenUp extends SagaException {
        private static final long serialVersionUID = 1L;

        GivenUp(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** One purge. */
    private final class Run {
        private final Retention policy;
        private final Manner manner;
        private final ChunkSize size = new ChunkSize();
        private Purged purged = Purged.NOTHING;

        Run(Retention policy, Manner manner) {
            this.policy = policy;
            this.manner = manner;
        }

        void all() {
            // Gives way to one that purges already.
            chunk(handle -> true);
            departures.finish().forEach(gone -> went(gone.day(), gone.sagas()));
            bulks();
            for (LocalDate day : departures.days()) {
                if (!manner.goOn().getAsBoolean()) {
                    return;
                }
                if (!wholeDay(day)) {
                    inChunks(day);
                }
            }
        }

        /** They are audit: who, why, and what came of each saga, in words. */
        private void bulks() {
            Duration age = policy.others().orElse(null);
            if (age == null || policy.keepsAudit()) {
                return;
            }
            boolean some = true;
            while (some && manner.goOn().getAsBoolean()) {
                some = chunk(handle -> purge.deleteBulk(handle, age, size.now()));
            }
        }

        private void went(LocalDate day, long sagas) {
            purged = purged.and(new Purged(sagas, 0, 0, 0, List.of(day)));
        }

        private boolean wholeDay(LocalDate day) {
            if (!mayGoWhole(day)) {
                return false;
            }
            UUID after = null;
            while (manner.goOn().getAsBoolean()) {
                UUID from = after;
                List<UUID> sagas = chunk(handle -> {
                    List<UUID> ids = purge.ids(handle, day, from, size.now());
                    purged = purged.and(purge.deleteBeside(handle, ids, !policy.keepsAudit()));
                    return ids;
                });
                if (sagas.isEmpty()) {
                    OptionalLong gone = departures.leave(day);
                    gone.ifPresent(count -> went(day, count));
                    return true;
                }
                after = sagas.get(sagas.size() - 1);
            }
            return true;
        }

        private boolean mayGoWhole(LocalDate day) {
            try {
                return jdbi.inTransaction(handle -> {
                    purge.hurry(handle, LONGEST);
                    return purge.wholeDayMayGo(handle, policy, day);
                });
            } catch (JdbiException e) {
                log.debug("The sagas of {} are too many to look at once; they go in parts", day, e);
                return false;
            }
        }

        /** Roots go after their families: as long as that lets something go, the day is gone through once more. */
        private void inChunks(LocalDate day) {
            boolean again = true;
            while (again && manner.goOn().getAsBoolean()) {
                again = false;
                boolean rootsHeld = false;
                boolean some = false;
                UUID after = null;
                do {
                    UUID from = after;
                    Looked looked = chunk(handle -> {
                        Looked found = purge.look(handle, policy, day, from, size.now());
                        purged = purged.and(purge.delete(handle, found.purgeable(), !policy.keepsAudit()));
                        return found;
                    });
                    after = looked.last();
                    rootsHeld |= looked.rootsHeld();
                    some |= !looked.purgeable().isEmpty();
                } while (after != null && manner.goOn().getAsBoolean());
                again = rootsHeld && some;
            }
        }

        /** One short transaction. One that takes too long is tried again smaller. */
        private <T> T chunk(Function<Handle, T> work) {
            for (int attempt = 1; ; attempt++) {
                Purged before = purged;
                long from = System.nanoTime();
                try {
                    Optional<T> done = jdbi.inTransaction(handle -> {
                        if (!purge.lock(handle)) {
                            return Optional.empty();
                        }
                        purge.hurry(handle, LONGEST);
                        return Optional.of(work.apply(handle));
                    });
                    if (done.isPresent()) {
                        Duration took = Duration.ofNanos(System.nanoTime() - from);
                        size.took(took);
                        if (manner.background()) {
                            pause(took);
                        }
                        return done.get();
                    }
                    if (manner.background() || attempt == TRIES) {
                        throw new GivenUp("Another process purges already; call again when it is done.", null);
                    }
                } catch (JdbiException e) {
                    purged = before;
                    if (!SqlErrors.isPassing(e)) {
                        throw e;
                    }
                    size.failed();
                    if (attempt == TRIES || !manner.goOn().getAsBoolean()) {
                        throw new GivenUp(
                                "The purge gave up after " + purged.sagas()
                                        + " sagas, for the database did not answer in"
                                        + " time; what went is gone, call again for the rest: " + e.getMessage(),
                                e);
                    }
                    log.debug("A part of the purge failed at try {}", attempt, e);
                }
                pause(Duration.ofMillis(50L * attempt));
            }
        }
    }

    /** How many sagas a transaction looks at: more while it is quick, far fewer when it is slow. */
    private static final class ChunkSize {
        private static final int SMALLEST = 10;
        private static final int LARGEST = 2_000;
        private static final Duration QUICK = Duration.ofMillis(150);
        private static final Duration SLOW = Duration.ofMillis(400);
        private int size = 200;

        int now() {
            return size;
        }

        void took(Duration time) {
            if (time.compareTo(QUICK) < 0) {
                size = Math.min(LARGEST, size * 2);
            } else if (time.compareTo(SLOW) > 0) {
                size = Math.max(SMALLEST, size / 2);
            }
        }

        void failed() {
            size = Math.max(SMALLEST, size / 4);
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(Math.max(5, Math.min(1_000, time.toMillis())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes away one ended saga with its family, at once and whatever its age. One audit row says who did. */
    public Purged one(Operations.Decision decision) {
        if (decision.reason() == null || decision.reason().isBlank()) {
            throw new IllegalArgumentException("A reason is needed to purge a saga; it is kept in the audit.");
        }
        UUID id = decision.saga();
        return jdbi.inTransaction(handle -> {
            if (Once.before(tables.operations(), handle, decision).isPresent()) {
                return Purged.NOTHING;
            }
            SagaRow saga = tables.sagas().find(handle, id).orElseThrow(() -> new UnknownSaga(id));
            expectedVersion(handle, decision, saga);
            purge.rootOf(handle, id).ifPresent(root -> {
                throw refused(saga, "it belongs to saga " + root + " and goes with it. Purge that one.");
            });
            refuseOpen(saga, id, saga.state().isTerminal() ? null : saga.state().name());
            List<Member> family = purge.lockFamily(handle, id);
            for (Member member : family) {
                refuseOpen(saga, member.id(), member.open() ? member.state() : null);
                if (member.untold()) {
                    throw refused(
                            saga,
                            "the end of saga " + member.id() + " has not been told to everybody who listens yet."
                                    + " Let a worker with its definition run, then purge it.");
                }
            }
            Purged gone = purge.delete(handle, family.stream().map(Member::id).toList(), true);
            boolean first = tables.operations()
                    .add(
                            handle,
                            new OperationTable.Row(
                                    id,
                                    decision.action(),
                                    decision.actor(),
                                    decision.reason(),
                                    decision.request(),
                                    null,
                                    null,
                                    saga.state().name(),
                                    "PURGED"));
            // Two at once: the second waited for the rows that the first deleted.
            if (!first && Once.before(tables.operations(), handle, decision).isEmpty()) {
                throw Once.used(decision);
            }
            return gone;
        });
    }

    private void expectedVersion(Handle handle, Operations.Decision decision, SagaRow saga) {
        String version = Views.version(saga, tables.jobs().of(handle, saga.id()));
        if (decision.expected() != null && !decision.expected().equals(version)) {
            throw new OperationRefused(
                    Reason.CHANGED_SINCE_YOU_LOOKED,
                    saga.state(),
                    "Saga " + saga.id() + " changed since you looked: it is " + saga.state()
                            + " now. Look again and decide anew.");
        }
    }

    private static void refuseOpen(SagaRow saga, UUID member, @Nullable String openState) {
        if (openState != null) {
            String what = member.equals(saga.id()) ? "it" : "saga " + member + " of its family";
            throw refused(
                    saga,
                    what + " is open (" + openState + "). Let it end, cancel it, or resolve it, and then purge it.");
        }
    }

    private static OperationRefused refused(SagaRow saga, String fact) {
        return new OperationRefused(Reason.WRONG_STATE, saga.state(), "Cannot purge saga " + saga.id() + ": " + fact);
    }
}
