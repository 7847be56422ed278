package dev.belay.internal.worker;

import dev.belay.Cause;
import dev.belay.Deferred;
import dev.belay.Failure;
import dev.belay.FailurePolicy;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.Next;
import dev.belay.PayloadException;
import dev.belay.ReplayMismatch;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaException;
import dev.belay.SagaState;
import dev.belay.StepContext;
import dev.belay.StepDefinition;
import dev.belay.StepDefinition.Body;
import dev.belay.StepKind;
import dev.belay.StepRejected;
import dev.belay.agent.BudgetReached;
import dev.belay.internal.coordinator.Routing;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs the code of a step that goes forward, and says what its saga should become of it. */
final class StepCode {
    /** The failure type of an attempt that ran longer than its timeout. */
    static final String TIMED_OUT = "STEP_TIMED_OUT";
    /** The failure type of a step whose time, with all its retries and waits, is over. */
    static final String OVERDUE = "STEP_DEADLINE_PASSED";
    /** The failure type of a step or undo that the running build has no code for. */
    static final String NO_HANDLER = "NO_HANDLER";
    /** The failure type of an attempt that came to rest in its midst. */
    static final String RESTS = "RESTS";

    private final Payloads payloads;
    private final Transactions transactions;

    private final WaitCode waitCode;
    private final Limited limited;
    private final OnceCode onceCode;

    StepCode(Payloads payloads, Transactions transactions) {
        this.payloads = payloads;
        this.transactions = transactions;
        this.waitCode = new WaitCode(this, new ChildCode(this, payloads), payloads);
        this.limited = new Limited(this);
        this.onceCode = new OnceCode(this, payloads);
    }

    static boolean isPivot(SagaRun run) {
        return !run.job().undoing()
                && run.plan()
                        .step(run.job().step())
                        .map(step -> step.kind() == StepKind.PIVOT)
                        .orElse(false);
    }

    private static Optional<StepDefinition> codeOf(SagaRun run) {
        return run.known()
                .definition()
                .flatMap(definition -> definition.step(run.job().step()));
    }

    Ran run(SagaRun run, StepRunner runner) {
        JournalRow skipped = run.job().attempt() > 1 ? skipDecision(run) : null;
        if (skipped != null) {
            return new Ran.Wished(skip(run, skipped));
        }
        StepDefinition step = codeOf(run).orElse(null);
        if (step == null) {
            return new Ran.Wished(suspend(run, noHandler(run), 0));
        }
        long from = System.nanoTime();
        Duration within = step.rules().deadline().orElse(null);
        if (within != null && run.job().deadlineAt() == null) {
            run.refreshed(runner.setDeadline(run.job(), within));
        }
        run.startTimer(step.timeout());
        try {
            if (within != null && !step.isWait() && run.job().attempt() > 1 && runner.isOverdue(run.job())) {
                throw new WaitCode.WaitOver("The time of step \"" + step.name() + "\", " + within
                        + " with all its retries, was over before it could be tried again.");
            }
            if (isPassedBy(run, step, runner)) {
                return new Ran.Wished(chained(run, StepRunner.row(run, Result.PASSED_BY, micros(from))));
            }
            if (step.isWait()) {
                return new Ran.Wished(waitCode.run(run, step, runner, from));
            }
            Wish settled = onceCode.insteadOf(run, step, runner, from);
            if (settled != null) {
                return new Ran.Wished(settled);
            }
            Optional<Wish> held = limited.hold(run, step, runner);
            if (held.isPresent()) {
                return new Ran.Wished(held.get());
            }
            if (step.body() instanceof Body.Transactional body) {
                return transactions.run(
                        run,
                        handle -> new Ran.Wished(execute(run, runner, step, from, context -> {
                            Handlers.Transactional<Object, Object> handler = cast(body.handler());
                            return handler.run(context, handle);
                        })));
            }
            return new Ran.Wished(execute(run, runner, step, from, context -> {
                if (step.body() instanceof Body.Deferred body) {
                    Deferred.Handler<Object> handler = cast(body.handler());
                    handler.run(context.input(), context);
                    return null;
                }
                if (step.body() instanceof Body.Routed body) {
                    Handlers.Routed<Object> handler = cast(body.handler());
                    return handler.run(context, context.input());
                }
                Handlers.Chain<Object, Object> handler = cast(((Body.Chain) step.body()).handler());
                return handler.run(context);
            }));
        } catch (Throwable e) {
            return new Ran.Wished(failed(run, step, e, micros(from)));
        } finally {
            run.stopTimer();
        }
    }

