package dev.belay.internal.worker;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.StepStopped;
import dev.belay.internal.coordinator.Definitions;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Retreats;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.StepInput;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A claimed job in this process: the job as it was last committed, what is known of its saga's past, and whether its step should
 * stop. Used by one thread at a time, except for what is said to be otherwise.
 */
final class SagaRun implements Runnable {
    private final StepRunner runner;
    private final long claimedAt = System.nanoTime();
    private volatile JobRow job;
    private volatile SagaRow saga;
    private final Definitions.Known known;
    private @Nullable List<JournalRow> history;
    private @Nullable List<JournalRow> ancestors;
    private final Map<String, ConversationLog> conversations = new HashMap<>();
    private volatile @Nullable Stop stop;
    private volatile boolean abandoned;
    private volatile long deadline = Long.MAX_VALUE;
    private @Nullable Thread inUserCode;
    private volatile boolean begun;
    private volatile boolean holdsBack;
    private volatile boolean left;
    private int chain;

    /** Why a step should stop. */
    enum Stop {
        /** Its saga changed direction. */
        TURNED,
        /** Its time is over. */
        TIMED_OUT,
        /** Another worker may have its job. */
        LOST,
        /** The worker stops. */
        SHUT_DOWN
    }

    /** A run of a job just claimed; {@code history} of its branch if that was read with the claim. */
    SagaRun(StepRunner runner, JobRow job, SagaRow saga, Definitions.Known known, @Nullable List<JournalRow> history) {
        this.runner = runner;
        this.job = job;
        this.saga = saga;
        this.known = known;
        boolean fresh = !job.undoing() && job.branch() == 0 && job.seq() == 1 && job.attempt() == 1;
        this.history = fresh ? new CopyOnWriteArrayList<>() : history;
    }

    @Override
    public void run() {
        runner.run(this);
    }

    JobRow job() {
        return job;
    }

    SagaRow saga() {
        return saga;
    }

    Plan plan() {
        return known.plan();
    }

    Definitions.Known known() {
        return known;
    }

    long claimedAt() {
        return claimedAt;
    }

    boolean hasBegun() {
        return begun;
    }

    void begin() {
        begun = true;
    }

    /** The step holds an effect back, or is one that was. */
    void holdBack() {
        holdsBack = true;
    }

    /** Whether the coordinator has to see if the time of an effect has come. */
    boolean holdsBack() {
        return holdsBack;
    }

    /** The branch has come to its end by the group commit. */
    void leave() {
        left = true;
    }

    boolean hasLeft() {
        return left;
    }

    /** How many steps this claim has run without a pause. */
    int chain() {
        return ++chain;
    }

    long chainNanos() {
        return System.nanoTime() - claimedAt;
    }

    /** The job moved on and is still held. That its saga was turned is over once the job knows the new direction's epoch. */
    void goOn(JobRow next, SagaRow of) {
        Stop present = stop;
        if (present == Stop.TIMED_OUT || (present == Stop.TURNED && next.epoch() > job.epoch())) {
            stop = null;
        }
        job = next;
        saga = of;
        holdsBack = false;
    }

    /** The journal of the job's branch; what other processes added since the claim is not in it, for there is none. */
    List<JournalRow> history() {
        List<JournalRow> rows = history;
        if (rows == null) {
            rows = new CopyOnWriteArrayList<>(runner.journalOf(job.sagaId(), job.branch()));
            history = rows;
        }
        return rows;
    }

    /** The journals of the branches that wait for this one, the nearest last. Nothing is added to them meanwhile. */
    private List<JournalRow> ancestors() {
        List<JournalRow> rows = ancestors;
        if (rows == null) {
            rows = new ArrayList<>();
            List<JournalRow> of = history();
            for (Optional<JournalRow> began = began(of); began.isPresent(); began = began(of)) {
                of = runner.journalOf(job.sagaId(), began.get().n());
                rows.addAll(0, of);
            }
            ancestors = rows;
        }
        return rows;
    }

    /** How the branch of a journal began; empty for the trunk. */
    private static Optional<JournalRow> began(List<JournalRow> rows) {
        return rows.stream().filter(row -> row.kind() == Kind.BRANCH).findFirst();
    }

    void forgetHistory() {
        history = null;
        synchronized (conversations) {
            conversations.clear();
        }
    }

