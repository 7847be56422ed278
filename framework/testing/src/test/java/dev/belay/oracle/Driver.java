package dev.belay.oracle;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.OperationRefused;
import dev.belay.Operator;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.SagaView.JobView;
import dev.belay.StartOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.oracle.Seen.Flag;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;

/** Lets the events of sequences happen to real sagas, one at a time, and says what is seen after each. */
final class Driver implements AutoCloseable {
    /** When a saga's time is over: no sequence has as many retries as would take so long. */
    private static final Duration DEADLINE = Duration.ofHours(2);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Map<String, String> ACTIONS = Map.of(
            "retry with edited input", "RETRY_WITH_INPUT",
            "compensate past the pivot", "COMPENSATE_PAST_PIVOT",
            "accept residue", "ACCEPT_RESIDUE",
            "mark as undone", "MARK_UNDONE");

    private final SagaKit kit = SagaKit.on(LocalPostgres.shared().dataSource());
    private final Jdbi jdbi = Jdbi.create(kit.dataSource());
    private final Workers workers = new Workers(kit);
    private final Gate gate = new Gate();
    private final Code code = new Code(gate);
    private SagaDefinition<?, ?>[] definitions = {};
    private SagaHandle<Void> saga;
    private SagaDefinition<String, Void> definition;
    private Gate.Visitor visitor;
    /** Runs on, although its worker has lost the lease. */
    private Gate.Visitor belated;

    private String version = "";
    private String versionBefore = "";
    private int started;

    /** Deploys these definitions, and no others, for workers that can be killed or that lose their leases. */
    void deploy(List<Shape> shapes, boolean killable) {
        forget();
        definitions = shapes.stream().map(code::of).toArray(SagaDefinition<?, ?>[]::new);
        workers.deploy(definitions, killable);
    }

    /** Lets the event happen and returns what the caller was told: a state, the reason of a refusal, or nothing. */
    String happen(Event event, Optional<Shape> shape) {
        if (event.isVerdict()) {
            visitor.end(event);
            visitor = null;
            return "";
        }
        if (event.isDecision()) {
            return decide(event);
        }
        switch (event) {
            case START -> start(shape.orElseThrow());
            case START_AGAIN -> {
                UUID again = workers.belay()
                        .start(definition, key() + " again", StartOptions.key(key()))
                        .id();
                if (!again.equals(saga.id())) {
                    throw new AssertionError("A second start with the same key made another saga");
                }
            }
            case DUE -> advance(Code.RETRY);
            case DEADLINE -> {
                advance(DEADLINE);
                await("the deadline", () -> !stand().hasDeadline());
            }
            case CRASH -> {
                workers.kill();
                if (visitor != null) {
                    visitor.vanish();
                    visitor = null;
                }
                workers.startAnother();
            }
            case LOSE_LEASE -> {
                belated = visitor;
                visitor = null;
                workers.loseLease(saga.view().jobs().get(0).worker().orElseThrow());
            }
            case REDEPLOY -> workers.redeploy();
            default -> throw new IllegalArgumentException("Nobody knows how to let " + event + " happen");
        }
        return "";
    }

    /** Leaves the saga to itself: its code fails from now on. */
    void forget() {
        gate.expect("none");
        if (visitor != null) {
            visitor.end(Event.FAIL_FOR_GOOD);
            visitor = null;
        }
        if (belated != null) {
            belated.end(Event.FAIL_FOR_GOOD);
            belated = null;
        }
    }

    private void advance(Duration by) {
        kit.advance(by);
        workers.belay().wake();
    }

    @SuppressWarnings("unchecked")
    private void start(Shape shape) {
        forget();
        code.forget();
        started++;
        gate.expect(key());
        for (SagaDefinition<?, ?> one : definitions) {
            if (one.name().equals(shape.name())) {
                definition = (SagaDefinition<String, Void>) one;
            }
        }
        StartOptions options = StartOptions.key(key());
        saga = workers.belay()
                .start(definition, key() + " input", shape.hasDeadline() ? options.deadline(DEADLINE) : options);
    }

    private String key() {
        return "saga-" + started;
    }

    private String decide(Event decision) {
        Operator operator = workers.belay().operator("oracle");
        UUID id = saga.id();
        try {
            SagaState told = switch (decision) {
                case RETRY -> operator.retry(id, "try again");
                case RETRY_WITH_INPUT -> operator.retryWithInput(id, key() + " edited", "try another");
                case SKIP -> operator.skip(id, "skipped", "done by hand");
                case COMPENSATE -> operator.compensate(id, "give up");
                case COMPENSATE_PAST_PIVOT -> operator.forceCompensate(id, "give up all the same");
                case ACCEPT_RESIDUE -> operator.acceptResidue(id, "leave it");
                case MARK_UNDONE -> operator.markUndone(id, "undone by hand");
                case PAUSE -> operator.pause(id, "not now");
                case RESUME -> operator.resume(id, "now");
                case CANCEL -> operator.cancel(id, "not wanted");
                case RESOLVE -> operator.resolve(id, "closed by hand");
                case RESOLVE_STALE -> operator.expecting(versionBefore).resolve(id, "seen too long ago");
                default -> throw new IllegalArgumentException(decision + " is no decision");
            };
            return told.name();
        } catch (OperationRefused e) {
            return e.reason().name();
        }
    }