    /** Whether the step's condition does not hold. It is asked once, before the first attempt. */
    private boolean isPassedBy(SagaRun run, StepDefinition step, StepRunner runner) throws Exception {
        Handlers.Condition<?> condition = step.rules().onlyIf().orElse(null);
        if (condition == null || !run.isFirstAttempt() || run.waitBegan().isPresent()) {
            return false;
        }
        Handlers.Condition<Object> onlyIf = cast(condition);
        return !inUserCode(run, runner, step, onlyIf::holds);
    }

    /** What user code is asked beside its step's work. */
    @FunctionalInterface
    interface Question<T> {
        T ask(StepContext<Object> context) throws Exception;
    }

    @SuppressWarnings("NullAway") // a saga of Void has null as its input
    <T> T inUserCode(SagaRun run, StepRunner runner, StepDefinition step, Question<T> question) throws Exception {
        JobRow job = run.job();
        Object input = payloads.decode(
                run.inputOf(job.step(), job.seq(), job.run()),
                step.input(),
                "The input of step \"" + step.name() + "\"");
        ForwardContext<Object> context = new ForwardContext<>(runner, run, payloads, input);
        run.halt(null);
        run.enterUserCode();
        try {
            return question.ask(context);
        } finally {
            run.leaveUserCode();
            if (run.halted() != null) {
                context.awaitCalls();
            }
            context.flushAvoided();
        }
    }

    @SuppressWarnings("unchecked")
    static <T> T cast(Object handler) {
        return (T) handler;
    }

    static long micros(long from) {
        return Math.max(1, (System.nanoTime() - from) / 1000);
    }

    /** User code, whatever its shape. */
    @FunctionalInterface
    private interface UserCode {
        @Nullable
        Object run(ForwardContext<Object> context) throws Exception;
    }

    private Wish execute(SagaRun run, StepRunner runner, StepDefinition step, long from, UserCode code)
            throws Exception {
        Object[] output = new Object[1];
        inUserCode(run, runner, step, context -> {
            if (step.rules().atMostOnce()) {
                ((ForwardContext<Object>) context).recordStart();
            }
            ((ForwardContext<Object>) context).enterBody();
            output[0] = code.run((ForwardContext<Object>) context);
            ((ForwardContext<Object>) context).checkHalted();
            return true;
        });
        try {
            return wishAfter(run, step, output[0], StepRunner.row(run, Result.SUCCEEDED, micros(from)));
        } catch (Exception e) {
            throw new UnusableResult(e);
        }
    }

