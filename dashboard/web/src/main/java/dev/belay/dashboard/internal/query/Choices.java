package dev.belay.dashboard.internal.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The words of the keys that know all their words. */
final class Choices {
    /** Groups stand before the states that are in them, so that a whole group is printed as one word. */
    private static final List<Choice> STATUS = List.of(
            Choice.of("open", "not at its end", "RUNNING", "SUSPENDED", "COMPENSATING", "COMPENSATION_FAILED"),
            Choice.of("ended", "completed, undone or closed", "COMPLETED", "COMPENSATED", "RESOLVED"),
            Choice.of("failed", "suspended, or its undo has failed", "SUSPENDED", "COMPENSATION_FAILED"),
            Choice.of("running", "its steps are run", "RUNNING"),
            Choice.of("suspended", "waits for an operator's decision", "SUSPENDED"),
            Choice.of("undoing", "its steps are being undone", "COMPENSATING"),
            Choice.of("completed", "reached its end", "COMPLETED"),
            Choice.of("undone", "all that had to be undone is", "COMPENSATED"),
            Choice.of("undo-failed", "an undo has failed for good", "COMPENSATION_FAILED"),
            Choice.of("closed", "closed by an operator", "RESOLVED"));

    private static final List<Choice> CAUSE = List.of(
            Choice.of("step-failed", "a step failed for good", "STEP_FAILED"),
            Choice.of("cancelled", "it was cancelled", "CANCELLED"),
            Choice.of("timed-out", "its deadline passed", "TIMED_OUT"),
            Choice.of("parent-aborted", "its parent is being undone", "PARENT_ABORTED"),
            Choice.of("operator", "an operator decided so", "OPERATOR"));

    private static final List<Choice> AWAITS = List.of(
            Choice.of("signal", "a signal", "signal"),
            Choice.of("approval", "a person's approval", "approval"),
            Choice.of("child", "a child saga", "child"),
            Choice.of("lock", "a lock another saga holds", "lock"),
            Choice.of("limit", "room under a limit", "limit"),
            Choice.of("join", "its other branches", "join"),
            Choice.of("time", "a time to come", "time"));

    private static final List<Choice> IS = List.of(
            Choice.of("paused", "it is paused", "PAUSED"),
            Choice.of("overdue", "it is open past its deadline, or a step's", "OVERDUE"),
            Choice.of("stuck", "something of it waits for an operator", "STUCK"),
            Choice.of("residue", "it left effects behind that were not undone", "RESIDUE"),
            Choice.of("past-pivot", "it has passed its pivot", "PIVOT_PASSED"));

    private static final List<Choice> SORT = List.of(
            Choice.of("oldest", "the oldest first", "oldest"),
            Choice.of("newest", "the newest first, as without it", "newest"));

    private Choices() {}

    static List<Choice> of(Key key) {
        return switch (key) {
            case STATUS -> STATUS;
            case CAUSE -> CAUSE;
            case AWAITS -> AWAITS;
            case IS -> IS;
            case SORT -> SORT;
            default -> List.of();
        };
    }

    /** The choice so written, or the one that stands for the value so named. */
    static Optional<Choice> find(Key key, String written) {
        String word = written.toLowerCase(Locale.ROOT).replace('_', '-');
        String name = written.toUpperCase(Locale.ROOT).replace('-', '_');
        return of(key).stream()
                .filter(choice -> choice.word().equals(word))
                .findFirst()
                .or(() -> of(key).stream()
                        .filter(choice -> choice.values().equals(List.of(name)))
                        .findFirst());
    }

    /** The fewest words that stand for these values, in their order. */
    static List<String> words(Key key, List<String> values) {
        List<String> words = new ArrayList<>();
        for (Choice choice : of(key)) {
            if (choice.values().equals(values)) {
                return List.of(choice.word());
            }
        }
        for (String value : values) {
            words.add(of(key).stream()
                    .filter(choice -> choice.values().equals(List.of(value)))
                    .findFirst()
                    .map(Choice::word)
                    .orElse(value));
        }
        return words;
    }
}
