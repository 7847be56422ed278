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
import dev.belay.agent.Usage;
import dev.belay.dashboard.internal.pages.NewestRows.Found;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import dev.belay.inspect.PlannedStep;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.StoredValue;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A saga as it stands, as far as decisions about it depend on that. Reads more of it only when asked for, once. For one request.
 */
public final class Situation {
    /** So many branches that wait for an operator are looked at one by one; the others can still be decided about together. */
    private static final int MOST_STUCK = 50;

    /** However long a run has been, its last rows say how it stands. */
    private static final int ROWS_TO_JUDGE_BY = 500;

    private static final int MOST_PAGES_OF_DECISIONS = 20;

    /** A row's payloads may have megabytes: never more of them are held together. */
    public static final int PAYLOADS_AT_ONCE = 50;

    private final SagaDetail detail;
    private final Inspector inspector;
    private final Supplier<UndoForecast> forecasts;
    private final Supplier<Usage> usages;
    private Optional<Usage> usage = Optional.empty();
    private Optional<UndoForecast> forecast = Optional.empty();
    private Optional<List<Stuck>> stuck = Optional.empty();
    private final Map<String, NewestRows> newest = new HashMap<>();

    Situation(SagaDetail detail, Inspector inspector, Supplier<UndoForecast> forecasts, Supplier<Usage> usages) {
        this.detail = detail;
        this.inspector = inspector;
        this.forecasts = forecasts;
        this.usages = usages;
    }

    /**
     * A branch that waits for an operator.
     *
     * @param run the run of the step
     * @param attempts how often it was tried in that run
     * @param unknown whether nobody knows whether the step took effect
     * @param failure why the last attempt failed, without a stack trace: {@link Situation#stackOf} has it
     * @param failed the row that says so, if there is one
     */
    public record Stuck(
            JobView job, int run, int attempts, boolean unknown, Optional<Failure> failure, Optional<Found> failed) {
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
        NewestRows newest = ofStep(job.step());
        List<Found> rows = newest.at(job.branch(), job.seq(), job.undoing(), ROWS_TO_JUDGE_BY);
        if (rows.isEmpty() && newest.isCut()) {
            rows = inspector.step(view().id(), job.branch(), job.seq()).stream()
                    .filter(row -> row.undoing() == job.undoing())
                    .map(row -> new Found(row, Optional.empty(), -1))
                    .toList();
        }
        int run = rows.stream().mapToInt(found -> found.row().run()).max().orElse(0);
        List<Found> ofRun =
                rows.stream().filter(found -> found.row().run() == run).toList();
        List<JournalEntry> entries = ofRun.stream().map(Found::row).toList();
        Optional<Found> failed = ofRun.stream()
                .filter(found -> found.row().failure().isPresent())
                .max(Comparator.comparing(found -> found.row().at()));
        int attempts =
                (int) entries.stream().filter(row -> row.kind() == Kind.ATTEMPT).count();
        return new Stuck(
                job,
                run,
                ofRun.size() < ROWS_TO_JUDGE_BY ? attempts : Math.max(attempts, job.attempt()),
                !job.undoing() && isUnknown(entries),
                failed.flatMap(found -> found.row().failure())
                        .or(() -> view().failure()
                                .filter(failure -> failure.step().equals(job.step()))),
                failed);
    }

    private NewestRows ofStep(String step) {
        return newest.computeIfAbsent(
                step,
                name -> new NewestRows(
                        inspector, view().id(), name, Set.of(Kind.ATTEMPT, Kind.DECISION, Kind.STARTED)));
    }

    private Optional<Failure> whole(String step, Found found) {
        return found.index() < 0
                ? found.row().failure()
                : ofStep(step).whole(found).flatMap(JournalEntry::failure);
    }

    /** The stack trace of a failure; a payload, so for those only who may see payloads. */
    public Optional<String> stackOf(Stuck one) {
        Optional<Failure> failure =
                one.failed().isPresent() ? whole(one.step(), one.failed().get()) : one.failure();
        return failure.map(Failure::stack).filter(stack -> !stack.isBlank());
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

    /** What its calls of models came to. */
    public Usage usage() {
        if (usage.isEmpty()) {
            usage = Optional.of(usages.get());
        }
        return usage.get();
    }

    /** What could not be undone and waits for an operator; empty unless something of it is being undone. */
    public List<Planned> failedUndos() {
        Set<Integer> waiting = view().jobs().stream()
                .filter(job -> job.state().equals("PARKED") && job.undoing())
                .map(JobView::branch)
                .collect(Collectors.toSet());
        return waiting.isEmpty()
                ? List.of()
                : forecast().undone().stream()
                        .filter(undo -> undo.failed() && waiting.contains(undo.branch()))
                        .toList();
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
        Optional<String> edited = edited(branch, seq, step);
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

    /** The input that an operator gave last. */
    private Optional<String> edited(int branch, int seq, String step) {
        JournalFilter decisions = new JournalFilter(false, Set.of(Kind.DECISION), Optional.of(step), true, true);
        Optional<String> after = Optional.empty();
        for (int pages = 0; pages < MOST_PAGES_OF_DECISIONS; pages++) {
            Page<JournalEntry> page = inspector.journal(view().id(), decisions, after, PAYLOADS_AT_ONCE);
            Optional<String> found = page.items().stream()
                    .filter(row -> row.branch() == branch && row.seq() == seq && !row.undoing())
                    .filter(row -> row.outcome() != Result.SKIPPED && row.outcome() != Result.SUCCEEDED)
                    .flatMap(row -> row.input().stream())
                    .findFirst();
            if (found.isPresent() || page.next().isEmpty()) {
                return found;
            }
            after = page.next();
        }
        return Optional.empty();
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
                .collect(Collectors.toMap(
                        JournalEntry::seq, row -> row, (first, second) -> first, java.util.TreeMap::new))
                .descendingMap()
                .values()
                .stream()
                .limit(200)
                .toList();
    }
}
