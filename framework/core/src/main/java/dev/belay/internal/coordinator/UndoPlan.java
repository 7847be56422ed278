package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.Outcome;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be undone in a saga, in which order, and how far that is. A pure function of the journal and the stored plan, so
 * that every process that looks at the same rows comes to the same answer.
 *
 * <p>Undone is every step of which an attempt was begun and which has an undo, unless it was skipped or all
 * its attempts promised to have had no effect, and every activity with an undo; latest first, a step's activities before the
 * step. An undo that failed for good holds up everything that happened before the thing it undoes, and nothing else: two
 * activities of which neither had ended when the other began are independent.
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
        FAILED
    }

    /**
     * One thing to undo.
     *
     * @param number the activity's first event in its run; 0 for the step itself
     * @param undo the name of the activity's undo; null for the step's own
     * @param begun the event by which the activity began
     * @param ended the event by which the activity ended, or the largest number if it never did
     * @param input the undo data of an activity
     * @param output what the undone work had returned
     * @param attempts how often the undo was recorded as attempted
     */
    public record Item(
            int branch,
            int seq,
            int run,
            int number,
            String step,
            @Nullable String activity,
            @Nullable String key,
            @Nullable String undo,
            int begun,
            int ended,
            Outcome outcome,
            @Nullable Payload input,
            @Nullable Payload output,
            Progress progress,
            int attempts) {

        /** Whether the undone thing is the step itself. */
        public boolean isStep() {
            return number == 0;
        }

        boolean happenedBefore(Item other) {
            if (seq != other.seq || run != other.run) {
                return seq < other.seq || (seq == other.seq && run < other.run);
            }
            if (isStep() || other.isStep()) {
                return isStep() && !other.isStep();
            }
            return begun < other.begun && (ended < other.begun || ended == Integer.MAX_VALUE);
        }
    }

    private record Run(int branch, int seq, int run) {}

    private record Undone(Run run, int number) {
        static Undone of(Item item) {
            return new Undone(new Run(item.branch, item.seq, item.run), item.number);
        }

        static Undone by(JournalRow row) {
            JournalRow.Place place = row.place();
            return new Undone(new Run(place.branch(), place.seq(), place.run()), row.item());
        }
    }

    /** The undo plan of a saga with the given journal, oldest row first. */
    public static UndoPlan of(Plan plan, List<JournalRow> journal) {
        Map<Run, List<JournalRow>> runs = new LinkedHashMap<>();
        for (JournalRow row : journal) {
            boolean event = row.kind() == Kind.ATTEMPT || row.kind() == Kind.ACTIVITY;
            if (!row.place().undoing() && event) {
                runs.computeIfAbsent(
                                new Run(
                                        row.place().branch(),
                                        row.place().seq(),
                                        row.place().run()),
                                key -> new ArrayList<>())
                        .add(row);
            }
        }
        List<JournalRow> decided = journal.stream()
                .filter(row -> row.kind() == Kind.DECISION && !row.place().undoing())
                .toList();
        List<Item> items = new ArrayList<>();
        runs.forEach((run, rows) -> {
            activities(run, rows, items);
            if (!isSkipped(run, decided)) {
                own(plan, run, rows).ifPresent(items::add);
            }
        });
        items.sort(Comparator.comparingInt(Item::seq)
                .thenComparingInt(Item::run)
                .reversed()
                .thenComparing(Item::isStep)
                .thenComparing(Comparator.comparingInt(Item::begun).reversed()));
        Map<Undone, List<JournalRow>> attempts = new HashMap<>();
        List<JournalRow> decisions = new ArrayList<>();
        journal.stream()
                .filter(row -> row.place().undoing())
                .sorted(Comparator.comparingInt(JournalRow::n))
                .forEach(row -> {
                    if (row.kind() == Kind.DECISION) {
                        decisions.add(row);
                    } else if (row.kind() == Kind.ATTEMPT) {
                        attempts.computeIfAbsent(Undone.by(row), key -> new ArrayList<>())
                                .add(row);
                    }
                });
        items.replaceAll(item -> withProgress(item, attempts.getOrDefault(Undone.of(item), List.of()), decisions));
        return new UndoPlan(items);
    }

    /** Whether what was decided last about the step, in whichever run, is to go on without it. */
    private static boolean isSkipped(Run run, List<JournalRow> decided) {
        return decided.stream()
                .filter(row ->
                        row.place().branch() == run.branch() && row.place().seq() == run.seq())
                .max(Comparator.comparingInt((JournalRow row) -> row.place().run())
                        .thenComparingInt(JournalRow::n))
                .map(row -> row.outcome() == Result.SKIPPED)
                .orElse(false);
    }

    private static Optional<Item> own(Plan plan, Run run, List<JournalRow> rows) {
        String step = rows.get(0).place().step();
        boolean undoable = plan.step(step).map(Plan.PlannedStep::undo).orElse(false);
        List<JournalRow> attempts =
                rows.stream().filter(row -> row.kind() == Kind.ATTEMPT).toList();
        // Only an attempt that rejected speaks for itself; one that failed or was lost before it may have had an
        // effect.
        boolean spared = attempts.stream().allMatch(row -> row.outcome() == Result.REJECTED);
        if (!undoable || attempts.isEmpty() || spared) {
            return Optional.empty();
        }
        boolean lost = attempts.stream().anyMatch(row -> row.outcome() == Result.LOST);
        JournalRow success = attempts.stream()
                .filter(row -> row.outcome() == Result.SUCCEEDED)
                .findFirst()
                .orElse(null);
        Outcome outcome = success != null ? Outcome.SUCCEEDED : lost ? Outcome.UNKNOWN : Outcome.FAILED;
        return Optional.of(new Item(
                run.branch(),
                run.seq(),
                run.run(),
                0,
                step,
                null,
                null,
                null,
                0,
                0,
                outcome,
                null,
                success == null ? null : success.output(),
                Progress.PENDING,
                0));
    }

    private static void activities(Run run, List<JournalRow> rows, List<Item> items) {
        for (JournalRow begun : rows) {
            if (begun.kind() != Kind.ACTIVITY || begun.outcome() != Result.BEGUN) {
                continue;
            }
            JournalRow ended = rows.stream()
                    .filter(row -> row.kind() == Kind.ACTIVITY && row.outcome() != Result.BEGUN)
                    .filter(row -> row.key() != null && row.key().equals(begun.key()))
                    .reduce((first, second) -> second)
                    .orElse(null);
            Outcome outcome = ended == null
                    ? Outcome.UNKNOWN
                    : ended.outcome() == Result.SUCCEEDED ? Outcome.SUCCEEDED : Outcome.FAILED;
            items.add(new Item(
                    run.branch(),
                    run.seq(),
                    run.run(),
                    begun.n(),
                    begun.place().step(),
                    begun.name(),
                    begun.key(),
                    begun.target(),
                    begun.n(),
                    ended == null ? Integer.MAX_VALUE : ended.n(),
                    outcome,
                    begun.input(),
                    outcome == Outcome.SUCCEEDED && ended != null ? ended.output() : null,
                    Progress.PENDING,
                    0));
        }
    }

    /** What the rows of undoing, in the order of their attempts, say of one item. */
    private static Item withProgress(Item item, List<JournalRow> attempts, List<JournalRow> decisions) {
        Progress progress = Progress.PENDING;
        int lastFailure = 0;
        for (JournalRow row : attempts) {
            progress = switch (row.outcome()) {
                case SUCCEEDED -> Progress.UNDONE;
                case NOTHING_TO_UNDO -> Progress.EMPTY;
                case GAVE_UP -> Progress.FAILED;
                default -> progress;
            };
            if (row.outcome() == Result.GAVE_UP) {
                lastFailure = row.n();
            }
        }
        int failedAt = lastFailure;
        boolean retried = decisions.stream().anyMatch(decision -> decision.n() > failedAt);
        return new Item(
                item.branch,
                item.seq,
                item.run,
                item.number,
                item.step,
                item.activity,
                item.key,
                item.undo,
                item.begun,
                item.ended,
                item.outcome,
                item.input,
                item.output,
                progress == Progress.FAILED && retried ? Progress.PENDING : progress,
                attempts.size());
    }

    /** Everything to be undone, in the order of undoing. */
    public List<Item> items() {
        return items;
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
        return items.stream()
                .filter(i -> i.branch == branch && i.seq == seq && i.run == run && i.number == number)
                .findFirst();
    }
}
