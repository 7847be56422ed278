package dev.belay.internal.worker;

import dev.belay.Failure;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.PayloadException;
import dev.belay.RetryPolicy;
import dev.belay.SagaEvent;
import dev.belay.SagaException;
import dev.belay.SagaState;
import dev.belay.StepDefinition;
import dev.belay.StepDefinition.UndoBody;
import dev.belay.Undo;
import dev.belay.internal.coordinator.UndoPlan;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs the code of an undo, and says what its saga should become of it. */
final class UndoCode {
    private final Payloads payloads;
    private final Transactions transactions;

    UndoCode(Payloads payloads, Transactions transactions) {
        this.payloads = payloads;
        this.transactions = transactions;
    }

    Ran run(SagaRun run) {
        JobRow job = run.job();
        UndoPlan plan = UndoPlan.of(run.plan(), run.history());
        UndoPlan.Item item = plan.item(job.branch(), job.seq(), job.run(), job.item())
                .filter(found -> found.progress() == UndoPlan.Progress.PENDING)
                .orElse(null);
        if (item == null) {
            // Another worker undid it and died before it could go on: there is nothing to record again, only to find
            // what is next.
            return new Ran.Wished(new Wish.UndoNext(job, isRecorded(run) ? null : StepRunner.row(run, Result.LOST, 0)));
        }
        if (item.branches() != null) {
            return new Ran.Group(job);
        }
        if (item.form() == Plan.Form.CHILD && item.isStep()) {
            return new Ran.Child(job);
        }
        StepDefinition step = run.known()
                .definition()
                .flatMap(definition -> definition.step(item.step()))
                .orElse(null);
        RetryPolicy retry = step == null ? RetryPolicy.forUndos() : step.undoRetry();
        long from = System.nanoTime();
        run.startTimer(step == null ? Duration.ofMinutes(10) : step.timeout());
        try {
            return item.isStep() ? undoStep(run, plan, item, step, from) : undoActivity(run, plan, item, from);
        } catch (Throwable e) {
            if (e instanceof LeaseLost lost) {
                // No fault of the undo: an outage of the database must not use up its retries.
                throw lost;
            }
            if (run.stopping() == SagaRun.Stop.SHUT_DOWN) {
                throw new LeaseLost("The worker stops; the undo of \"" + item.step() + "\" is left to another.");
            }
            return new Ran.Wished(failed(run, e, retry, micros(from)));
        } finally {
            run.stopTimer();
        }
    }

