package dev.belay.internal.worker;

import dev.belay.ActivityCall;
import dev.belay.Deferred;
import dev.belay.Failure;
import dev.belay.JournalEntry.Kind;
import dev.belay.LeaseLost;
import dev.belay.Replan;
import dev.belay.ReplayMismatch;
import dev.belay.SagaException;
import dev.belay.StepContext;
import dev.belay.agent.ModelCall;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.ToolCall;
import dev.belay.agent.ToolRequest;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Retreats;
import dev.belay.internal.journal.SpendTable;
import dev.belay.internal.queue.ActivityEvent;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The context of a step that goes forward. */
final class ForwardContext<I> extends RecordedData<I> implements StepContext<I> {
    private static final Logger log = LoggerFactory.getLogger(ForwardContext.class);
    private static final Duration LONGEST_WAIT_FOR_CALLS = Duration.ofMinutes(5);

    private final StepRunner runner;
    private final JobRow job;
    private final Thread thread = Thread.currentThread();
    private final AtomicInteger events = new AtomicInteger();
    private final Map<String, Integer> calls = new HashMap<>();
    /** The activities without a key that earlier attempts of this run began, in their order. */
    private final List<String> unkeyedBefore = new ArrayList<>();

    private final boolean recovers;
    private int unkeyed;
    private final AtomicInteger callsElsewhere = new AtomicInteger();
    private final AtomicInteger onceCalls = new AtomicInteger();
    private final Map<String, List<String>> toolCalls = new HashMap<>();
    private volatile boolean inBody;
    private final Queue<SpendTable.Avoided> avoided = new ConcurrentLinkedQueue<>();

    ForwardContext(StepRunner runner, SagaRun run, Payloads payloads, I input) {
        super(run, payloads, input, null);
        this.runner = runner;
        this.job = run.job();
        recovers = job.attempt() > 1 && !rested();
        if (job.attempt() > 1) {
            said().forEach(row -> events.accumulateAndGet(row.n(), Math::max));
            for (JournalRow row : recordedActivities()) {
                events.accumulateAndGet(row.n(), Math::max);
                String key = row.key();
                if (key != null && isUnkeyed(row) && !unkeyedBefore.contains(key)) {
                    unkeyedBefore.add(key);
                }
            }
        }
    }

    private static boolean isUnkeyed(JournalRow row) {
        String key = row.key();
        String name = row.name();
        return key != null && name != null && key.startsWith(name + "#");
    }

    /** The job of this step. Not the run's: that moves on, and a call left behind by its step must not follow it. */
    JobRow job() {
        return job;
    }

    private boolean hasEnded() {
        return run().job() != job;
    }

    @Override
    public String step() {
        return job.step();
    }

    @Override
    public int seq() {
        return job.seq();
    }

    @Override
    public int attempt() {
        if (job.attempt() == 1) {
            return 1;
        }
        return 1
                + (int) run().history().stream()
                        .filter(row -> row.kind() == Kind.ATTEMPT
                                && !row.place().undoing()
                                && row.isOf(job.branch(), job.seq(), job.run())
                                && !isRest(row))
                        .count();
    }

    @Override
    public String idempotencyKey() {
        return Keys.step(job);
    }

    @Override
    public long fence() {
        return job.fence();
    }

    @Override
    public <T> T activity(String name, Class<T> type, Callable<T> call) {
        return activity(name, type).run(call);
    }

    @Override
    public <T> ActivityCall<T> activity(String name, Class<T> type) {
        return new RecordedActivity<>(this, checked(name), type);
    }

