package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.Outcome;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Plan.Form;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is to be undone in one branch of a saga, in which order, and how far that is. A pure function of the branch's journal and
 * the stored plan, so that every process that looks at the same rows comes to the same answer.
 *
 * <p>Undone is every step of which an attempt was begun and which has an undo, unless it was skipped or all its attempts promised
 * to have had no effect, and every activity with an undo; latest first, a step's activities before the step. A step that ran other
 * branches or a child saga is undone by undoing these. An undo that failed for good holds up everything that happened before the
 * thing it undoes, and nothing else: two activities of which neither had ended when the other began are independent.
 */
public final class UndoPlan {
    private final List<Item> items;

    private UndoPlan(List<Item> items) {
        this.items = items;
    }

    /** What became of an undo so far. */
    public enum Progress {
        /** Not done yet. */
        PENDING,
        /** Done. */
        UNDONE,
        /** Nothing was there to undo. */
        EMPTY,
        /** Failed for good. */
        FAILED,
        /** Left undone, which an operator accepts. */
        ACCEPTED
    }

    /**
     * The activity that is undone.
     *
     * @param undo the name of its undo
     * @param begun the event by which it began
     * @param ended the event by which it ended, or the largest number if it never did
     */
    public record Activity(
            @Nullable String name,
            @Nullable String key,
            @Nullable String undo,
            int begun,
            int ended) {}

    /** The branches that a step began, from the first to the last. */
    public record Branches(int first, int last) {}

    /**
     * One thing to undo.
     *
     * @param form what the step is
     * @param activity null for the step itself
     * @param branches those the step began, if they are what is undone
     * @param input the undo data of an activity
     * @param output what the undone work had returned
     * @param attempts how often the undo was recorded as attempted
     */
    public record Item(
            int branch,
            int seq,
            int run,
            String step,
            Form form,
            @Nullable Activity activity,
            @Nullable Branches branches,
            Outcome outcome,
            @Nullable Payload input,
            @Nullable Payload output,
            Progress progress,
            int attempts) {

        /** Whether the undone thing is the step itself. */
        public boolean isStep() {
            return activity == null;
        }

        /** What it is called: the activity, or the step. */
        String name() {
            return activity == null ? step : String.valueOf(activity.name());
        }

        /** Its number in its run: the event by which the activity began, 0 for the step itself. */
        public int number() {
            return activity == null ? 0 : activity.begun();
        }

        private int begun() {
            return number();
        }

        private boolean isIn(int otherBranch, int otherSeq, int otherRun, int otherNumber) {
            return branch == otherBranch && seq == otherSeq && run == otherRun && number() == otherNumber;
        }

        boolean happenedBefore(Item other) {
            if (seq != other.seq || run != other.run) {
                return seq < other.seq || (seq == other.seq && run < other.run);
            }
            if (activity == null || other.activity == null) {
                return isStep() && !other.isStep();
            }
            int ended = activity.ended();
            return begun() < other.begun() && (ended < other.begun() || ended == Integer.MAX_VALUE);
        }

        Item with(Progress now, int attempted) {
            return new Item(branch, seq, run, step, form, activity, branches, outcome, input, output, now, attempted);
        }
    }

    private record Run(int seq, int run) {
        static Run of(JournalRow row) {
            return new Run(row.place().seq(), row.place().run());
        }
    }

    private record Undone(Run run, int number) {}

    /** The undo plan of one branch with the given journal, in the journal's own order. */
    public static UndoPlan of(Plan plan, List<JournalRow> journal) {
        Map<Run, List<JournalRow>> runs = new LinkedHashMap<>();
        List<JournalRow> decided = new ArrayList<>();
        List<JournalRow> undoing = new ArrayList<>();
        for (JournalRow row : journal) {
            if (row.place().undoing()) {
                undoing.add(row);
            } else if (row.kind() == Kind.DECISION) {
                decided.add(row);
            } else if (row.place().seq() > 0 && row.kind() != Kind.END && row.kind() != Kind.FORKED) {
                runs.computeIfAbsent(Run.of(row), key -> new ArrayList<>()).add(row);
            }
        }
        List<Item> items = new ArrayList<>();
        runs.forEach((run, rows) -> {
            activities(rows, items);
            if (!isSkipped(run, decided)) {
                own(plan, rows, decided).ifPresent(items::add);
            }
        });
        items.sort(Comparator.comparingInt(Item::seq)
                .thenComparingInt(Item::run)
                .reversed()
                .thenComparing(Item::isStep)
                .thenComparing(Comparator.comparingInt(Item::begun).reversed()));
        Map<Undone, List<JournalRow>> progress = new HashMap<>();
        List<JournalRow> retries = new ArrayList<>();
        undoing.sort(Comparator.comparingInt(JournalRow::n));
        for (JournalRow row : undoing) {
            if (row.kind() == Kind.DECISION && row.outcome() == Result.FAILED) {
                retries.add(row);
            } else if (row.kind() == Kind.ATTEMPT || row.kind() == Kind.DECISION || isLateEffect(row)) {
                progress.computeIfAbsent(new Undone(Run.of(row), row.item()), key -> new ArrayList<>())
                        .add(row);
            }
        }
        items.replaceAll(item -> withProgress(
                item,
                progress.getOrDefault(new Undone(new Run(item.seq(), item.run()), item.number()), List.of()),
                retries));
        return new UndoPlan(items);
    }