    /**
     * Waits until nothing moves any more, and says what is to be seen then.
     *
     * @param running whether code is thought to be running then; only to know how long to wait for it before looking
     */
    Seen look(boolean running) throws InterruptedException {
        SagaView view = atRest(running);
        if (belated != null) {
            long before = belatedResults();
            belated.end(Event.SUCCEED);
            belated = null;
            await("the late result", () -> belatedResults() > before);
        }
        if (!view.version().equals(version)) {
            versionBefore = version;
            version = view.version();
        }
        Seen.Log log = new Seen.Log();
        attempts(log);
        code.calls().forEach(log::call);
        Stand stand = stand();
        stand.decisions().forEach(log::decision);
        return log.seen(view.state(), view.cause(), flags(view, stand), job(view));
    }

    private long belatedResults() {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == Kind.LATE)
                .count();
    }

    private void await(String what, BooleanSupplier isThere) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!isThere.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("Waited " + PATIENCE + " for " + what + " of " + saga.view());
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private SagaView atRest(boolean running) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            // To look more often would only be slower: the code to come tells by its arrival.
            Gate.Visitor arrived = gate.next(visitor != null ? 0 : running ? 100_000 : 500);
            if (arrived != null && visitor != null) {
                throw new AssertionError("Two are at the gate: " + visitor + ", and " + arrived);
            }
            visitor = arrived == null ? visitor : arrived;
            SagaView view = saga.view();
            if (isAtRest(view)) {
                return view;
            }
            if (view.jobs().stream().anyMatch(job -> job.state().equals("READY"))) {
                // The worker that lost it leaves it to the other, as long as its own run has not ended.
                workers.belay().wake();
            }
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("No rest after " + PATIENCE + ": at the gate is " + visitor
                        + ", and the saga is " + view + " with " + saga.journal() + " after " + code.calls());
            }
        }
    }

    private boolean isAtRest(SagaView view) {
        if (view.jobs().isEmpty()) {
            return view.state().isTerminal() && visitor == null;
        }
        JobView job = view.jobs().get(0);
        return switch (job.state()) {
            case "CLAIMED" -> visitor != null && visitor.step.equals(job.step()) && visitor.undoing == job.undoing();
            case "WAITING" -> visitor == null && job.runAt().isAfter(kit.now());
            case "PARKED", "HELD" -> visitor == null;
            default -> false;
        };
    }

    private static Set<Flag> flags(SagaView view, Stand stand) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        flags.addAll(view.pivotPassed() ? Set.of(Flag.PAST_PIVOT) : Set.of());
        flags.addAll(view.cancelRequested() ? Set.of(Flag.CANCEL_REQUESTED) : Set.of());
        flags.addAll(stand.paused() ? Set.of(Flag.PAUSED) : Set.of());
        flags.addAll(stand.residue() ? Set.of(Flag.RESIDUE) : Set.of());
        return flags;
    }

    private static String job(SagaView view) {
        if (view.jobs().isEmpty()) {
            return "none";
        }
        JobView job = view.jobs().get(0);
        String state = job.state().equals("CLAIMED") ? "RUNNING" : job.state();
        return Seen.job(job.undoing(), job.step(), state, job.failures());
    }

    private void attempts(Seen.Log log) {
        for (JournalEntry entry : saga.journal()) {
            if (entry.kind() == Kind.END) {
                log.attempt("END");
            } else if (entry.kind() == Kind.ATTEMPT || entry.kind() == Kind.LATE) {
                log.attempt((entry.undoing() ? "undo " : "") + entry.step() + "/" + entry.run()
                        + (entry.item() > 0 ? "/activity" : "") + (entry.kind() == Kind.LATE ? " late " : " ")
                        + entry.outcome());
            }
        }
    }

    /** What only the tables tell. */
    private record Stand(boolean paused, boolean residue, boolean hasDeadline, List<String> decisions) {}

    private Stand stand() {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        select paused, residue,
                               deadline_at is not null and state in ('RUNNING', 'SUSPENDED') as has_deadline,
                               array(select action || '/' || before from %1$s.operation
                                      where saga_id = :saga order by id) as decisions
                        from %1$s.saga where id = :saga""".formatted(kit.schema()))
                .bind("saga", saga.id())
                .map((rs, context) -> new Stand(
                        rs.getBoolean("paused"),
                        rs.getBoolean("residue"),
                        rs.getBoolean("has_deadline"),
                        Stream.of((String[]) rs.getArray("decisions").getArray())
                                .map(Driver::decision)
                                .toList()))
                .one());
    }

    private static String decision(String row) {
        String action = row.substring(0, row.indexOf('/'));
        return ACTIONS.getOrDefault(action, action.toUpperCase(Locale.ROOT)) + " "
                + row.substring(row.indexOf('/') + 1);
    }

    @Override
    public void close() {
        forget();
        workers.close();
        kit.close();
    }
}
