package dev.belay.internal.coordinator;

import dev.belay.OperationRefused;
import dev.belay.SagaException;
import dev.belay.SagaState;
import dev.belay.UnknownSaga;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.BulkOperations.Forecast;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Count;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.Scope;
import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.journal.BulkPages;
import dev.belay.internal.journal.FilterJson;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.Visible;
import dev.belay.internal.queue.BulkTable.Open;
import dev.belay.internal.queue.BulkTable.Standing;
import dev.belay.internal.queue.SqlErrors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decisions about many sagas. Each saga has a row, which is locked first of all; the decision about the saga and what came of it
 * are one transaction. So whoever dies leaves the row as it was for the next, and nobody decides twice. Thread-safe.
 */
public final class Bulks {
    private static final Logger log = LoggerFactory.getLogger(Bulks.class);
    private static final String KIND = "bulk";
    private static final String DECISION = "decision";
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LONGEST_WAIT_FOR_A_SAGA = Duration.ofSeconds(1);
    private static final int TRIES = 3;
    private static final int MOST_MISSED = 3;
    private static final int LONGEST_WORDS = 2_000;
    private static final Visible ALL = new Visible(Optional.empty(), Optional.empty());

    private final Jdbi jdbi;
    private final Tables tables;
    private final Definitions definitions;
    private final Operations operations;
    private final Misses misses = new Misses();

