package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the steps of one branch were given; read from the branch's journal, in the journal's own order. */
public final class StepInput {
    private StepInput() {}

    /**
     * What the given run of the step at {@code seq} was given.
     *
     * @param input what the steps of the branch are given unless they are told otherwise
     */
    public static @Nullable Payload of(
            List<JournalRow> journal, Plan plan, @Nullable Payload input, String step, int seq, int run) {
        Optional<Payload> edited = edited(journal, seq, run);
        if (edited.isPresent()) {
            return edited.get();
        }
        if (plan.form(step) == Plan.Form.DEFERRED) {
            return held(journal, seq);
        }
        boolean routed = plan.step(step).map(Plan.PlannedStep::routed).orElse(false);
        boolean replanned = journal.stream()
                .anyMatch(row -> Retreats.isReplan(row) && row.place().seq() == seq);
        if (routed && replanned) {
            return null;
        }
        if (!routed || seq == 1) {
            return input;
        }
        JournalRow before = journal.stream()
                .filter(row -> isResult(row) && row.place().seq() == seq - 1)
                .reduce((first, second) -> second)
                .orElseThrow(() -> new SagaException("The journal has no step " + (seq - 1) + " before \"" + step
                        + "\"; rows were deleted by hand. Restore them, or resolve the saga."));
        return before.target() == null ? before.output() : before.input();
    }

    /** The data of the effect that runs at {@code seq}. */
    private static @Nullable Payload held(List<JournalRow> journal, int seq) {
        return journal.stream()
                .filter(row ->
                        row.kind() == Kind.HELD && row.n() == 0 && row.place().seq() == seq)
                .findFirst()
                .map(JournalRow::input)
                .orElse(null);
    }

    private static Optional<Payload> edited(List<JournalRow> journal, int seq, int run) {
        return journal.stream()
                .filter(row -> row.kind() == Kind.DECISION
                        && !row.place().undoing()
                        && row.outcome() != Result.SKIPPED
                        && row.outcome() != Result.SUCCEEDED
                        && row.place().seq() == seq
                        && row.place().run() <= run)
                .map(JournalRow::input)
                .filter(given -> given != null)
                .reduce((first, second) -> second);
    }

    /** Whether a row says what a step returned, or would have. */
    public static boolean isResult(JournalRow row) {
        return (row.kind() == Kind.ATTEMPT || row.kind() == Kind.FORKED)
                && (row.outcome() == Result.SUCCEEDED || row.outcome() == Result.SKIPPED)
                && !row.place().undoing();
    }
}