    /** Whether what was decided last about the step, in whichever run, is to go on without it. */
    private static boolean isSkipped(Run run, List<JournalRow> decided) {
        return decided.stream()
                .filter(row -> row.place().seq() == run.seq())
                .max(Comparator.comparingInt((JournalRow row) -> row.place().run())
                        .thenComparingInt(JournalRow::n))
                .map(row -> row.outcome() == Result.SKIPPED)
                .orElse(false);
    }

    private static Optional<Item> own(Plan plan, List<JournalRow> all, List<JournalRow> decided) {
        JournalRow.Place place = all.get(0).place();
        boolean undoable = plan.step(place.step()).map(Plan.PlannedStep::undo).orElse(false);
        JournalRow began = all.stream()
                .filter(row -> row.kind() == Kind.WAIT && row.target() != null)
                .findFirst()
                .orElse(null);
        Form form = plan.form(place.step());
        if (began != null && (form == Form.PARALLEL || form == Form.FAN_OUT)) {
            Branches branches = new Branches(began.item(), Integer.parseInt(String.valueOf(began.target())));
            Outcome through = success(all) == null ? Outcome.UNKNOWN : Outcome.SUCCEEDED;
            return Optional.of(
                    undoable
                            ? item(place, form, null, through, success(all))
                            : item(place, form, branches, Outcome.SUCCEEDED, null));
        }
        if (form == Form.CHILD && began != null) {
            return lastChildIsUndone(all)
                    ? Optional.empty()
                    : Optional.of(item(place, form, null, outcome(all), success(all)));
        }
        List<JournalRow> rows = withoutKnownFailures(all, decided);
        List<JournalRow> attempts =
                rows.stream().filter(row -> row.kind() == Kind.ATTEMPT).toList();
        // Only an attempt that rejected speaks for itself; one that failed or was lost before it may have had an
        // effect.
        boolean spared =
                attempts.stream().allMatch(row -> row.outcome() == Result.REJECTED || row.outcome() == Result.PASSED_BY)
                        && success(rows) == null
                        && !hasUnrecordedAttempt(rows);
        if (!undoable || spared) {
            return Optional.empty();
        }
        return Optional.of(item(place, form, null, outcome(rows), success(rows)));
    }

    /** A child that was undone by itself rejected the step that waited for it; one that an operator closed made it give up. */
    private static boolean lastChildIsUndone(List<JournalRow> rows) {
        int begun = rows.stream()
                .filter(row -> row.kind() == Kind.WAIT)
                .mapToInt(JournalRow::n)
                .max()
                .orElse(0);
        boolean gaveUp = rows.stream().anyMatch(row -> row.kind() == Kind.ATTEMPT && row.outcome() == Result.GAVE_UP);
        return !gaveUp
                && rows.stream()
                        .anyMatch(row ->
                                row.kind() == Kind.ATTEMPT && row.outcome() == Result.REJECTED && row.n() > begun);
    }

    /**
     * Without the attempts of a step that runs at most once of which somebody found out that they had no effect. Such a finding is an
     * attempt of its own, which rejects without having begun the step's code, or a decision.
     */
    private static List<JournalRow> withoutKnownFailures(List<JournalRow> rows, List<JournalRow> decided) {
        List<Integer> started = rows.stream()
                .filter(row -> row.kind() == Kind.STARTED)
                .map(JournalRow::n)
                .toList();
        if (started.isEmpty()) {
            return rows;
        }
        Run run = Run.of(rows.get(0));
        int found = Stream.concat(
                        rows.stream().filter(row -> row.kind() == Kind.ATTEMPT && !started.contains(row.n())),
                        decided.stream().filter(row -> Run.of(row).equals(run)))
                .filter(row -> row.outcome() == Result.REJECTED)
                .mapToInt(JournalRow::n)
                .max()
                .orElse(-1);
        return rows.stream()
                .filter(row -> row.n() > found || !(row.kind() == Kind.ATTEMPT || row.kind() == Kind.STARTED))
                .toList();
    }

    /** Whether an attempt was begun that left no other trace. */
    private static boolean hasUnrecordedAttempt(List<JournalRow> rows) {
        return rows.stream()
                .filter(row -> row.kind() == Kind.STARTED)
                .anyMatch(started ->
                        rows.stream().noneMatch(row -> row.kind() == Kind.ATTEMPT && row.n() == started.n()));
    }

    private static Item item(
            JournalRow.Place place,
            Form form,
            @Nullable Branches branches,
            Outcome outcome,
            @Nullable JournalRow success) {
        return new Item(
                place.branch(),
                place.seq(),
                place.run(),
                place.step(),
                form,
                null,
                branches,
                outcome,
                null,
                success == null ? null : success.output(),
                Progress.PENDING,
                0);
    }