    /** The step has run, and what it returned cannot be used: running it again would repeat its effect and not help. */
    static final class UnusableResult extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableResult(Exception reason) {
            super(reason);
        }
    }

    Wish wishAfter(SagaRun run, StepDefinition step, @Nullable Object output, JournalRow row) throws Exception {
        if (step.isRouted()) {
            if (!(output instanceof Next next)) {
                throw new SagaException("Step \"" + step.name() + "\" must say what comes next, but returned null."
                        + " Return Next.step(…) or Next.end(…).");
            }
            return routed(run, row, Routing.of(run.known(), step, next, payloads));
        }
        Payload payload = payloads.encode(output, step.output(), "The output of step \"" + step.name() + "\"");
        return chained(run, row.returning(payload, null, null));
    }

    private Wish.Go routed(SagaRun run, JournalRow row, Routing.Chosen chosen) {
        JobRow job = run.job();
        if (chosen.target() == null && job.branch() != 0) {
            return new Wish.Go(Move.leaving(job, row.returning(chosen.output(), null, null)));
        }
        if (chosen.target() == null) {
            return new Wish.Go(
                    Move.ending(job, row.returning(chosen.output(), null, null), completed(run, chosen.output())));
        }
        return new Wish.Go(Move.to(
                job,
                row.returning(null, chosen.target(), chosen.input()),
                Move.Target.next(job, chosen.target()).after(chosen.delay())));
    }

    /** Goes on after a step of a chain: to the next, or to the end of its branch or of the saga. */
    Wish.Go chained(SagaRun run, JournalRow row) throws Exception {
        return run.plan().form(run.job().step()) == Plan.Form.DEFERRED
                ? resumed(run, row)
                : chained(run, row, run.job().step());
    }

    /** Goes on after an effect that had been held back, to where the step before it would have gone. */
    private Wish.Go resumed(SagaRun run, JournalRow row) throws Exception {
        // Another effect may be waiting for this one.
        run.holdBack();
        JournalRow before = run.history().stream()
                .filter(past -> past.kind() == Kind.ATTEMPT && !past.place().undoing() && past.isDone())
                .filter(past -> run.plan().form(past.place().step()) != Plan.Form.DEFERRED)
                .reduce((first, second) -> second)
                .orElseThrow(() ->
                        new SagaException("The journal of saga " + run.job().sagaId()
                                + " has no step before \"" + run.job().step()
                                + "\"; rows were deleted by hand. Restore them, or resolve the saga."));
        String step = before.place().step();
        boolean routed = run.plan().step(step).map(Plan.PlannedStep::routed).orElse(false);
        if (routed) {
            return routed(run, row, new Routing.Chosen(before.target(), before.input(), before.output()));
        }
        Plan.PlannedStep next = run.plan().after(step);
        // A routed step takes what the one before it returned, and that is looked for in this row.
        return chained(run, next != null && next.routed() ? row.returning(before.output(), null, null) : row, step);
    }

    private Wish.Go chained(SagaRun run, JournalRow row, String step) throws Exception {
        JobRow job = run.job();
        Plan.PlannedStep next = run.plan().after(step);
        if (next != null) {
            return new Wish.Go(Move.to(job, row, Move.Target.next(job, next.name())));
        }
        if (job.branch() != 0) {
            return new Wish.Go(Move.leaving(job, row));
        }
        return new Wish.Go(Move.ending(job, row, completed(run, result(run, row))));
    }

    private static Move.Ending completed(SagaRun run, @Nullable Payload output) {
        return new Move.Ending(
                SagaState.RUNNING,
                SagaState.COMPLETED,
                output,
                run.known().hooked().contains(SagaEvent.Type.COMPLETED));
    }

    private @Nullable Payload result(SagaRun run, JournalRow lastStep) throws Exception {
        SagaDefinition<?, ?> definition = run.known().definition().orElseThrow();
        if (definition.resultOf().isEmpty()) {
            return null;
        }
        return resultOf(run, lastStep, definition, cast(definition.resultOf().get()));
    }

    @SuppressWarnings("NullAway") // a saga of Void has null as its input
    private @Nullable Payload resultOf(
            SagaRun run, JournalRow lastStep, SagaDefinition<?, ?> definition, Handlers.Result<Object, Object> resultOf)
            throws Exception {
        Object input = payloads.decode(
                run.saga().input(),
                definition.input(),
                "The input of saga " + run.job().sagaId());
        run.enterUserCode();
        try {
            Object result = resultOf.of(new RecordedData<>(run, payloads, input, lastStep));
            return payloads.encode(result, definition.result(), "The result of saga " + definition);
        } finally {
            run.leaveUserCode();
        }
    }

    /** The skip, or how it ended, if that is what was decided last about this run; a later retry takes it back. */
    private static @Nullable JournalRow skipDecision(SagaRun run) {
        JobRow job = run.job();
        return run.history().stream()
                .filter(row -> row.kind() == Kind.DECISION
                        && row.isOf(job.branch(), job.seq(), job.run())
                        && !row.place().undoing())
                .max(Comparator.comparingInt(JournalRow::n))
                .filter(last -> last.outcome() == Result.SKIPPED || last.outcome() == Result.SUCCEEDED)
                .orElse(null);
    }

    private Wish skip(SagaRun run, JournalRow decision) {
        JournalRow row = StepRunner.row(run, decision.outcome(), 1);
        try {
            boolean routed = run.plan()
                    .step(run.job().step())
                    .map(Plan.PlannedStep::routed)
                    .orElse(false);
            return routed
                    ? routed(run, row, new Routing.Chosen(decision.target(), decision.input(), decision.output()))
                    : chained(run, row.returning(decision.output(), null, null));
        } catch (Exception e) {
            return suspend(run, Failures.of(run.job().step(), e), 1);
        }
    }

    private static Failure noHandler(SagaRun run) {
        return new Failure(
                run.job().step(),
                NO_HANDLER,
                "This build has no step \"" + run.job().step() + "\", which the plan of "
                        + run.plan().definition() + " version " + run.plan().version()
                        + " has. Deploy a build that has it and retry, or skip it.",
                "");
    }

    Wish suspend(SagaRun run, Failure failure, long micros) {
        JournalRow row = StepRunner.row(run, Result.GAVE_UP, micros).failing(Failures.json(payloads, failure));
        return new Wish.Suspend(run.job(), row, failure);
    }

    private Wish failed(SagaRun run, StepDefinition step, Throwable error, long micros) {
        JobRow job = run.job();
        if (run.stopping() == SagaRun.Stop.SHUT_DOWN) {
            throw new LeaseLost("The worker stops; step \"" + job.step() + "\" is left to another.");
        }
        LeaseLost lost = leaseLost(error);
        if (lost != null) {
            // No fault of the step: counting it as a failure would let an outage of the database use up its retries.
            throw lost;
        }
        RuntimeException halt = run.halted();
        if (halt instanceof StepRests rests) {
            return rested(run, step, rests, micros);
        }
        if (halt instanceof BudgetReached budget && !step.rules().atMostOnce()) {
            return suspend(
                    run,
                    new Failure(job.step(), BudgetReached.FAILURE_TYPE, String.valueOf(budget.getMessage()), ""),
                    micros);
        }
        Optional<Wish> once = onceCode.failed(run, step, error, micros);
        if (once.isPresent()) {
            return once.get();
        }
        if (error instanceof StepRejected || error instanceof SagaAborted) {
            Result outcome = error instanceof StepRejected ? Result.REJECTED : Result.GAVE_UP;
            return turnBack(run, outcome, Failures.of(job.step(), error), micros);
        }
        if (error instanceof UnusableResult) {
            return suspend(run, Failures.of(job.step(), cause(error)), micros);
        }
        if (error instanceof WaitCode.WaitOver) {
            Failure over = new Failure(job.step(), OVERDUE, String.valueOf(error.getMessage()), "");
            JournalRow row = StepRunner.row(run, Result.GAVE_UP, micros).failing(Failures.json(payloads, over));
            return forGood(run, step, row, over);
        }
        Failure failure =
                run.stopping() == SagaRun.Stop.TIMED_OUT ? timeout(step, error) : Failures.of(job.step(), error);
        boolean hopeless = error instanceof ReplayMismatch || error instanceof PayloadException;
        return afterFailure(run, step, error, failure, hopeless, micros);
    }

    /** Its attempt may have had effects, so it is recorded; none of its retries is used up. */
    private Wish rested(SagaRun run, StepDefinition step, StepRests rests, long micros) {
        if (run.job().isOverdue()) {
            Failure over = new Failure(
                    step.name(),
                    OVERDUE,
                    "The time of step \"" + step.name() + "\" was over while it waited: " + rests.getMessage(),
                    "");
            return forGood(
                    run,
                    step,
                    StepRunner.row(run, Result.GAVE_UP, micros).failing(Failures.json(payloads, over)),
                    over);
        }
        Failure why = new Failure(run.job().step(), RESTS, String.valueOf(rests.getMessage()), "");
        JournalRow attempt = StepRunner.row(run, Result.FAILED, micros).failing(Failures.json(payloads, why));
        return new Wish.Rest(run.job(), rests.row(), rests.awaits(), rests.atMost(), attempt);
    }

    /** Undoes the saga, or only leaves the branch if its fan-out goes on without it. */
    Wish turnBack(SagaRun run, Result outcome, Failure failure, long micros) {
        JournalRow row = StepRunner.row(run, outcome, micros).failing(Failures.json(payloads, failure));
        return isTolerated(run)
                ? new Wish.Go(Move.leaving(run.job(), row))
                : new Wish.Compensate(run.job(), row, Cause.STEP_FAILED, failure);
    }

    private static @Nullable LeaseLost leaseLost(Throwable error) {
        int depth = 0;
        for (Throwable cause = error; cause != null && depth < 20; cause = cause.getCause(), depth++) {
            if (cause instanceof LeaseLost lost) {
                return lost;
            }
        }
        return null;
    }

    private static Throwable cause(Throwable error) {
        return error.getCause() == null ? error : error.getCause();
    }

    private static Failure timeout(StepDefinition step, Throwable error) {
        Failure thrown = Failures.of(step.name(), error);
        return new Failure(
                step.name(),
                TIMED_OUT,
                "Step \"" + step.name() + "\" ran longer than its timeout of " + step.timeout() + " and stopped with: "
                        + thrown.message(),
                thrown.stack());
    }

    private Wish afterFailure(
            SagaRun run, StepDefinition step, Throwable error, Failure failure, boolean hopeless, long micros) {
        JobRow job = run.job();
        String json = Failures.json(payloads, failure);
        boolean over = hopeless || error instanceof WaitCode.WaitOver;
        Optional<Duration> delay = over ? Optional.empty() : step.retry().delayAfter(job.failures() + 1, error);
        if (delay.isPresent()) {
            JournalRow row = StepRunner.row(run, Result.FAILED, micros).failing(json);
            Move again = Move.to(job, row, Move.Target.again(job, delay.get()));
            return job.deadlineAt() == null
                    ? new Wish.Go(again)
                    : new Wish.Retry(
                            again,
                            forGood(
                                    run,
                                    step,
                                    StepRunner.row(run, Result.GAVE_UP, micros).failing(json),
                                    failure));
        }
        JournalRow row = StepRunner.row(run, Result.GAVE_UP, micros).failing(json);
        return hopeless ? new Wish.Suspend(job, row, failure) : forGood(run, step, row, failure);
    }

    /** What becomes of the saga when the step is not tried again. */
    Wish forGood(SagaRun run, StepDefinition step, JournalRow row, Failure failure) {
        JobRow job = run.job();
        if (isTolerated(run)) {
            return new Wish.Go(Move.leaving(job, row));
        }
        return step.onFailure() == FailurePolicy.COMPENSATE
                ? new Wish.Compensate(job, row, Cause.STEP_FAILED, failure)
                : new Wish.Suspend(job, row, failure);
    }

    /** Whether the job's branch is an item of a fan-out that goes on without the items that failed. */
    private static boolean isTolerated(SagaRun run) {
        String line =
                run.plan().step(run.job().step()).map(Plan.PlannedStep::line).orElse("");
        return run.job().branch() != 0
                && run.known().definition().stream()
                        .flatMap(definition -> definition.steps().stream())
                        .anyMatch(step -> step.rules().tolerant()
                                && step.body() instanceof Body.FanOut fanOut
                                && fanOut.perItem().equals(line));
    }

    /** What becomes of a saga whose step ignores its timeout and is heard no more. */
    Wish timedOut(SagaRun run) {
        StepDefinition step = codeOf(run)
                .orElseThrow(() -> new IllegalStateException("A step without code cannot have run: " + run.job()));
        Throwable error = new SagaException(
                "Step \"" + step.name() + "\" ran longer than its timeout of " + step.timeout()
                        + " and did not stop; it is run by itself no more, whatever it still does is recorded as late.");
        Failure failure = new Failure(step.name(), TIMED_OUT, String.valueOf(error.getMessage()), "");
        long micros = step.timeout().toNanos() / 1000;
        return onceCode.timedOut(run, step, error, micros)
                .orElseGet(() -> afterFailure(run, step, error, failure, false, micros));
    }
}