    /** The branch's conversation of the given name. Any thread of the step. */
    ConversationLog conversation(String name) {
        synchronized (conversations) {
            return conversations.computeIfAbsent(name, missing -> ConversationLog.of(missing, history()));
        }
    }

    void remember(JournalRow row) {
        List<JournalRow> rows = history;
        List<ConversationLog> present;
        synchronized (conversations) {
            if (rows != null) {
                rows.add(row);
            }
            present = row.called() == null ? List.of() : List.copyOf(conversations.values());
        }
        // A log made from now on finds the row in the history. Outside of that lock, and no log but its own for a
        // message: who records one
        // holds its log's lock.
        for (ConversationLog log : present) {
            if (row.kind() != Kind.SAID || log.name().equals(row.name())) {
                log.take(row);
            }
        }
    }

    /** The latest successful output of a step: of this branch, of those that wait for it, else of any that has ended. */
    Optional<JournalRow> latestOutput(String step) {
        Optional<JournalRow> own = latest(history(), step);
        if (own.isPresent() || isOfSameLine(step)) {
            return own;
        }
        if (job.branch() != 0) {
            Optional<JournalRow> before = latest(ancestors(), step);
            if (before.isPresent()) {
                return before;
            }
        }
        List<JournalRow> all = outputs(step);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    private boolean isOfSameLine(String step) {
        return plan().step(step)
                .map(Plan.PlannedStep::line)
                .equals(plan().step(job.step()).map(Plan.PlannedStep::line));
    }

    /** What a step returned in each branch that ran it. */
    List<JournalRow> outputs(String step) {
        List<JournalRow> all = runner.outputsOf(job.sagaId(), step);
        return retreats()
                .map(undone -> all.stream().filter(row -> !undone.isUndone(row)).toList())
                .orElse(all);
    }

    /** What was undone on the way back to save-points; empty if the saga never went back. */
    private Optional<Retreats> retreats() {
        return saga.replans() == 0
                ? Optional.empty()
                : Optional.of(Retreats.of(job.branch() == 0 ? history() : ofTrunk(ancestors())));
    }

    private static List<JournalRow> ofTrunk(List<JournalRow> rows) {
        return rows.stream().filter(row -> row.place().branch() == 0).toList();
    }

    private Optional<JournalRow> latest(List<JournalRow> rows, String step) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            JournalRow row = rows.get(i);
            if (StepInput.isResult(row)
                    && row.place().step().equals(step)
                    && !retreats().map(all -> all.isUndone(row)).orElse(false)) {
                return Optional.of(row);
            }
        }
        return Optional.empty();
    }

    /** What the steps of the job's branch are given, unless they say otherwise. */
    @Nullable
    Payload branchInput() {
        if (job.branch() == 0) {
            return saga.input();
        }
        return began(history()).map(JournalRow::input).orElse(saga.input());
    }

    /** What the given run of the step at {@code seq} was given. */
    @Nullable
    Payload inputOf(String step, int seq, int run) {
        boolean plain = run == 0
                && saga.replans() == 0
                && plan().step(step)
                        .map(planned -> !planned.routed() && planned.form() != Plan.Form.DEFERRED)
                        .orElse(false);
        return plain ? branchInput() : StepInput.of(history(), plan(), branchInput(), step, seq, run);
    }

    /** How the present run of the job's step began to wait; empty if it has not. */
    Optional<JournalRow> waitBegan() {
        if (job.attempt() == 1) {
            return Optional.empty();
        }
        return history().stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run()))
                .reduce((first, second) -> second);
    }

    /** The waits that the present run of the job's step has begun, in their order. */
    List<JournalRow> waitsBegun() {
        return history().stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run()))
                .sorted(Comparator.comparingInt(JournalRow::n))
                .toList();
    }

    /** Whether it is recorded that the present run of the job's step ended badly after {@code wait} had begun. */
    boolean hasFailedSince(JournalRow wait) {
        return history().stream()
                .anyMatch(row -> row.kind() == Kind.ATTEMPT
                        && (row.outcome() == Result.REJECTED || row.outcome() == Result.GAVE_UP)
                        && !row.place().undoing()
                        && row.n() > wait.n()
                        && row.isOf(job.branch(), job.seq(), job.run()));
    }

    /** Whether no attempt of the present run of the job's step has been recorded. */
    boolean isFirstAttempt() {
        return job.attempt() == 1
                || history().stream()
                        .noneMatch(row -> row.kind() == Kind.ATTEMPT
                                && !row.place().undoing()
                                && row.isOf(job.branch(), job.seq(), job.run()));
    }

    /** How those branches of a range began that ever ran a step. */
    List<JournalRow> begunBranches(int first, int last) {
        return runner.begunBranches(job.sagaId(), first, last);
    }

    /** Whether the step is to end in peace although its saga was turned back by a step beside it. */
    boolean drains() {
        if (job.branch() == 0 || job.undoing()) {
            return false;
        }
        String line = plan().step(job.step()).map(Plan.PlannedStep::line).orElse("");
        return known.definition().stream()
                .flatMap(definition -> definition.steps().stream())
                .noneMatch(step -> step.rules().stopsSiblings() && step.lines().contains(line));
    }

    /** The job as the database has it by now; the claim is the same. */
    void refreshed(JobRow now) {
        job = now;
    }

    /** May be called from any thread: asks the step to stop, and interrupts it where that is safe. */
    void stop(Stop why) {
        Stop present = stop;
        if (present == null || present == Stop.TURNED) {
            stop = why;
        }
        if (!(why == Stop.TURNED && job.undoing())) {
            interruptUserCode();
        }
    }

    @Nullable
    Stop stopping() {
        return stop;
    }

    /**
     * Whether the saga was turned and the job has to look where it stands by now; once for each time that was told. A heart may tell
     * of a turn that the job has just learned by itself: its epoch then stays, and nothing else would end the looking.
     */
    boolean takeTurned() {
        if (stop != Stop.TURNED) {
            return false;
        }
        stop = null;
        return true;
    }

    void checkStop() {
        Stop why = stop;
        if (why == Stop.LOST || !runner.leaseIsValid()) {
            throw new LeaseLost("Step \"" + job.step() + "\" of saga " + job.sagaId()
                    + " may be run by another worker by now; nothing it does from here on is recorded.");
        }
        if (why == Stop.TURNED) {
            throw new StepStopped("Saga " + job.sagaId() + " was turned back while step \"" + job.step() + "\" ran.");
        }
        if (why == Stop.TIMED_OUT) {
            throw new StepStopped(
                    "Step \"" + job.step() + "\" of saga " + job.sagaId() + " ran longer than its timeout.");
        }
        if (why == Stop.SHUT_DOWN) {
            throw new LeaseLost(
                    "The worker stops; step \"" + job.step() + "\" of saga " + job.sagaId() + " is left to another.");
        }
    }

    /**
     * Only while user code runs may the thread be interrupted: an interrupt would break a connection in use. One that came
     * before is given now. That the saga was turned back is no reason for what undoes it to stop.
     */
    synchronized void enterUserCode() {
        inUserCode = Thread.currentThread();
        Stop why = stop;
        if (why != null && !(why == Stop.TURNED && job.undoing())) {
            inUserCode.interrupt();
        }
    }

    synchronized void leaveUserCode() {
        inUserCode = null;
        Thread.interrupted();
    }

    /** The thread that runs user code for it now, if one does. */
    synchronized Optional<Thread> threadInUserCode() {
        return Optional.ofNullable(inUserCode);
    }

    private synchronized void interruptUserCode() {
        Thread thread = inUserCode;
        if (thread != null) {
            thread.interrupt();
        }
    }

    void startTimer(Duration timeout) {
        Duration longest = Duration.ofDays(36_500);
        deadline = System.nanoTime() + (timeout.compareTo(longest) > 0 ? longest : timeout).toNanos();
    }

    void stopTimer() {
        deadline = Long.MAX_VALUE;
    }

    /** How long the step has been over its time; negative while it is not. Any thread. */
    long overdueNanos() {
        long at = deadline;
        return at == Long.MAX_VALUE ? Long.MIN_VALUE : System.nanoTime() - at;
    }

    /** The job was taken from the step, which runs on unheard. Any thread. */
    void abandon() {
        abandoned = true;
        stopTimer();
    }

    boolean isAbandoned() {
        return abandoned;
    }
}
