package dev.belay.oracle;

import dev.belay.Belay;
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
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** Lets the events of sequences happen to real sagas, one at a time, and says what is seen after each. */
final class Driver implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SagaKit kit = SagaKit.on(LocalPostgres.shared().dataSource());
    private final Jdbi jdbi = Jdbi.create(kit.dataSource());
    private final Gate gate = new Gate();
    private final Code code = new Code(gate);
    private final Belay watching;
    private final Worker watchman;
    private SagaDefinition<?, ?>[] definitions = {};
    private SagaHandle<Void> saga;
    private SagaDefinition<String, Void> definition;
    private Gate.Visitor visitor;
    private Instant due = Instant.MIN;
    private String version = "";
    private String versionBefore = "";
    private int started;

    Driver() {
        kit.workerOptions(options -> options.lease(Duration.ofSeconds(60))
                .poll(Duration.ofMillis(10))
                .lanes(1)
                .platformThreads(3));
        watching = Belay.on(kit.dataSource())
                .schema(kit.schema())
                .withoutMigrating()
                .open();
        // Takes over what crashed workers leave. A worker may do so once it has been up for a whole lease.
        watchman = watching.worker(new WorkerOptions(
                        "watchman",
                        List.of("nothing"),
                        1,
                        false,
                        Duration.ofMillis(40),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5),
                        false,
                        1,
                        1,
                        Duration.ofSeconds(30)))
                .start();
    }

    /** Deploys these definitions, and no others. */
    void deploy(List<Shape> shapes) {
        forget();
        definitions = shapes.stream().map(code::of).toArray(SagaDefinition<?, ?>[]::new);
        redeploy();
    }

    private void redeploy() {
        kit.open(definitions).startWorker();
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
                UUID again = kit.start(definition, key() + " again", StartOptions.key(key()))
                        .id();
                if (!again.equals(saga.id())) {
                    throw new AssertionError("A second start with the same key made another saga");
                }
            }
            case DUE -> {
                due = saga.view().jobs().stream()
                        .map(JobView::runAt)
                        .findFirst()
                        .orElse(Instant.MIN);
                kit.advance(Code.RETRY);
            }
            case CRASH -> {
                crash();
                kit.startWorker();
            }
            case REDEPLOY -> redeploy();
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
    }

    private void crash() {
        kit.crashWorker();
        if (visitor != null) {
            visitor.vanish();
            visitor = null;
        }
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
        saga = kit.start(definition, key() + " input", StartOptions.key(key()));
        due = Instant.MIN;
    }

    private String key() {
        return "saga-" + started;
    }

    private String decide(Event decision) {
        Operator operator = kit.operator("oracle");
        UUID id = saga.id();
        try {
            SagaState told = switch (decision) {
                case RETRY -> operator.retry(id, "try again");
                case RETRY_WITH_INPUT -> operator.retryWithInput(id, key() + " edited", "try another");
                case SKIP -> operator.skip(id, "skipped", "done by hand");
                case COMPENSATE -> operator.compensate(id, "give up");
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
        if (!view.version().equals(version)) {
            versionBefore = version;
            version = view.version();
        }
        return new Seen(saga(view), job(view), attempts(), code.calls(), decisions());
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
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("No rest after " + PATIENCE + ": at the gate is " + visitor
                        + ", and the saga is " + view + " with " + attempts() + " after " + code.calls());
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
            case "WAITING" -> visitor == null && !job.runAt().equals(due);
            case "PARKED" -> visitor == null;
            default -> false;
        };
    }

    private static String saga(SagaView view) {
        SagaState state = view.state();
        boolean turned = state != SagaState.RUNNING && state != SagaState.COMPLETED && state != SagaState.RESOLVED;
        return state
                + (turned ? " " + view.cause().map(Enum::name).orElse("") : "")
                + (view.pivotPassed() ? " past pivot" : "")
                + (view.cancelRequested() ? " cancel requested" : "");
    }

    private static String job(SagaView view) {
        if (view.jobs().isEmpty()) {
            return "none";
        }
        JobView job = view.jobs().get(0);
        String state = job.state().equals("CLAIMED") ? "running" : job.state().toLowerCase(Locale.ROOT);
        return (job.undoing() ? "undo " : "") + job.step() + " " + state
                + (job.state().equals("PARKED") ? "" : " after " + job.failures());
    }

    private List<String> attempts() {
        List<String> lines = new ArrayList<>();
        for (JournalEntry entry : saga.journal()) {
            if (entry.kind() == Kind.END) {
                lines.add("END");
            } else if (entry.kind() != Kind.ACTIVITY && entry.kind() != Kind.DECISION) {
                String line = (entry.undoing() ? "undo " : "") + entry.step() + "/" + entry.run()
                        + (entry.item() > 0 ? "/activity" : "") + (entry.kind() == Kind.LATE ? " late " : " ")
                        + entry.outcome();
                // A dying worker's last claim may still be under way in the server, and is then lost as well.
                boolean lostOnceMore =
                        line.endsWith("LOST") && !lines.isEmpty() && line.equals(lines.get(lines.size() - 1));
                if (!lostOnceMore) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }

    private List<String> decisions() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "select action, before from " + kit.schema() + ".operation where saga_id = :saga order by id")
                .bind("saga", saga.id())
                .map((rs, context) ->
                        rs.getString(1)
                                        .toUpperCase(Locale.ROOT)
                                        .replace(' ', '_')
                                        .replace("_EDITED_", "_") + " " + rs.getString(2))
                .list());
    }

    @Override
    public void close() {
        crash();
        watchman.close();
        watching.close();
        try {
            kit.close();
        } catch (Exception e) {
            System.out.println("CLOSE " + e.getMessage());
        }
    }
}