    /** Whether this very claim has recorded the undo, and only what is next is left to find. */
    private static boolean isRecorded(SagaRun run) {
        JobRow job = run.job();
        return run.history().stream()
                .anyMatch(row -> row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run())
                        && row.n() == job.attempt() - 1
                        && row.fence() != null
                        && row.fence() == job.fence());
    }

    private static long micros(long from) {
        return Math.max(1, (System.nanoTime() - from) / 1000);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // a saga of Void has null as its input
    private Ran undoStep(SagaRun run, UndoPlan plan, UndoPlan.Item item, @Nullable StepDefinition step, long from)
            throws Exception {
        UndoBody body = step == null ? null : step.undo().orElse(null);
        if (step == null || body == null) {
            return noHandler(run, "the undo of step \"" + item.step() + "\"");
        }
        Object input = payloads.decode(
                run.inputOf(item.step(), item.seq(), item.run()),
                step.input(),
                "The input of step \"" + step.name() + "\"");
        Object output = payloads.decode(item.output(), step.output(), "The output of step \"" + step.name() + "\"");
        UndoingContext<Object, Object> context = context(run, plan, item, input, output);
        if (body instanceof UndoBody.Transactional transactional) {
            Handlers.TransactionalCompensation<Object, Object> handler =
                    (Handlers.TransactionalCompensation<Object, Object>) transactional.handler();
            return transactions.run(run, handle -> {
                inUserCode(run, () -> handler.undo(context, handle));
                return new Ran.Wished(committing(run, done(run, context, from)));
            });
        }
        Handlers.Compensation<Object, Object> handler =
                (Handlers.Compensation<Object, Object>) ((UndoBody.Plain) body).handler();
        inUserCode(run, () -> handler.undo(context));
        return new Ran.Wished(done(run, context, from));
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // undo data may be null
    private Ran undoActivity(SagaRun run, UndoPlan plan, UndoPlan.Item item, long from) throws Exception {
        UndoPlan.Activity activity = Objects.requireNonNull(item.activity());
        String name = String.valueOf(activity.undo());
        Undo<Object> undo = (Undo<Object>) run.known()
                .definition()
                .flatMap(definition -> definition.undo(name))
                .orElse(null);
        if (undo == null) {
            return noHandler(run, "the undo \"" + name + "\" of activity \"" + activity.name() + "\"");
        }
        Object data =
                payloads.decode(item.input(), undo.data(), "The undo data of activity \"" + activity.name() + "\"");
        Object output =
                payloads.decode(item.output(), Object.class, "The result of activity \"" + activity.name() + "\"");
        UndoingContext<Object, Object> context = context(run, plan, item, data, output);
        inUserCode(run, () -> undo.handler().undo(data, context));
        return new Ran.Wished(done(run, context, from));
    }

    private UndoingContext<Object, Object> context(
            SagaRun run, UndoPlan plan, UndoPlan.Item item, Object input, @Nullable Object output) {
        return new UndoingContext<>(
                run.saga(),
                run.job().fence(),
                plan,
                item,
                input,
                output,
                Failures.parse(payloads, run.saga().failure()),
                new UndoingContext.Items() {
                    @Override
                    public <T> List<T> of(Class<T> type) {
                        return items(run, item, type);
                    }
                });
    }

    private <T> List<T> items(SagaRun run, UndoPlan.Item group, Class<T> type) {
        JournalRow began = run.history().stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && row.target() != null
                        && !row.place().undoing()
                        && row.isOf(group.branch(), group.seq(), group.run()))
                .findFirst()
                .orElseThrow(() -> new SagaException(
                        "Step \"" + group.step() + "\" began no items: only the undo of a fan-out has them."));
        List<T> items = new ArrayList<>();
        for (JournalRow row : run.begunBranches(began.item(), Integer.parseInt(String.valueOf(began.target())))) {
            T item = payloads.decode(row.input(), type, "An item of fan-out \"" + group.step() + "\"");
            if (item != null) {
                items.add(item);
            }
        }
        return items;
    }

    @FunctionalInterface
    private interface UserCode {
        void run() throws Exception;
    }

    private static void inUserCode(SagaRun run, UserCode code) throws Exception {
        run.enterUserCode();
        try {
            code.run();
        } finally {
            run.leaveUserCode();
        }
    }

    private Wish done(SagaRun run, UndoingContext<?, ?> context, long from) {
        Result outcome = context.foundNothing() ? Result.NOTHING_TO_UNDO : Result.SUCCEEDED;
        JournalRow row = StepRunner.row(run, outcome, micros(from));
        List<JournalRow> after = new ArrayList<>(run.history());
        after.add(row);
        UndoPlan plan = UndoPlan.of(run.plan(), after);
        JobRow job = run.job();
        UndoPlan.Item next = plan.backTo(job.branch() == 0 ? run.saga().undoTo() : null)
                .next()
                .orElse(null);
        if (next != null && next.branches() == null) {
            return new Wish.Go(
                    Move.to(job, row, Move.Target.undo(job, next.seq(), next.run(), next.number(), next.step())));
        }
        boolean hadEnded = run.history().stream().anyMatch(earlier -> earlier.kind() == Kind.END);
        boolean endsPlainly = next == null && !plan.hasFailed() && run.saga().undoTo() == null && !hadEnded;
        if (!endsPlainly) {
            return new Wish.UndoNext(job, row);
        }
        if (job.branch() != 0) {
            return new Wish.Go(Move.leaving(job, row));
        }
        Move.Ending ending = new Move.Ending(
                SagaState.COMPENSATING,
                SagaState.COMPENSATED,
                null,
                run.known().hooked().contains(SagaEvent.Type.COMPENSATED));
        return new Wish.Go(Move.ending(job, row, ending));
    }

    /**
     * What an undo wrote is committed with a move only. Where the coordinator has to find what is next, the job stays, and asks it once
     * this is committed.
     */
    private static Wish committing(SagaRun run, Wish wish) {
        JournalRow row = wish.row();
        if (wish instanceof Wish.Go || row == null) {
            return wish;
        }
        JobRow job = run.job();
        return new Wish.Go(Move.to(job, row, Move.Target.undo(job, job.seq(), job.run(), job.item(), job.step())));
    }

    private Wish failed(SagaRun run, Throwable error, RetryPolicy retry, long micros) {
        JobRow job = run.job();
        Failure failure = Failures.of(job.step(), error);
        String json = Failures.json(payloads, failure);
        Optional<Duration> delay =
                error instanceof PayloadException ? Optional.empty() : retry.delayAfter(job.failures() + 1, error);
        return delay.<Wish>map(wait -> new Wish.Go(Move.to(
                        job, StepRunner.row(run, Result.FAILED, micros).failing(json), Move.Target.again(job, wait))))
                .orElseGet(() -> new Wish.UndoNext(
                        job, StepRunner.row(run, Result.GAVE_UP, micros).failing(json)));
    }

    private Ran noHandler(SagaRun run, String what) {
        Failure failure = new Failure(
                run.job().step(),
                StepCode.NO_HANDLER,
                "This build does not have " + what + ", which " + run.plan().definition() + " version "
                        + run.plan().version() + " was run with. Deploy a build that has it, then retry.",
                "");
        JournalRow row = StepRunner.row(run, Result.GAVE_UP, 0).failing(Failures.json(payloads, failure));
        return new Ran.Wished(new Wish.UndoNext(run.job(), row));
    }

    /** What becomes of a saga whose undo ignores its timeout and is heard no more. */
    Wish timedOut(SagaRun run) {
        StepDefinition step = run.known()
                .definition()
                .flatMap(definition -> definition.step(run.job().step()))
                .orElse(null);
        dev.belay.SagaException error = new dev.belay.SagaException(
                "The undo of step \"" + run.job().step() + "\" ran longer than its timeout and did not stop.");
        return failed(run, error, step == null ? RetryPolicy.forUndos() : step.undoRetry(), 0);
    }
}