    /** Decisions over the given tables. */
    public Bulks(Jdbi jdbi, Tables tables, Definitions definitions, Operations operations) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.definitions = definitions;
        this.operations = operations;
    }

    /** All that are meant, and one more if that is too many. */
    private List<UUID> chosen(Handle handle, SagaFilter filter, Scope scope) {
        List<PlanTable.Named> plans = tables.plans().named(handle);
        return tables.reading().sagas().ids(handle, filter, Visible.of(scope, plans), plans, BulkOperations.MOST + 1);
    }

    private <T> T inTime(HandleCallback<T, RuntimeException> work) {
        try {
            return jdbi.inTransaction(work);
        } catch (JdbiException e) {
            if (SqlErrors.isCancelled(e)) {
                throw new SagaException(
                        "The database did not find out which sagas are meant within " + LONGEST.toSeconds()
                                + " s, and nothing was changed. Narrow the filter, say by a definition or a shorter"
                                + " time; or look whether the database is overloaded.",
                        e);
            }
            throw e;
        }
    }

    // ---- before it begins

    /** What would be done. */
    public Forecast forecast(SagaFilter filter, BulkAction action, Scope scope) {
        return inTime(handle -> {
            Jdbis.look(handle, LONGEST);
            List<UUID> found = chosen(handle, filter, scope);
            boolean more = found.size() > BulkOperations.MOST;
            List<UUID> counted = more ? found.subList(0, BulkOperations.MOST) : found;
            Map<String, Long> byState = new TreeMap<>();
            long willing = 0;
            for (Standing standing : tables.bulks().standings(handle, counted)) {
                byState.merge(standing.state().name(), standing.sagas(), Long::sum);
                willing += allows(action, standing) ? standing.sagas() : 0;
            }
            return new Forecast(new Count(counted.size(), more), willing, byState);
        });
    }

    /** As the decision itself will see it; what only the journal tells is left to that. */
    private static boolean allows(BulkAction action, Standing saga) {
        SagaState state = saga.state();
        boolean undoing = state == SagaState.COMPENSATING || state == SagaState.COMPENSATION_FAILED;
        return switch (action) {
            case RETRY -> saga.parked() && !state.isTerminal();
            case CANCEL ->
                undoing
                        || state == SagaState.COMPENSATED
                        || ((state == SagaState.RUNNING || state == SagaState.SUSPENDED) && !saga.pivotPassed());
            case COMPENSATE -> !saga.pivotPassed() && (state == SagaState.SUSPENDED || (undoing && saga.goesBack()));
            case PAUSE, RESUME -> !state.isTerminal();
            case RESOLVE -> state.needsOperator();
        };
    }

    // ---- its beginning and its end

    /** Settles which sagas are meant, and begins; a second call of the same id changes nothing. */
    public BulkStatus begin(Open bulk, SagaFilter filter, Scope scope) {
        checkSaid(bulk.actor(), bulk.reason(), "begin");
        return inTime(handle -> {
            Jdbis.hurry(handle, LONGEST);
            String asked = FilterJson.write(filter);
            boolean first = tables.bulks().begin(handle, bulk, asked);
            if (first) {
                List<UUID> sagas = chosen(handle, filter, scope);
                checkSize(sagas.size());
                tables.bulks().add(handle, bulk.id(), sagas);
                String what = name(bulk.action()) + " " + sagas.size() + (sagas.size() == 1 ? " saga" : " sagas");
                audit(handle, bulk.id(), "begin", bulk.actor(), bulk.reason(), "", what);
            }
            return find(handle, bulk.id(), first ? ALL : visible(handle, scope))
                    .filter(status -> first || isSame(status, bulk, FilterJson.read(asked)))
                    .orElseThrow(() -> new IllegalArgumentException("Cannot " + name(bulk.action())
                            + " many sagas: the id " + bulk.id()
                            + " was used for another decision before. Give each decision an id of its own."));
        });
    }

    private static boolean isSame(BulkStatus before, Open bulk, SagaFilter filter) {
        return before.action() == bulk.action()
                && before.actor().equals(bulk.actor())
                && before.filter().equals(filter);
    }

    private static void checkSaid(String actor, String reason, String action) {
        if (actor == null || actor.isBlank() || reason == null || reason.isBlank()) {
            throw new IllegalArgumentException("An actor and a reason are needed to " + action
                    + " a decision about many sagas; they are kept in the audit.");
        }
    }

    private static void checkSize(int sagas) {
        if (sagas == 0) {
            throw new IllegalArgumentException(
                    "No saga is meant: none that may be seen meets every condition. Widen the filter.");
        }
        if (sagas > BulkOperations.MOST) {
            throw new IllegalArgumentException(
                    "More than " + BulkOperations.MOST
                            + " sagas are meant, the most that one decision may be about. Narrow the filter, and decide in parts.");
        }
    }

    /** Stops what was not done yet. */
    public BulkStatus stop(UUID id, Scope scope, String actor, String reason) {
        checkSaid(actor, reason, "stop");
        return jdbi.inTransaction(handle -> {
            Visible visible = visible(handle, scope);
            if (!tables.reading().bulks().isVisible(handle, id, visible)) {
                throw unknown(id);
            }
            boolean stopped = tables.bulks().stop(handle, id, actor);
            BulkStatus status = find(handle, id, visible).orElseThrow(() -> unknown(id));
            if (stopped) {
                long through = status.done() + status.refused() + status.failed();
                audit(handle, id, "stop", actor, reason, "", "after " + through + " of " + status.total());
            }
            return status;
        });
    }

    private Visible visible(Handle handle, Scope scope) {
        return Visible.of(scope, tables.plans().named(handle));
    }

    private Optional<BulkStatus> find(Handle handle, UUID id, Visible visible) {
        return tables.reading().bulks().find(handle, id, visible);
    }

    private static SagaException unknown(UUID id) {
        return new SagaException("There is no decision about many sagas with the id " + id
                + ". Take it from where it began, or from Inspector.bulks().");
    }

    private void audit(
            Handle handle, UUID id, String action, String actor, String reason, String before, String after) {
        tables.operations().addControl(handle, KIND, id.toString(), action, actor, reason, before, after);
    }

    // ---- its course

    /**
     * Carries out up to {@code most} of what is left; {@code done} is told each saga that was changed. Returns how many. Each decision
     * has its share, so that none waits until an older and larger one is through.
     */
    public int carryOn(int most, Consumer<UUID> done) {
        List<Open> open = jdbi.withHandle(handle -> tables.bulks().open(handle));
        misses.keepOnly(open.stream().map(Open::id).toList());
        if (!open.isEmpty()) {
            // A plan that is not known here would be read in the middle of a decision, by a connection more.
            definitions.refresh();
        }
        int count = 0;
        while (count < most && !open.isEmpty()) {
            List<Open> unfinished = new ArrayList<>();
            for (int i = 0; i < open.size() && count < most; i++) {
                int share = Math.max(1, (most - count) / (open.size() - i));
                int some = carryOn(open.get(i), share, done);
                count += some;
                if (some == share) {
                    unfinished.add(open.get(i));
                }
            }
            open = unfinished;
        }
        return count;
    }

    private int carryOn(Open bulk, int most, Consumer<UUID> done) {
        UUID last = null;
        boolean some = false;
        int count = 0;
        int missed = 0;
        while (count < most && missed < MOST_MISSED) {
            Turn turn = next(bulk, last, done);
            if (turn.saga != null) {
                last = turn.saga;
                some = true;
                count += turn.settled ? 1 : 0;
                missed += turn.settled ? 0 : 1;
            } else if (some) {
                // Others may have let go of some that they had locked before.
                last = null;
                some = false;
            } else {
                jdbi.useTransaction(handle -> tables.bulks().endIfThrough(handle, bulk.id()));
                return count;
            }
        }
        return count;
    }

    private Turn next(Open bulk, @Nullable UUID after, Consumer<UUID> done) {
        for (int attempt = 1; ; attempt++) {
            Turn turn = new Turn(bulk);
            try {
                jdbi.useTransaction(handle -> turn.take(handle, after));
                UUID saga = turn.saga;
                if (saga != null) {
                    misses.forget(bulk.id(), saga);
                    if (turn.changed) {
                        done.accept(saga);
                    }
                }
                return turn;
            } catch (RuntimeException e) {
                UUID saga = turn.saga;
                if (saga == null) {
                    throw e;
                }
                boolean passing = SqlErrors.isPassing(e);
                if (passing && attempt < TRIES && !SqlErrors.isLockTimeout(e)) {
                    pause(attempt);
                    continue;
                }
                turn.settled = !passing || misses.add(bulk.id(), saga);
                if (turn.settled) {
                    log.warn("{} failed on saga {} and is not tried again", bulk, saga, e);
                    jdbi.useTransaction(handle -> settle(handle, bulk, saga, BulkItem.Result.FAILED, words(e)));
                    misses.forget(bulk.id(), saga);
                } else {
                    log.debug("{} comes back to saga {} later", bulk, saga, e);
                }
                return turn;
            }
        }
    }

    /** Not what a driver says: it quotes what stood in rows, and these words stay when the rows are purged. */
    private static String words(RuntimeException error) {
        return error instanceof SagaException
                ? String.valueOf(error.getMessage())
                : error.getClass().getName()
                        + SqlErrors.state(error)
                                .map(state -> " (SQL state " + state + ")")
                                .orElse("") + "; the log of the process that tried has more.";
    }

    /** The turn of one saga, in a transaction that is kept or not as a whole. */
    private final class Turn {
        private final Open bulk;
        private @Nullable UUID saga;
        private boolean changed;
        private boolean settled;

        Turn(Open bulk) {
            this.bulk = bulk;
        }

        void take(Handle handle, @Nullable UUID after) {
            // Whoever has the saga locked for long holds up this saga, and none of the others.
            Jdbis.waitForLocks(handle, LONGEST_WAIT_FOR_A_SAGA);
            UUID id = tables.bulks()
                    .claim(handle, bulk.id(), after, misses.waiting(bulk.id()))
                    .orElse(null);
            if (id == null) {
                return;
            }
            saga = id;
            handle.savepoint(DECISION);
            try {
                SagaState state = decide(operations.within(handle), bulk, id);
                settle(handle, bulk, id, BulkItem.Result.DONE, state.name());
                changed = true;
            } catch (OperationRefused | UnknownSaga e) {
                handle.rollbackToSavepoint(DECISION);
                settle(handle, bulk, id, BulkItem.Result.REFUSED, String.valueOf(e.getMessage()));
            }
            settled = true;
        }
    }

    private static SagaState decide(Operations operations, Open bulk, UUID saga) {
        String reason = bulk.reason() + " (bulk " + bulk.id() + ")";
        Decision decision = new Decision(saga, name(bulk.action()), bulk.actor(), reason, null, null, null);
        return switch (bulk.action()) {
            case RETRY -> operations.retry(decision);
            case CANCEL -> operations.cancel(decision);
            case COMPENSATE -> operations.compensate(decision);
            case PAUSE -> operations.pause(decision);
            case RESUME -> operations.resume(decision);
            case RESOLVE -> operations.resolve(decision);
        };
    }

    private static String name(BulkAction action) {
        return action.name().toLowerCase(Locale.ROOT);
    }

    private void settle(Handle handle, Open bulk, UUID saga, BulkItem.Result result, String words) {
        String kept = words.replace("\0", "");
        String cut = kept.length() > LONGEST_WORDS ? kept.substring(0, LONGEST_WORDS) + "…" : kept;
        tables.bulks().settle(handle, bulk.id(), saga, BulkPages.code(result), cut);
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep(20L * attempt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
