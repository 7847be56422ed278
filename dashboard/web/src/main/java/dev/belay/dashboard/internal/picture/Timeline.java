package dev.belay.dashboard.internal.picture;

import dev.belay.JournalEntry;
import dev.belay.SagaView;
import dev.belay.inspect.PlannedStep;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What happened to a saga, along a time line: a row for each place in its course, forward first. Positions are thousandths of the width; where nothing
 * happens for long, the axis is broken, so that short steps beside a wait of days can be seen.
 *
 * @param ticks times since the beginning
 * @param gaps where the axis is broken
 * @param truncated whether rows were left out
 * @param hidden how many were; those that went well are left out first, the oldest before all
 * @param summary the same in a sentence or two
 */
public record Timeline(
        Instant from,
        Instant to,
        List<Row> rows,
        List<Mark> ticks,
        List<Gap> gaps,
        boolean truncated,
        int hidden,
        String summary) {
    /** How many rows there are at most. */
    public static final int MOST_ROWS = 350;

    /** Keeps its own lists. */
    public Timeline {
        rows = List.copyOf(rows);
        ticks = List.copyOf(ticks);
        gaps = List.copyOf(gaps);
    }

    /**
     * The timeline of a saga.
     *
     * @param entries its journal, in time order; payloads are not needed
     * @param view where it stands
     * @param plan the steps it follows
     */
    public static Timeline of(List<JournalEntry> entries, SagaView view, List<PlannedStep> plan, Instant now) {
        return new TimelineBuilder(Histories.of(entries, view, now), view, plan, now).build();
    }

    /** Which way a row belongs to. */
    public enum Lane {
        /** Something was done. */
        FORWARD,
        /** It was undone. */
        UNDO
    }

    /**
     * Where in a saga's course something happens.
     *
     * @param item while undoing: the activity being undone, 0 for the step itself
     */
    public record Place(int branch, int seq, int run, int item) {}

    /**
     * One place, or the branches of one step taken together.
     *
     * @param place of several branches that of the step that began them
     * @param depth how deep in branches it is
     * @param label its name
     * @param detail what tells it from others of this name; may be empty
     * @param branches how many branches it stands for; 0 if it is a place of its own
     * @param activities how many calls of activities were recorded
     * @param marks what happened at one moment
     * @param summary what came of it, in words
     */
    public record Row(
            Place place,
            Lane lane,
            int depth,
            String step,
            String label,
            String detail,
            State state,
            int branches,
            int activities,
            List<Segment> segments,
            List<Mark> marks,
            String summary) {
        /** Keeps its own lists. */
        public Row {
            segments = List.copyOf(segments);
            marks = List.copyOf(marks);
        }
    }

    /** What a segment is. */
    public enum Part {
        /** An attempt. */
        ATTEMPT,
        /** A call of an activity, drawn thin. */
        ACTIVITY,
        /** A wait, drawn hatched. */
        WAIT,
        /** The time between two attempts. */
        GAP,
        /** Several branches, or attempts too many to show one by one. */
        SUMMARY
    }

    /**
     * Something that took time.
     *
     * @param from where it begins, in thousandths of the width
     * @param open whether it goes on
     * @param number the attempt's number; 0 if it is none
     * @param words a few words to write on it; may be empty
     * @param title all there is to say of it
     */
    public record Segment(
            Part part,
            State state,
            double from,
            double to,
            boolean open,
            int number,
            Optional<Long> worker,
            String words,
            String title) {}

    /** What a mark stands for. */
    public enum Sign {
        /** A time. */
        TICK,
        /** Another worker went on. */
        TAKEOVER,
        /** An operator decided something. */
        DECISION,
        /** A worker that had lost its lease told what it did. */
        LATE,
        /** An effect is held back, or its time has come. */
        HELD,
        /** The saga went back to a save-point. */
        REPLAN,
        /** A message came. */
        MESSAGE
    }

    /** Something that took no time. */
    public record Mark(Sign sign, double at, String words) {}

    /** A stretch of the axis that is drawn shorter than it is, because nothing runs in it. */
    public record Gap(double from, double to, String words) {}
}
