package dev.belay.dashboard.internal.pages;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.SagaView.JobView;
import dev.belay.StepKind;
import dev.belay.UndoForecast;
import dev.belay.UndoForecast.Planned;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.PlannedStep;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.StoredValue;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A saga as it stands, as far as decisions about it depend on that. Reads more of it only when asked for, once. For one request.
 */
public final class Situation {
    /** So many branches that wait for an operator are looked at one by one; the others can still be decided about together. */
    private static final int MOST_STUCK = 50;

    private final SagaDetail detail;
    private final Inspector inspector;
    private final Supplier<UndoForecast> forecasts;
    private Optional<UndoForecast> forecast = Optional.empty();
    private Optional<List<Stuck>> stuck = Optional.empty();

    Situation(SagaDetail detail, Inspector inspector, Supplier<UndoForecast> forecasts) {
        this.detail = detail;
        this.inspector = inspector;
        this.forecasts = forecasts;
    }

    /**
     * A branch that waits for an operator.
     *
     * @param run the run of the step
     * @param attempts how often it was tried in that run
     * @param unknown whether nobody knows whether the step took effect
     * @param failure why the last attempt failed
     */
    public record Stuck(JobView job, int run, int attempts, boolean unknown, Optional<Failure> failure) {
        /** Its step. */
        public String step() {
            return job.step();
        }
    }

    /** All that is known of it. */
    public SagaDetail detail() {
        return detail;
    }

    /** Where it stands. */
    public SagaView view() {
        return detail.view();
    }

    /** Its state. */
    public SagaState state() {
        return detail.view().state();
    }

    /** Whether it has not ended. */
    public boolean isOpen() {
        return !state().isTerminal();
    }

    /** How many branches wait for an operator. */
    public long stuckCount() {
        return view().jobs().stream()
                .filter(job -> job.state().equals("PARKED"))
                .count();
    }

    /** The branches that wait for an operator. */
    public List<Stuck> stuck() {
        if (stuck.isEmpty()) {
            stuck = Optional.of(view().jobs().stream()
                    .filter(job -> job.state().equals("PARKED"))
                    .limit(MOST_STUCK)
                    .map(this::look)
                    .toList());
        }
        return stuck.get();
    }

    /** That of them at {@code branch}. */
    public Optional<Stuck> stuckAt(int branch) {
        return stuck().stream().filter(one -> one.job().branch() == branch).findFirst();
    }

    private Stuck look(JobView job) {
        List<JournalEntry> rows = inspector.step(view().id(), job.branch(), job.seq()).stream()
                .filter(row -> row.undoing() == job.undoing())
                .toList();
        int run = rows.stream().mapToInt(JournalEntry::run).max().orElse(0);
        List<JournalEntry> ofRun = rows.stream().filter(row -> row.run() == run).toList();
        return new Stuck(
                job,
                run,
                (int) ofRun.stream().filter(row -> row.kind() == Kind.ATTEMPT).count(),
                !job.undoing() && isUnknown(ofRun),
                ofRun.stream()
                        .flatMap(row -> row.failure().stream())
                        .reduce((first, second) -> second)
                        .or(() -> view().failure()
                                .filter(failure -> failure.step().equals(job.step()))));
    }

    /** Whether the last that is known of a run is that its effect is not. */
    private static boolean isUnknown(List<JournalEntry> run) {
        boolean endedUnknown = run.stream()
                .filter(row -> row.kind() == Kind.DECISION || row.kind() == Kind.ATTEMPT)
                .filter(row -> row.outcome() != Result.LOST)
                .max(Comparator.comparingInt(JournalEntry::n))
                .filter(row -> row.outcome() == Result.UNKNOWN)
                .isPresent();
        int started = run.stream()
                .filter(row -> row.kind() == Kind.STARTED)
                .mapToInt(JournalEntry::n)
                .max()
                .orElse(-1);
        return endedUnknown || (started >= 0 && run.stream().noneMatch(row -> settles(row, started)));
    }

    private static boolean settles(JournalEntry row, int started) {
        if (row.kind() == Kind.DECISION) {
            return row.n() > started;
        }
        Set<Result> open = Set.of(Result.LOST, Result.UNKNOWN);
        return row.kind() == Kind.ATTEMPT && !open.contains(row.outcome()) && row.n() >= started;
    }

    /** What a cancel would undo now. */
    public UndoForecast forecast() {
        if (forecast.isEmpty()) {
            forecast = Optional.of(forecasts.get());
        }
        return forecast.get();
    }

    /** What could not be undone and waits for an operator; empty unless something of it is being undone. */
    public List<Planned> failedUndos() {
        boolean any = view().jobs().stream().anyMatch(job -> job.state().equals("PARKED") && job.undoing());
        return any ? forecast().undone().stream().filter(Planned::failed).toList() : List.of();
    }

    /** What is to be called the effect that a planned undo undoes. */
    public static String name(Planned undo) {
        return undo.activity().orElse(undo.step());
    }

    /** A step of its plan. */
    public Optional<PlannedStep> planned(String step) {
        return detail.plan().stream().filter(one -> one.name().equals(step)).findFirst();
    }

    /** The step after which it only goes forward. */
    public Optional<PlannedStep> pivot() {
        return detail.plan().stream()
                .filter(step -> step.kind() == StepKind.PIVOT)
                .findFirst();
    }

    /** The JSON that a run of a step was given, as far as the journal tells. */
    public Optional<String> inputOf(int branch, int seq, String step) {
        List<JournalEntry> rows = inspector.step(view().id(), branch, seq);
        Optional<String> edited = rows.stream()
                .filter(row -> row.kind() == Kind.DECISION && !row.undoing())
                .filter(row -> row.outcome() != Result.SKIPPED && row.outcome() != Result.SUCCEEDED)
                .flatMap(row -> row.input().stream())
                .reduce((first, second) -> second);
        if (edited.isPresent()) {
            return edited;
        }
        boolean routed = planned(step).map(PlannedStep::routed).orElse(false);
        if (routed && seq > 1) {
            return inspector.step(view().id(), branch, seq - 1).stream()
                    .filter(row -> row.kind() == Kind.ATTEMPT || row.kind() == Kind.FORKED)
                    .filter(row ->
                            !row.undoing() && (row.outcome() == Result.SUCCEEDED || row.outcome() == Result.SKIPPED))
                    .reduce((first, second) -> second)
                    .flatMap(row -> row.input().or(row::output));
        }
        return branch == 0 ? detail.input().map(StoredValue::json) : inputOfBranch(branch);
    }

    private Optional<String> inputOfBranch(int branch) {
        return inspector.step(view().id(), branch, 0).stream()
                .filter(row -> row.kind() == Kind.BRANCH)
                .flatMap(row -> row.input().stream())
                .findFirst();
    }

    /** The steps of its own line that it has come to, the last first, at most 200. */
    public List<JournalEntry> reached() {
        return inspector
                .journal(
                        view().id(),
                        new JournalFilter(false, Set.of(Kind.ATTEMPT, Kind.WAIT), Optional.empty(), false, true),
                        Optional.empty(),
                        1_000)
                .items()
                .stream()
                .filter(row -> row.branch() == 0 && row.seq() > 0 && !row.undoing())
                .collect(java.util.stream.Collectors.toMap(
                        JournalEntry::seq, row -> row, (first, second) -> first, java.util.TreeMap::new))
                .descendingMap()
                .values()
                .stream()
                .limit(200)
                .toList();
    }
}