    /** The success that counts: the recorded one, else what a worker that had lost its lease told late. */
    private static @Nullable JournalRow success(List<JournalRow> rows) {
        return rows.stream()
                .filter(row -> row.outcome() == Result.SUCCEEDED)
                .filter(row -> row.kind() == Kind.ATTEMPT || (row.kind() == Kind.LATE && row.name() == null))
                .min(Comparator.comparing(row -> row.kind() == Kind.LATE))
                .orElse(null);
    }

    private static Outcome outcome(List<JournalRow> rows) {
        if (success(rows) != null) {
            return Outcome.SUCCEEDED;
        }
        boolean lost = rows.stream()
                .anyMatch(row -> row.kind() == Kind.ATTEMPT
                        && (row.outcome() == Result.LOST || row.outcome() == Result.UNKNOWN));
        return lost || hasUnrecordedAttempt(rows) ? Outcome.UNKNOWN : Outcome.FAILED;
    }

    private static void activities(List<JournalRow> rows, List<Item> items) {
        for (JournalRow begun : rows) {
            if (begun.kind() != Kind.ACTIVITY || begun.outcome() != Result.BEGUN || begun.target() == null) {
                continue;
            }
            JournalRow ended = rows.stream()
                    .filter(row -> row.kind() == Kind.ACTIVITY && row.outcome() != Result.BEGUN)
                    .filter(row -> row.key() != null && row.key().equals(begun.key()))
                    .reduce((first, second) -> second)
                    .orElse(null);
            JournalRow late = rows.stream()
                    .filter(row -> row.kind() == Kind.LATE && row.outcome() == Result.SUCCEEDED)
                    .filter(row -> row.key() != null && row.key().equals(begun.key()))
                    .findFirst()
                    .orElse(null);
            if (ended != null && ended.outcome() == Result.REJECTED && late == null) {
                continue;
            }
            JournalRow success = ended != null && ended.outcome() == Result.SUCCEEDED ? ended : late;
            Outcome outcome = success != null ? Outcome.SUCCEEDED : ended == null ? Outcome.UNKNOWN : Outcome.FAILED;
            JournalRow.Place place = begun.place();
            items.add(new Item(
                    place.branch(),
                    place.seq(),
                    place.run(),
                    place.step(),
                    Form.CODE,
                    new Activity(
                            begun.name(),
                            begun.key(),
                            begun.target(),
                            begun.n(),
                            ended == null ? Integer.MAX_VALUE : ended.n()),
                    null,
                    outcome,
                    begun.input(),
                    success == null ? null : success.output(),
                    Progress.PENDING,
                    0));
        }
    }

    /** What the rows of undoing, in the order of their attempts, say of one item. */
    private static Item withProgress(Item item, List<JournalRow> rows, List<JournalRow> retries) {
        Progress progress = Progress.PENDING;
        int attempts = 0;
        int failedAt = Integer.MAX_VALUE;
        for (JournalRow row : rows) {
            if (row.kind() == Kind.ATTEMPT) {
                attempts++;
            }
            progress = switch (row.outcome()) {
                case SUCCEEDED -> Progress.UNDONE;
                case NOTHING_TO_UNDO -> Progress.EMPTY;
                case GAVE_UP -> Progress.FAILED;
                case ACCEPTED -> Progress.ACCEPTED;
                // A late effect: what was undone is to be undone once more.
                case UNKNOWN -> Progress.PENDING;
                default -> progress;
            };
            // An attempt that failed or was lost after an operator's retry leaves that retry in force.
            if (row.outcome() == Result.GAVE_UP) {
                failedAt = row.n();
            }
        }
        int failed = failedAt;
        boolean retried = retries.stream().anyMatch(decision -> decision.n() > failed);
        return item.with(progress == Progress.FAILED && retried ? Progress.PENDING : progress, attempts);
    }

    /** Whether a row says that an undo is to be done once more. A late result of an undo itself is not that. */
    private static boolean isLateEffect(JournalRow row) {
        return row.kind() == Kind.LATE && row.outcome() == Result.UNKNOWN;
    }

    /** Everything to be undone, in the order of undoing. */
    public List<Item> items() {
        return items;
    }

    /** The same plan, stopping before {@code seq}; null for all of it. */
    public UndoPlan backTo(@Nullable Integer seq) {
        return seq == null
                ? this
                : new UndoPlan(items.stream().filter(item -> item.seq() >= seq).toList());
    }

    /** What can be undone now; empty when nothing is left, or what is left waits for an undo that failed. */
    public Optional<Item> next() {
        List<Item> failed = items.stream()
                .filter(item -> item.progress() == Progress.FAILED)
                .toList();
        return items.stream()
                .filter(item -> item.progress() == Progress.PENDING)
                .filter(item -> failed.stream().noneMatch(item::happenedBefore))
                .findFirst();
    }

    /** Whether an undo has failed for good. */
    public boolean hasFailed() {
        return items.stream().anyMatch(item -> item.progress() == Progress.FAILED);
    }

    /** The thing with the given number in the given run. */
    public Optional<Item> item(int branch, int seq, int run, int number) {
        return items.stream().filter(i -> i.isIn(branch, seq, run, number)).findFirst();
    }
}
