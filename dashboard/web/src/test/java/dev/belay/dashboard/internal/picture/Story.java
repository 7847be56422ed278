package dev.belay.dashboard.internal.picture;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.SagaView.JobView;
import dev.belay.StepKind;
import dev.belay.inspect.PlannedStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A journal told by hand. Times are milliseconds since the start. */
final class Story {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    final List<JournalEntry> rows = new ArrayList<>();
    private final List<JobView> jobs = new ArrayList<>();
    private final List<PlannedStep> plan = new ArrayList<>();
    private SagaState state = SagaState.RUNNING;
    private boolean undoing;
    private int branch;
    private int run;
    private int item;
    private long worker = 7;

    static Instant at(long millis) {
        return START.plusMillis(millis);
    }

    Story undoing() {
        undoing = true;
        return this;
    }

    Story branch(int number) {
        branch = number;
        return this;
    }

    Story item(int number) {
        item = number;
        return this;
    }

    Story worker(long number) {
        worker = number;
        return this;
    }

    Story state(SagaState now) {
        state = now;
        return this;
    }

    Story row(
            Kind kind,
            Result outcome,
            int seq,
            int n,
            int about,
            String step,
            String name,
            long at,
            long took,
            String error) {
        rows.add(new JournalEntry(
                kind,
                outcome,
                undoing,
                branch,
                seq,
                run,
                n,
                about,
                step,
                name.isEmpty() ? Optional.empty() : Optional.of(name),
                at(at),
                took == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(took)),
                Optional.empty(),
                Optional.empty(),
                error.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Failure(step, "java.util." + error, "took too long", "")),
                Optional.of(worker),
                Optional.empty(),
                Optional.empty()));
        return this;
    }

    Story attempt(int seq, int n, String step, Result outcome, long at, long took) {
        String error = outcome == Result.FAILED || outcome == Result.GAVE_UP ? "TimeoutException" : "";
        return row(Kind.ATTEMPT, outcome, seq, n, item, step, "", at, took, error);
    }

    Story ok(int seq, String step, long at, long took) {
        return attempt(seq, 1, step, Result.SUCCEEDED, at, took);
    }

    Story waits(int seq, String step, String awaits, long at) {
        return row(Kind.WAIT, Result.BEGUN, seq, 1, 0, step, awaits, at, 0, "");
    }

    Story begins(int number, int parent, int parentSeq, String first, long at) {
        int before = branch;
        branch = number;
        row(Kind.BRANCH, Result.BEGUN, 0, parent, parentSeq, first, "", at, 0, "");
        branch = before;
        return this;
    }

    Story job(int seq, String step, String where, int attempt, int failures, long runAt, String awaits) {
        jobs.add(new JobView(
                branch,
                seq,
                step,
                where,
                undoing,
                attempt,
                failures,
                at(runAt),
                awaits.isEmpty() ? Optional.empty() : Optional.of(awaits),
                Optional.empty(),
                where.equals("CLAIMED") ? Optional.of(worker) : Optional.empty()));
        return this;
    }

    Story plans(String name, String line, StepKind kind, String form, boolean routed, boolean undo, String... begins) {
        PlannedStep.Shape shape = new PlannedStep.Shape("text", Optional.empty());
        plan.add(new PlannedStep(name, line, kind, form, routed, false, undo, false, shape, shape, List.of(begins)));
        return this;
    }

    Story plans(String name, boolean undo) {
        return plans(name, "", StepKind.EFFECT, "CODE", false, undo);
    }

    List<PlannedStep> plan() {
        return plan;
    }

    SagaView view(long now) {
        return new SagaView(
                UUID.fromString("01890000-0000-7000-8000-000000000001"),
                "order",
                1,
                state,
                Optional.empty(),
                Optional.empty(),
                false,
                false,
                false,
                false,
                START,
                Optional.empty(),
                state.isTerminal() ? Optional.of(at(now)) : Optional.empty(),
                "v",
                jobs,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    Timeline timeline(long now) {
        return Timeline.of(rows, view(now), plan, at(now));
    }

    Drawing graph(long now) {
        return Graph.of(rows, view(now), plan, at(now), Links.WITHIN_PAGE);
    }
}
