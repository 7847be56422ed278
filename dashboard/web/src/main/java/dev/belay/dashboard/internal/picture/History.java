package dev.belay.dashboard.internal.picture;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * All that is known of one place in a saga's course, one way.
 *
 * @param label the step's name; of an activity that is undone, the activity's
 * @param failures how many attempts did not succeed
 * @param begin when the first of it happened
 */
record History(
        Timeline.Place place,
        boolean undoing,
        String step,
        String label,
        State state,
        int attempts,
        int failures,
        int activities,
        Instant begin,
        Instant end,
        List<Span> spans,
        List<Flag> flags) {

    boolean isOf(int branch, int seq) {
        return place.branch() == branch && place.seq() == seq;
    }

    String named() {
        if (!undoing) {
            return label;
        }
        return place.item() == 0 ? "the undo of " + label : "the undo of activity " + label + " of " + step;
    }

    /** What came of it, in words. */
    String summary() {
        StringBuilder text = new StringBuilder(label).append(": ").append(words());
        if (failures > 0 && !(failures == 1 && attempts == 1)) {
            text.append(", ").append(failures).append(" of ").append(Words.count(attempts, "attempt", "attempts"));
            text.append(" did not succeed");
        }
        if (activities > 0) {
            text.append(", ").append(Words.count(activities, "activity", "activities"));
        }
        Duration length = Duration.between(begin, end);
        return length.isZero()
                ? text.toString()
                : text.append(", ").append(Words.duration(length)).toString();
    }

    private String words() {
        if (!spans.isEmpty()) {
            for (int i = spans.size() - 1; i >= 0; i--) {
                if (spans.get(i).open() && spans.get(i).isMain()) {
                    return spans.get(i).words().isEmpty()
                            ? state.words()
                            : spans.get(i).words();
                }
            }
        }
        return state.words();
    }
}
