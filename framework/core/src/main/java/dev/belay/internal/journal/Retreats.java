package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a saga went back to save-points, and which of its steps and branches were undone by that; read from the trunk's journal.
 *
 * <p>Each time leaves a decision named {@link #REPLAN} at the place where the saga went on; its item is the first place that was
 * undone. Branches are numbered in the order they begin, so those of an undone step are all from its first to before the first of
 * the step that began branches next.
 */
public final class Retreats {
    /** The name of the decision by which a saga goes forward again. */
    public static final String REPLAN = "replan";

    private final List<JournalRow> replans;
    private final TreeMap<Integer, Integer> groups = new TreeMap<>();

    private Retreats(List<JournalRow> trunk) {
        this.replans = trunk.stream().filter(Retreats::isReplan).toList();
        for (JournalRow row : trunk) {
            if (row.kind() == Kind.WAIT && !row.place().undoing() && row.target() != null && row.item() > 0) {
                groups.putIfAbsent(row.item(), row.place().seq());
            }
        }
    }

    /** What the journal of a saga's trunk says of it. */
    public static Retreats of(List<JournalRow> trunk) {
        return new Retreats(trunk);
    }

    /** Whether a row says that its saga went back and goes forward again from there. */
    public static boolean isReplan(JournalRow row) {
        return row.kind() == Kind.DECISION && !row.place().undoing() && REPLAN.equals(row.name());
    }

    /** How often the saga went back to the save-point that is the given step. */
    public int count(String step) {
        return (int)
                replans.stream().filter(row -> row.place().step().equals(step)).count();
    }

    /** Whether what was done at {@code seq} of the trunk was undone on the way back to a save-point. */
    public boolean isUndone(int seq) {
        return replans.stream()
                .anyMatch(row -> row.item() <= seq && seq < row.place().seq());
    }

    /** Whether a branch was undone on the way back to a save-point. */
    public boolean isBranchUndone(int branch) {
        return isUndone(trunkSeq(branch));
    }

    /** The place in the trunk from which a branch began, be it by way of other branches; 0 if the journal does not say. */
    public int trunkSeq(int branch) {
        Map.Entry<Integer, Integer> group = groups.floorEntry(branch);
        return group == null ? 0 : group.getValue();
    }

    /** Whether a row of any branch belongs to what was undone on the way back to a save-point. */
    public boolean isUndone(JournalRow row) {
        JournalRow.Place place = row.place();
        return place.branch() == 0 ? isUndone(place.seq()) : isBranchUndone(place.branch());
    }
}
