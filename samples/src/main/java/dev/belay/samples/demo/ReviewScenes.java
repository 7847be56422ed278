package dev.belay.samples.demo;

import dev.belay.SagaHandle;
import dev.belay.SagaView.JobView;
import dev.belay.StartOptions;
import dev.belay.samples.model.LedgerCall;
import dev.belay.samples.model.LedgerTotals;
import dev.belay.samples.review.Passage;
import dev.belay.samples.review.ReviewReport;
import dev.belay.samples.review.ReviewRequest;
import dev.belay.samples.review.ReviewSaga;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The review, run four times: killed during a call, killed after a record, with progress in memory, and undisturbed. */
final class ReviewScenes {

    private static final Duration LONGEST = Duration.ofSeconds(90);
    private static final int SAY_EVERY = 25;

    private final Stage stage;
    private final Console console;
    private final List<Passage> passages;

    ReviewScenes(Stage stage, Console console, List<Passage> passages) {
        this.stage = stage;
        this.console = console;
        this.passages = passages;
    }

    /** Kills the worker while the model has call {@code call} and has not answered it. */
    KilledReview killDuringCall(int call) {
        var run = "killed-during-call-" + call;
        stage.model().hold(run, call);
        var saga = start(run);
        var progress = new Progress(saga);
        var until = System.nanoTime() + LONGEST.toNanos();
        var held = stage.model().awaitHeld(run, Duration.ofMillis(50));
        while (held.isEmpty()) {
            progress.look();
            check(System.nanoTime() < until, "Call " + call + " did not come.");
            held = stage.model().awaitHeld(run, Duration.ofMillis(50));
        }
        var victim = stage.worker(job(saga).flatMap(JobView::worker).orElseThrow());
        var killedAt = kill(victim, "call " + call + " was sent, its answer has not come");
        // The model has the call and will bill it, whether or not anybody is there to hear the answer.
        stage.model().release(run);
        return finish(saga, run, progress, victim, killedAt, held);
    }

    /** Kills the worker when {@code step} is recorded and the call of the next step has not been made. */
    KilledReview killAfterRecord(int step) {
        var run = "killed-after-step-" + step;
        var pause = Signals.waitBefore(run, step + 1);
        stage.signals().raise(pause);
        var saga = start(run);
        var progress = new Progress(saga);
        var until = System.nanoTime() + LONGEST.toNanos();
        while (job(saga).filter(job -> job.seq() == step + 1).isEmpty()) {
            progress.look();
            check(System.nanoTime() < until, "Step " + step + " was not recorded.");
            pause();
        }
        var victim = stage.worker(job(saga).flatMap(JobView::worker).orElseThrow());
        var killedAt = kill(victim, "step " + step + " is recorded, call " + (step + 1) + " is not made");
        stage.signals().lower(pause);
        return finish(saga, run, progress, victim, killedAt, Optional.empty());
    }

    /** Runs the review with nobody killed; returns the report's checksum. */
    String undisturbed() {
        var saga = start("undisturbed");
        return await(saga, new Progress(saga)).sha256();
    }

    /** Kills an agent that keeps its progress in memory during call {@code call}, and starts it again. */
    InMemoryReview inMemory(int call) {
        var run = "in-memory";
        var file = stage.folder().resolve("passages.json");
        PassageFile.write(file, passages);
        stage.model().hold(run, call);
        try (var agent = startInMemory(file, run)) {
            check(
                    stage.model().awaitHeld(run, LONGEST.minusSeconds(31)).isPresent(),
                    "Call " + call + " did not come.");
            console.progress("kill -9 %d (agent without Belay) at the same place", agent.pid());
            agent.kill();
        }
        stage.model().release(run);
        try (var again = startInMemory(file, run)) {
            console.progress("it is started again (pid %d)", again.pid());
            var sha256 = again.awaitLine(InMemoryAgent.DONE_LINE);
            var calls = stage.model().calls(run);
            var ledger = stage.model().totals(run);
            console.progress("its report is written; the model has served %d calls", ledger.callsServed());
            return new InMemoryReview(call, passageOf(calls, call + 1), ledger, sha256);
        }
    }

    /** The passage that a call was about: the place of the first call with the same text. */
    private static int passageOf(List<LedgerCall> calls, int call) {
        var text = calls.get(call - 1).promptSha256();
        return 1 + calls.stream().map(LedgerCall::promptSha256).toList().indexOf(text);
    }

    /**
     * What the review cost an agent that keeps its progress in memory.
     *
     * @param killedAtCall the call it was killed in
     * @param resumedAt the passage it began with when it was started again
     */
    record InMemoryReview(int killedAtCall, int resumedAt, LedgerTotals ledger, String sha256) {}

    private JavaProcess startInMemory(Path file, String run) {
        return JavaProcess.start(
                InMemoryAgent.class,
                stage.logs().resolve("in-memory-agent.log"),
                stage.modelUri().toString(),
                run,
                file.toString());
    }

    private SagaHandle<ReviewReport> start(String run) {
        var request = new ReviewRequest(run, passages);
        var saga = stage.belay().start(stage.sagas().review(), request, StartOptions.key(run));
        console.progress("saga \"review\" started: %d passages, one step and one model call each", passages.size());
        return saga;
    }

    private Instant kill(WorkerProcess victim, String moment) {
        console.progress("kill -9 %d (%s): %s", victim.pid(), victim.name(), moment);
        var killedAt = Instant.now();
        stage.kill(victim);
        return killedAt;
    }

    private KilledReview finish(
            SagaHandle<ReviewReport> saga,
            String run,
            Progress progress,
            WorkerProcess killed,
            Instant killedAt,
            Optional<LedgerCall> inFlight) {
        var report = await(saga, progress);
        var ledger = stage.model().totals(run);
        return KilledReview.of(saga.id(), saga.journal(), killed, killedAt, inFlight, ledger, report.sha256());
    }

    private ReviewReport await(SagaHandle<ReviewReport> saga, Progress progress) {
        var until = System.nanoTime() + LONGEST.toNanos();
        while (!saga.state().isTerminal() && !saga.state().needsOperator()) {
            progress.look();
            check(System.nanoTime() < until, "The review did not end.");
            pause();
        }
        var report = saga.result();
        console.progress("the report is written");
        return report;
    }

    private Optional<JobView> job(SagaHandle<?> saga) {
        return saga.view().jobs().stream().findFirst();
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise + " The logs of the workers may say why.");
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The demo was interrupted.", e);
        }
    }

    /** Says how far a review is, not too often; and who has it, when that changes. */
    private final class Progress {
        private final SagaHandle<?> saga;
        private int said;
        private long saidWorker;

        Progress(SagaHandle<?> saga) {
            this.saga = saga;
        }

        void look() {
            stage.checkWorkers();
            var job = job(saga);
            if (job.isEmpty()) {
                return;
            }
            var step = job.get().seq();
            job.get().worker().filter(worker -> worker != saidWorker).ifPresent(worker -> {
                stage.nameOf(worker).ifPresent(name -> {
                    saidWorker = worker;
                    console.progress("%s is at step %d of %d", name, step, ReviewSaga.PASSAGES);
                });
            });
            if (step / SAY_EVERY > said) {
                said = step / SAY_EVERY;
                console.progress("step %d of %d", step, ReviewSaga.PASSAGES);
            }
        }
    }
}