    private static String checked(String name) {
        if (name.isBlank() || name.indexOf('#') >= 0 || name.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "An activity's name must not be blank nor hold '#' or ':', which tell it from its"
                            + " occurrence or key, got \"" + name + "\".");
        }
        return name;
    }

    @Override
    public ModelCall model(String name, ModelRequest request) {
        return new RecordedModelCall(this, checked(name), request);
    }

    @Override
    public ToolCall tool(ToolRequest request) {
        return new RecordedToolCall(this, request);
    }

    /** The conversation of the given name, as it stands in this branch. */
    ConversationLog conversation(String name) {
        return run().conversation(name);
    }

    StepRunner runner() {
        return runner;
    }

    /** Whether the step may end in its midst and run again. One that runs at most once or in a transaction may not. */
    boolean mayRest() {
        boolean transactional = run().plan()
                .step(job.step())
                .map(Plan.PlannedStep::transactional)
                .orElse(false);
        boolean atMostOnce = run().known()
                .definition()
                .flatMap(definition -> definition.step(job.step()))
                .map(step -> step.rules().atMostOnce())
                .orElse(false);
        return inBody && onceCalls.get() == 0 && !transactional && !atMostOnce;
    }

    /** From here on it is the step's own code that runs, and not a question that it is asked. */
    void enterBody() {
        inBody = true;
    }

    /** While a call that may run at most once runs, nothing in it may end the step to run again. */
    void enterOnce() {
        onceCalls.incrementAndGet();
    }

    void leaveOnce() {
        onceCalls.decrementAndGet();
    }

    /** A call begins; true if another thread than the step's own makes it. */
    boolean beginCall() {
        boolean elsewhere = Thread.currentThread() != thread;
        if (elsewhere) {
            callsElsewhere.incrementAndGet();
        }
        return elsewhere;
    }

    void endCall(boolean elsewhere) {
        if (elsewhere) {
            callsElsewhere.decrementAndGet();
        }
    }

    /** A step that is to rest waits for the calls of its other threads: they are paid for, and would be made again. */
    void awaitCalls() {
        long until = System.nanoTime() + LONGEST_WAIT_FOR_CALLS.toNanos();
        while (callsElsewhere.get() > 0 && run().stopping() == null && System.nanoTime() < until) {
            Bell.pause(Duration.ofMillis(5));
        }
    }

    /**
     * Tells calls of a tool apart that a provider gave the same id: the first has the id itself. The same arguments once more are the same
     * call.
     */
    synchronized String toolCall(String tool, String callId, String hash) {
        List<String> hashes = toolCalls.computeIfAbsent(tool + ":" + callId, none -> new ArrayList<>());
        if (!hashes.contains(hash)) {
            hashes.add(hash);
        }
        int nth = hashes.indexOf(hash);
        return nth == 0 ? callId : callId + "~" + (nth + 1);
    }

    /** Waits on this thread; a step that is to stop stops. */
    void pause(Duration time) {
        if (time.isZero()) {
            return;
        }
        try {
            Thread.sleep(Math.max(1, (time.toNanos() + 999_999) / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            checkStop();
            throw new SagaException("Step \"" + job.step() + "\" was interrupted while it waited.", e);
        }
        checkStop();
    }

    /** A call of a model was taken from the journal. Its first attempt has nothing to take. */
    void avoided(SpendTable.Avoided call) {
        if (recovers) {
            avoided.add(call);
        }
    }

    /** Writes down what was not bought again. A figure for people: what cannot be written is lost. */
    void flushAvoided() {
        List<SpendTable.Avoided> told = new ArrayList<>();
        for (SpendTable.Avoided call = avoided.poll(); call != null; call = avoided.poll()) {
            told.add(call);
        }
        if (!told.isEmpty()) {
            quietly(() -> runner.books().avoid(job.attempt(), told));
        }
    }

    /** Does what a step must not fail for. */
    void quietly(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            log.warn("Figures about the models of saga {} could not be written: {}", sagaId(), e.toString());
        }
    }

    /** The step is to rest or be suspended: whatever its code makes of that, nothing more is called. */
    <E extends RuntimeException> E halt(E why) {
        run().halt(why);
        return why;
    }

    /** Throws what halted the step, if its code has caught it. */
    void checkHalted() {
        RuntimeException why = run().halted();
        if (why != null && !hasEnded()) {
            throw why;
        }
    }

    /** Whether the attempt before this one came to rest: what is replayed then was not in danger. */
    private boolean rested() {
        return run().history().stream()
                .filter(row -> row.kind() == Kind.ATTEMPT
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run()))
                .reduce((first, second) -> second)
                .filter(this::isRest)
                .isPresent();
    }

    private boolean isRest(JournalRow attempt) {
        Failure failure = Failures.parse(payloads(), attempt.error());
        return failure != null && failure.type().equals(StepCode.RESTS);
    }

    @Override
    public <D> void defer(Deferred<D> effect, D data) {
        checkStop();
        boolean known = run().known()
                .definition()
                .flatMap(definition -> definition.step(effect.name()))
                .filter(step -> step.input() == effect.data())
                .isPresent();
        if (!known || run().plan().form(effect.name()) != Plan.Form.DEFERRED) {
            throw new SagaException("Step \"" + job.step() + "\" holds back \"" + effect.name() + "\", which "
                    + run().plan().definition() + " version " + run().plan().version()
                    + " does not have. Register it with saga.deferred(…), in a definition with a pivot.");
        }
        Plan.Form form = run().plan().form(job.step());
        if (form != Plan.Form.CODE && form != Plan.Form.DEFERRED) {
            throw new SagaException("Step \"" + job.step() + "\" only waits and cannot hold back \"" + effect.name()
                    + "\". Hold it back in a step before or after it.");
        }
        if (run().plan().step(job.step()).map(Plan.PlannedStep::transactional).orElse(false)) {
            throw new SagaException(
                    "Step \"" + job.step() + "\" runs inside a transaction, where it cannot hold back \""
                            + effect.name() + "\". Hold it back in a step of the chain before or after it.");
        }
        if (Thread.currentThread() != thread) {
            throw new SagaException(
                    "Step \"" + job.step() + "\" holds back \"" + effect.name()
                            + "\" from another thread than its own, where the order is left to chance. Hold it back in the step's own thread.");
        }
        String identity = nextIdentity(effect.name());
        run().holdBack();
        if (recordedActivities().stream().noneMatch(row -> row.kind() == Kind.HELD && identity.equals(row.key()))) {
            Payload payload = payloads().encode(data, effect.data(), "The data of \"" + effect.name() + "\"");
            JournalRow row = JournalRow.held(
                    job.place(), nextEvent(), job.owner(), job.fence(), effect.name(), identity, payload);
            record(new ActivityEvent(job, row));
        }
    }

    /** Events of activities of this run of the step and the effects it holds back, oldest first. */
    List<JournalRow> recordedActivities() {
        return run().history().stream()
                .filter(row -> row.kind() == Kind.ACTIVITY || (row.kind() == Kind.HELD && row.n() > 0))
                .filter(row -> row.isOf(job.branch(), job.seq(), job.run()))
                .toList();
    }

    /** Messages to models that this run of the step has recorded. */
    private Stream<JournalRow> said() {
        return run().history().stream()
                .filter(row -> row.kind() == Kind.SAID && row.isOf(job.branch(), job.seq(), job.run()));
    }

    /** What tells the next activity of the given name from the others, when it has no key of its own. */
    String nextIdentity(String name) {
        if (Thread.currentThread() != thread) {
            throw new SagaException("Activity \"" + name + "\" of step \"" + job.step()
                    + "\" is called from another thread than the step's own, where the order of calls is left to chance."
                    + " Give it a key: activity(name, type).key(…).");
        }
        String identity = name + "#" + calls.merge(name, 1, Integer::sum);
        int position = unkeyed++;
        if (position < unkeyedBefore.size() && !unkeyedBefore.get(position).equals(identity)) {
            throw new ReplayMismatch(
                    "Saga " + sagaId() + " recorded activity " + (position + 1) + " of step \"" + job.step()
                            + "\" as \"" + unkeyedBefore.get(position) + "\", but the code now runs \"" + identity
                            + "\". Keep the old order until running sagas finish, give the activities keys, or retry the step with edited"
                            + " input to run it anew.");
        }
        return identity;
    }

    int nextEvent() {
        return events.incrementAndGet();
    }

    /** Commits that this attempt, which may be the only one, is about to begin, or throws {@link LeaseLost}. */
    void recordStart() {
        long owner = job.owner() == null ? 0 : job.owner();
        record(new ActivityEvent(job, JournalRow.started(job.place(), job.attempt(), owner, job.fence())));
    }

    /** Commits an event, or throws {@link LeaseLost} if the job is no longer this worker's. */
    void record(ActivityEvent event) {
        CompletableFuture<Lane.Result> settled = new CompletableFuture<>();
        boolean own = Thread.currentThread() == thread;
        if (own) {
            run().leaveUserCode();
        }
        try {
            runner.lane(job).submit(new Lane.Entry.OfActivity() {
                @Override
                public ActivityEvent event() {
                    return event;
                }

                @Override
                public void settled(Lane.Result result) {
                    settled.complete(result);
                }
            });
            Lane.Result result = runner.await(settled);
            if (result instanceof Lane.Result.Refused refused) {
                throw new SagaException(
                        what(event.row()) + " of step \"" + job.step() + "\" could not be recorded: "
                                + refused.reason().getMessage(),
                        refused.reason());
            }
            if (!(result instanceof Lane.Result.Applied)) {
                if (event.row().kind() == Kind.ACTIVITY) {
                    runner.recordLate(event.row());
                }
                if (!hasEnded()) {
                    run().stop(SagaRun.Stop.LOST);
                }
                throw new LeaseLost(
                        what(event.row()) + " of step \"" + job.step() + "\" of saga " + sagaId()
                                + " was not recorded as its result: the step's job is no longer this worker's. It is kept as a late one.");
            }
            if (!hasEnded()) {
                run().remember(event.row());
            }
        } finally {
            if (own) {
                run().enterUserCode();
            }
        }
    }

    private static String what(JournalRow row) {
        return row.kind() == Kind.STARTED ? "The start" : "Activity \"" + row.name() + "\"";
    }

    @Override
    public Optional<Replan> replan() {
        if (run().saga().replans() == 0) {
            return Optional.empty();
        }
        return run().history().stream()
                .filter(row -> Retreats.isReplan(row) && row.isOf(job.branch(), job.seq(), 0))
                .findFirst()
                .map(row -> payloads().decode(row.output(), Replan.class, "What saga " + sagaId() + " went back for"));
    }

    @Override
    public boolean shouldStop() {
        return hasEnded() || run().stopping() != null || !runner.leaseIsValid();
    }

    @Override
    public void checkStop() {
        if (hasEnded()) {
            throw new LeaseLost("Step \"" + job.step() + "\" of saga " + sagaId()
                    + " has ended; what a thread of it still does is not recorded as its result.");
        }
        checkHalted();
        run().checkStop();
    }

    @Override
    public void extendTimeout(Duration more) {
        checkStop();
        run().startTimer(more);
    }
}
