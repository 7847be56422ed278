package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.SagaState;
import dev.belay.UnknownSaga;
import dev.belay.agent.Budget;
import dev.belay.agent.BudgetReached;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.StepInput;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * What people decide about a saga: cancel, retry, skip, compensate, resolve. Each is one transaction that locks the saga, checks
 * that its state allows the decision, writes it, and leaves an audit row. Thread-safe.
 */
public final class Operations {
    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Coordinator coordinator;
    private final @Nullable Handle joined;

    /** Decisions over the given tables. */
    public Operations(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions, Coordinator coordinator) {
        this(jdbi, tables, payloads, definitions, coordinator, null);
    }

    private Operations(
            Jdbi jdbi,
            Tables tables,
            Payloads payloads,
            Definitions definitions,
            Coordinator coordinator,
            @Nullable Handle joined) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
        this.coordinator = coordinator;
        this.joined = joined;
    }

    /** The same decisions, made in the transaction of {@code handle}. A refused one has to be rolled back by who began that. */
    Operations within(Handle handle) {
        return new Operations(jdbi, tables, payloads, definitions, coordinator, handle);
    }

    private SagaState inTransaction(HandleCallback<SagaState, RuntimeException> work) {
        return joined == null ? jdbi.inTransaction(work) : work.withHandle(joined);
    }

    /**
     * Who decides, and why.
     *
     * @param expected the version the saga must still have; null for any
     * @param branch the only branch it is about; null for all
     * @param request names what must be carried out at most once; null if it may be repeated
     */
    public record Decision(
            UUID saga,
            String action,
            String actor,
            String reason,
            @Nullable String expected,
            @Nullable Integer branch,
            @Nullable UUID request) {}

    /** What a decision did to a saga. */
    @FunctionalInterface
    interface Effect {
        SagaRow on(Handle handle, SagaRow saga, List<JobRow> jobs);
    }

    SagaState decide(Decision decision, Set<SagaState> allowed, Effect effect) {
        return decide(decision, allowed, job -> true, effect);
    }

    /** The audit tells the step of the job that is {@code about} it. */
    SagaState decide(Decision decision, Set<SagaState> allowed, Predicate<JobRow> about, Effect effect) {
        checkSaid(decision);
        return inTransaction(handle -> {
            SagaRow saga =
                    tables.sagas().lock(handle, decision.saga()).orElseThrow(() -> new UnknownSaga(decision.saga()));
            Optional<String> before = Once.before(tables.operations(), handle, decision);
            if (before.isPresent()) {
                return SagaState.valueOf(before.get());
            }
            List<JobRow> jobs = tables.jobs().lockAll(handle, saga.id());
            String version = Views.version(saga, jobs);
            if (decision.expected() != null && !decision.expected().equals(version)) {
                throw new OperationRefused(
                        Reason.CHANGED_SINCE_YOU_LOOKED,
                        saga.state(),
                        "Saga " + saga.id() + " changed since you looked: it is " + saga.state()
                                + " now. Look again and decide anew.");
            }
            if (!allowed.contains(saga.state())) {
                throw refused(
                        decision,
                        saga,
                        "it is " + saga.state() + ", and this needs one of " + EnumSet.copyOf(allowed) + ".");
            }
            SagaRow after = effect.on(handle, saga, jobs);
            JobRow job = jobs.stream()
                    .filter(candidate -> isMeant(decision, candidate) && about.test(candidate))
                    .min(Comparator.comparing((JobRow candidate) -> candidate.state() != JobRow.State.PARKED)
                            .thenComparing(JobRow::branch))
                    .orElse(null);
            boolean first = tables.operations()
                    .add(
                            handle,
                            new OperationTable.Row(
                                    saga.id(),
                                    decision.action(),
                                    decision.actor(),
                                    payloads.redactedText(decision.reason()),
                                    decision.request(),
                                    job == null ? null : job.seq(),
                                    job == null ? null : job.step(),
                                    saga.state().name(),
                                    after.state().name()));
            if (!first) {
                // About another saga, at the same moment: of this one it would have been seen under the lock.
                throw Once.used(decision);
            }
            return after.state();
        });
    }

    /** Callers whose code is not checked for nulls are told in words. */
    private static void checkSaid(Decision decision) {
        if (decision.reason() == null || decision.reason().isBlank()) {
            throw new IllegalArgumentException(
                    "A reason is needed to " + decision.action() + " a saga; it is kept in the audit.");
        }
    }

    private static OperationRefused refused(Decision decision, SagaRow saga, String fact) {
        return new OperationRefused(
                Reason.WRONG_STATE, saga.state(), "Cannot " + decision.action() + " saga " + saga.id() + ": " + fact);
    }

    SagaRow write(Handle handle, SagaRow saga) {
        return coordinator.states().write(handle, saga);
    }

    /** Turns a saga back. A saga that is being undone, or is undone, is left as it is. */
    public SagaState cancel(Decision decision) {
        return decide(decision, EnumSet.allOf(SagaState.class), (handle, saga, jobs) -> switch (saga.state()) {
            case COMPENSATING, COMPENSATED, COMPENSATION_FAILED ->
                coordinator.undoing().allTheWay(handle, saga, Cause.CANCELLED);
            case COMPLETED, RESOLVED -> throw refused(decision, saga, "it has ended as " + saga.state() + ".");
            case RUNNING, SUSPENDED -> cancelOpen(handle, saga, jobs);
        });
    }

    private SagaRow cancelOpen(Handle handle, SagaRow saga, List<JobRow> jobs) {
        refusePastPivot(saga);
        if (coordinator.outcomes().isPivotUnknown(handle, saga)) {
            return coordinator.states().write(handle, saga.askedToCancel());
        }
        if (saga.state() == SagaState.RUNNING && jobs.stream().anyMatch(job -> mayBePassingPivot(handle, saga, job))) {
            return coordinator.states().write(handle, saga.askedToCancel());
        }
        return turnBack(handle, saga, Cause.CANCELLED);
    }

    private static void refusePastPivot(SagaRow saga) {
        if (saga.pivotPassed()) {
            throw new OperationRefused(
                    Reason.PAST_PIVOT,
                    saga.state(),
                    "Saga " + saga.id() + " has passed its pivot and only goes forward. Let it finish, or resolve it.");
        }
    }

    private boolean mayBePassingPivot(Handle handle, SagaRow saga, JobRow job) {
        return coordinator.undoing().mayBePassingPivot(handle, saga, job);
    }

    /** Jobs that a worker holds stay with it: it is told, and what its step did is known only when it stops. */
    private SagaRow turnBack(Handle handle, SagaRow saga, Cause cause) {
        return done(coordinator.undoing().turn(handle, saga, null, cause, null), saga);
    }

    private static SagaRow done(Settlement settlement, SagaRow otherwise) {
        return settlement instanceof Settlement.Done done ? done.saga() : otherwise;
    }

    static boolean isMeant(Decision decision, JobRow job) {
        Integer branch = decision.branch();
        return branch == null || branch == job.branch();
    }

    /** The parked jobs that a decision is about. Other branches may still run: nothing is said of them. */
    private static List<JobRow> parked(Decision decision, SagaRow saga, List<JobRow> jobs) {
        List<JobRow> parked = jobs.stream()
                .filter(job -> job.state() == JobRow.State.PARKED && isMeant(decision, job))
                .toList();
        if (parked.isEmpty()) {
            throw refused(
                    decision,
                    saga,
                    "it is " + saga.state()
                            + ", and nothing of it has failed and waits for an operator, as in a saga that is SUSPENDED or"
                            + " COMPENSATION_FAILED.");
        }
        return parked;
    }

    private static JobRow oneParked(Decision decision, SagaRow saga, List<JobRow> jobs) {
        List<JobRow> parked = parked(decision, saga, jobs);
        if (parked.size() > 1) {
            throw refused(
                    decision,
                    saga,
                    "the branches " + parked.stream().map(JobRow::branch).toList()
                            + " wait for an operator. Say which one is meant.");
        }
        return parked.get(0);
    }

    /** Gives a saga another budget, and runs what had reached the last one again. */
    public SagaState raiseBudget(Decision decision, Budget budget) {
        return decide(decision, forward(), (handle, saga, jobs) -> {
            tables.spend().raise(handle, saga.id(), budget);
            List<JobRow> stopped = jobs.stream()
                    .filter(job -> job.state() == JobRow.State.PARKED && isMeant(decision, job))
                    .filter(job -> isStoppedByBudget(handle, job))
                    .toList();
            if (stopped.isEmpty()) {
                return saga;
            }
            SagaRow running = goOn(handle, saga, jobs, stopped);
            for (JobRow job : stopped) {
                release(handle, running, job, job.run(), Result.FAILED, decision, null, null, null);
            }
            return running;
        });
    }

    private boolean isStoppedByBudget(Handle handle, JobRow job) {
        return tables.journal().of(handle, job.sagaId(), job.branch()).stream()
                .filter(row -> row.kind() == Kind.ATTEMPT && row.isOf(job.branch(), job.seq(), job.run()))
                .reduce((first, second) -> second)
                .map(row -> Failures.parse(payloads, row.error()))
                .filter(failure -> failure.type().equals(BudgetReached.FAILURE_TYPE))
                .isPresent();
    }

    /** Runs what failed again. */
    public SagaState retry(Decision decision) {
        return decide(decision, open(), (handle, saga, jobs) -> {
            List<JobRow> parked = parked(decision, saga, jobs);
            parked.forEach(job -> refuseUnknown(handle, decision, saga, job));
            if (saga.state() == SagaState.SUSPENDED || saga.state() == SagaState.RUNNING) {
                SagaRow running = goOn(handle, saga, jobs, parked);
                for (JobRow job : parked) {
                    release(handle, running, job, job.run(), Result.FAILED, decision, null, null, null);
                }
                return running;
            }
            return undoAgain(handle, saga, parked, (undoing, job) -> {
                int attempt = job.attempt() + 1;
                tables.journal()
                        .add(
                                handle,
                                JournalRow.decision(
                                        job.place(), attempt, Result.FAILED, decision.action(), null, null));
                return attempt;
            });
        });
    }

    /** What is written about a parked job before its branch is undone on. */
    private interface Note {
        /** The highest number that a row was given. */
        int about(SagaRow saga, JobRow job);
    }

    private SagaRow undoAgain(Handle handle, SagaRow saga, List<JobRow> parked, Note note) {
        SagaRow after = saga.state() == SagaState.COMPENSATION_FAILED
                ? coordinator.states().become(handle, saga, SagaState.COMPENSATING, saga.cause(), null)
                : saga;
        List<JobRow> ready = new ArrayList<>();
        for (JobRow job : parked) {
            int noted = note.about(after, job);
            Move.Target again = Move.Target.same(job, JobRow.State.READY, noted, Duration.ZERO);
            ready.add(tables.jobs().place(handle, job, again, null, after));
        }
        // Only now that none of them is parked any more: else the first to find nothing left would seem to be stuck.
        for (JobRow job : ready) {
            after = done(coordinator.undoing().next(handle, after, job, null), after);
        }
        for (JobRow job : ready) {
            coordinator.branching().takeTurnIfReady(handle, after, job.branch());
        }
        return after;
    }

    /** Lets {@code released} run on. What had failed is forgotten once nothing else of the saga waits for an operator. */
    private SagaRow goOn(Handle handle, SagaRow saga, List<JobRow> jobs, List<JobRow> released) {
        if (saga.state() == SagaState.SUSPENDED) {
            return coordinator.states().become(handle, saga, SagaState.RUNNING, null, null);
        }
        boolean othersWait = jobs.stream()
                .anyMatch(job -> job.state() == JobRow.State.PARKED && !job.undoing() && !released.contains(job));
        if (othersWait || saga.failure() == null) {
            return saga;
        }
        Cause asked = saga.asked() == Cause.TIMED_OUT ? Cause.TIMED_OUT : null;
        return coordinator.states().write(handle, saga.failing(asked, null));
    }

    private static Set<SagaState> needingOperator() {
        return EnumSet.of(SagaState.SUSPENDED, SagaState.COMPENSATION_FAILED);
    }

    private static Set<SagaState> open() {
        return EnumSet.complementOf(EnumSet.of(SagaState.COMPLETED, SagaState.COMPENSATED, SagaState.RESOLVED));
    }

    static Set<SagaState> forward() {
        return EnumSet.of(SagaState.SUSPENDED, SagaState.RUNNING);
    }

    /** Runs the failed step again with another input. */
    public SagaState retryWithInput(Decision decision, @Nullable Object input) {
        return decide(decision, forward(), (handle, saga, jobs) -> {
            JobRow job = oneParked(decision, saga, jobs);
            refuseUnknown(handle, decision, saga, job);
            Plan.PlannedStep step = step(saga, job);
            Payload payload = Expected.input(
                            definitions.plan(saga.planId()), step, () -> givenBefore(handle, saga, job))
                    .encode(input, payloads, "The new input of step \"" + step.name() + "\"");
            SagaRow running = goOn(handle, saga, jobs, List.of(job));
            release(handle, running, job, job.run() + 1, Result.FAILED, decision, payload, null, null);
            return running;
        });
    }

    /** Only of the trunk: what a branch is given is known to its worker. */
    private Optional<Payload> givenBefore(Handle handle, SagaRow saga, JobRow job) {
        Plan plan = definitions.plan(saga.planId()).plan();
        List<JournalRow> journal = tables.journal().of(handle, saga.id(), job.branch());
        return job.branch() == 0
                ? Optional.ofNullable(StepInput.of(journal, plan, saga.input(), job.step(), job.seq(), job.run()))
                : Optional.empty();
    }

    private Optional<Payload> returnedBefore(Handle handle, SagaRow saga, JobRow job) {
        return tables.journal().outputs(handle, saga.id(), job.step()).stream()
                .map(JournalRow::output)
                .filter(payload -> payload != null)
                .reduce((first, second) -> second);
    }

    /** Goes on as if the failed step had returned {@code output}. */
    public SagaState skip(Decision decision, @Nullable Object output) {
        return decide(decision, forward(), (handle, saga, jobs) -> {
            JobRow job = oneParked(decision, saga, jobs);
            if (coordinator.states().isPivot(saga, job.step())) {
                refuseUnknown(handle, decision, saga, job);
            }
            Plan.PlannedStep step = step(saga, job);
            Routing.Chosen chosen = Routing.skip(
                    definitions.plan(saga.planId()),
                    step,
                    output,
                    payloads,
                    () -> returnedBefore(handle, saga, job),
                    "The value to skip step \"" + step.name() + "\" with");
            SagaRow running = goOn(handle, saga, jobs, List.of(job));
            release(
                    handle,
                    running,
                    job,
                    job.run(),
                    Result.SKIPPED,
                    decision,
                    chosen.input(),
                    chosen.output(),
                    chosen.target());
            return running;
        });
    }

    private void release(
            Handle handle,
            SagaRow saga,
            JobRow job,
            int run,
            Result outcome,
            Decision decision,
            @Nullable Payload input,
            @Nullable Payload output,
            @Nullable String goTo) {
        int attempt = job.attempt() + 1;
        JournalRow.Place place =
                new JournalRow.Place(job.sagaId(), job.branch(), job.seq(), run, job.undoing(), job.step());
        tables.journal()
                .add(
                        handle,
                        JournalRow.decision(place, attempt, outcome, decision.action(), input, output)
                                .returning(output, goTo, input));
        Move.Target target = new Move.Target(
                JobRow.State.READY, job.undoing(), job.seq(), run, job.item(), job.step(), attempt, 0, Duration.ZERO);
        JobRow placed = tables.jobs().place(handle, job, target, null, saga);
        tables.jobs().forgetDeadline(handle, placed);
        coordinator.branching().takeTurn(handle, saga, placed);
    }

    private Plan.PlannedStep step(SagaRow saga, JobRow job) {
        Plan plan = definitions.plan(saga.planId()).plan();
        return plan.step(job.step())
                .orElseThrow(() -> new IllegalStateException("Step \"" + job.step() + "\" is not in " + plan));
    }

    /** Undoes a suspended saga, or as a whole one that goes back to a save-point. */
    public SagaState compensate(Decision decision) {
        return decide(decision, compensable(), (handle, saga, jobs) -> {
            refusePastPivot(saga);
            refuseUnknownPivot(handle, decision, saga);
            if (saga.state() == SagaState.SUSPENDED) {
                return turnBack(handle, saga, Cause.OPERATOR);
            }
            if (saga.undoTo() == null) {
                throw refused(decision, saga, "it is " + saga.state() + ", and is being undone as a whole already.");
            }
            return coordinator.undoing().allTheWay(handle, saga, Cause.OPERATOR);
        });
    }

    private static Set<SagaState> compensable() {
        return EnumSet.of(SagaState.SUSPENDED, SagaState.COMPENSATING, SagaState.COMPENSATION_FAILED);
    }

    /** Undoes a suspended saga although it has passed its pivot. */
    public SagaState forceCompensate(Decision decision) {
        return decide(decision, EnumSet.of(SagaState.SUSPENDED), (handle, saga, jobs) -> {
            refuseUnknownPivot(handle, decision, saga);
            return turnBack(handle, saga, Cause.OPERATOR);
        });
    }

    private void refuseUnknownPivot(Handle handle, Decision decision, SagaRow saga) {
        if (coordinator.outcomes().isPivotUnknown(handle, saga)) {
            throw refused(
                    decision,
                    saga,
                    "nobody knows whether its pivot took effect, so it goes neither way. Say first how it ended, by"
                            + " resolveApplied(…) or resolveNotApplied(…); a cancel is kept until then.");
        }
    }

    private void refuseUnknown(Handle handle, Decision decision, SagaRow saga, JobRow job) {
        if (coordinator.outcomes().isUnknown(handle, job)) {
            throw refused(
                    decision,
                    saga,
                    "nobody knows whether step \"" + job.step()
                            + "\" took effect, and it must not do so twice. Say first"
                            + " how it ended, by resolveApplied(…) or resolveNotApplied(…).");
        }
    }

    /** Goes on with what a step of unknown outcome returned, as somebody found out. */
    public SagaState resolveApplied(Decision decision, @Nullable Object output) {
        return decide(decision, forward(), (handle, saga, jobs) -> {
            JobRow job = oneUnknown(handle, decision, saga, jobs);
            Routing.Chosen chosen = Routing.skip(
                    definitions.plan(saga.planId()),
                    step(saga, job),
                    output,
                    payloads,
                    () -> returnedBefore(handle, saga, job),
                    "The output of step \"" + job.step() + "\"");
            SagaRow running = goOn(handle, saga, jobs, List.of(job));
            release(
                    handle,
                    running,
                    job,
                    job.run(),
                    Result.SUCCEEDED,
                    decision,
                    chosen.input(),
                    chosen.output(),
                    chosen.target());
            return running;
        });
    }

    /** Runs a step of unknown outcome again, which had no effect, as somebody found out. */
    public SagaState resolveNotApplied(Decision decision) {
        return decide(decision, forward(), (handle, saga, jobs) -> {
            JobRow job = oneUnknown(handle, decision, saga, jobs);
            coordinator.outcomes().closeActivities(handle, job);
            SagaRow running = goOn(handle, saga, jobs, List.of(job));
            release(handle, running, job, job.run(), Result.REJECTED, decision, null, null, null);
            Cause asked = saga.asked();
            return asked != null && !saga.pivotPassed() ? turnBack(handle, running, asked) : running;
        });
    }

    private JobRow oneUnknown(Handle handle, Decision decision, SagaRow saga, List<JobRow> jobs) {
        List<JobRow> unknown = parked(decision, saga, jobs).stream()
                .filter(job -> coordinator.outcomes().isUnknown(handle, job))
                .toList();
        if (unknown.isEmpty()) {
            throw refused(
                    decision, saga, "how its step ended is known: it failed. Retry it, skip it, or undo the saga.");
        }
        return oneParked(decision, saga, unknown);
    }

    /** Goes on with undoing as if the failed undos had been done, by hand or not at all. */
    public SagaState settleUndos(Decision decision, boolean residue) {
        return settleUndos(decision, residue, any -> true, "");
    }

    /** The same for those of the given steps and activities. */
    public SagaState acceptResidue(Decision decision, Collection<String> effects) {
        Set<String> named = Set.copyOf(effects);
        return settleUndos(decision, true, item -> named.contains(item.name()), " of " + named);
    }

    private SagaState settleUndos(Decision decision, boolean residue, Predicate<UndoPlan.Item> which, String what) {
        return decide(decision, undoing(), (handle, saga, jobs) -> {
            List<JobRow> parked = parked(decision, saga, jobs).stream()
                    .filter(job -> coordinator.undoing().hasFailed(handle, saga, job, which))
                    .toList();
            if (parked.isEmpty()) {
                throw refused(decision, saga, "no undo" + what + " has failed.");
            }
            SagaRow noted = residue ? saga.withResidue() : saga;
            return undoAgain(
                    handle,
                    coordinator.states().write(handle, noted),
                    parked,
                    (undoing, job) -> coordinator
                            .undoing()
                            .settleFailed(handle, undoing, job, which, residue, decision.action()));
        });
    }

    private static Set<SagaState> undoing() {
        return EnumSet.of(SagaState.COMPENSATION_FAILED, SagaState.COMPENSATING);
    }

    /**
     * A saga's deadline is over: it is turned back, or kept to be if its pivot fails; past its pivot it goes on. Either way the deadline
     * has passed and is not looked at again.
     */
    public void timeOut(UUID id) {
        jdbi.useTransaction(handle -> {
            SagaRow saga = tables.sagas().lock(handle, id).orElse(null);
            boolean over = saga != null
                    && forward().contains(saga.state())
                    && tables.sagas().isOverdue(handle, id);
            if (saga == null || !over || saga.paused()) {
                return;
            }
            SagaRow timed = saga.due(null);
            List<JobRow> jobs = tables.jobs().lockAll(handle, id);
            boolean mayBePassing = saga.state() == SagaState.RUNNING
                    && jobs.stream().anyMatch(job -> mayBePassingPivot(handle, saga, job));
            if (saga.pivotPassed()) {
                coordinator.states().write(handle, timed);
                coordinator.states().telling().deadlinePassed(handle, timed);
            } else if (mayBePassing || coordinator.outcomes().isPivotUnknown(handle, saga)) {
                coordinator.states().write(handle, timed.askedToTimeOut());
            } else {
                turnBack(handle, timed, Cause.TIMED_OUT);
            }
        });
    }

    /** Stops claims and advances of an open saga until it is resumed; a running step ends, and its result is kept. */
    public SagaState pause(Decision decision) {
        return decide(decision, open(), (handle, saga, jobs) -> {
            if (saga.paused()) {
                return saga;
            }
            SagaRow paused = coordinator.states().write(handle, saga.paused(true));
            tables.jobs().raiseEpoch(handle, saga.id(), paused.epoch());
            tables.branches().hold(handle, saga.id());
            return paused;
        });
    }

    /** Lets a paused saga go on where it was. */
    public SagaState resume(Decision decision) {
        return decide(decision, open(), (handle, saga, jobs) -> {
            if (!saga.paused()) {
                return saga;
            }
            SagaRow resumed = coordinator.states().write(handle, saga.paused(false));
            tables.jobs().raiseEpoch(handle, saga.id(), resumed.epoch());
            tables.branches().letGo(handle, saga.id());
            return resumed;
        });
    }

    /** Closes a saga as it is. */
    public SagaState resolve(Decision decision) {
        return decide(decision, needingOperator(), (handle, saga, jobs) -> {
            if (tables.children().hasOpen(handle, saga)) {
                throw refused(
                        decision,
                        saga,
                        "a child of it is open; SagaView.blockers() names those that wait for an operator. Resolve or cancel"
                                + " its children first.");
            }
            return coordinator.states().end(handle, saga, jobs.get(0).place(), SagaState.RESOLVED, null);
        });
    }
}
