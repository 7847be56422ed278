package dev.belay.dashboard.internal.picture;

import dev.belay.dashboard.internal.picture.Histories.Origin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Puts the histories of one lane into the order in which they are read: by when they began, the branches of a step beneath it, and of
 * many branches only those with which something is wrong.
 */
final class Branches {
    /** Of how many branches each is shown. */
    static final int SHOWN_ONE_BY_ONE = 20;

    /** Of how many branches with which something is wrong each is shown. */
    static final int SHOWN_IF_BAD = 50;

    /** A history, or branches taken together. */
    sealed interface Line {
        int depth();

        /** One place. */
        record One(History history, int depth) implements Line {}

        /**
         * The branches of a step.
         *
         * @param last the last history of each
         */
        record Many(Origin origin, int depth, List<History> last, List<History> all, int shown) implements Line {}
    }

    private final Map<Integer, List<History>> byBranch = new TreeMap<>();
    private final Map<Origin, List<Integer>> groups = new HashMap<>();
    private final Map<Integer, List<Origin>> begunBy = new HashMap<>();
    private final Set<Integer> emitted = new HashSet<>();
    private final List<Line> lines = new ArrayList<>();

    private Branches(List<History> lane, Map<Integer, Origin> origins) {
        for (History history : lane) {
            byBranch.computeIfAbsent(history.place().branch(), branch -> new ArrayList<>())
                    .add(history);
        }
        Set<Integer> placed = new HashSet<>();
        for (Integer branch : List.copyOf(byBranch.keySet())) {
            int child = branch;
            while (child != 0 && placed.add(child)) {
                Origin origin = origins.getOrDefault(child, new Origin(0, 0));
                groups.computeIfAbsent(origin, key -> new ArrayList<>()).add(child);
                byBranch.computeIfAbsent(child, key -> new ArrayList<>());
                child = origin.branch();
            }
        }
        groups.keySet()
                .forEach(origin -> begunBy.computeIfAbsent(origin.branch(), branch -> new ArrayList<>())
                        .add(origin));
        byBranch.computeIfAbsent(0, key -> new ArrayList<>());
        byBranch.values()
                .forEach(histories -> histories.sort(Comparator.comparing(History::begin)
                        .thenComparingInt(history -> history.place().seq())
                        .thenComparingInt(history -> history.place().run())
                        .thenComparing(history -> -history.place().item())));
        groups.values().forEach(branches -> branches.sort(Comparator.naturalOrder()));
    }

    static List<Line> inOrder(List<History> lane, Map<Integer, Origin> origins) {
        Branches branches = new Branches(lane, origins);
        branches.branch(0, 0);
        // Whatever hangs on a branch that hangs on nothing is shown all the same.
        for (Integer branch : List.copyOf(branches.byBranch.keySet())) {
            branches.branch(branch, 1);
        }
        return branches.lines;
    }

    private void branch(int branch, int depth) {
        if (!emitted.add(branch)) {
            return;
        }
        List<History> histories = byBranch.getOrDefault(branch, List.of());
        List<Origin> loose = begunBy.getOrDefault(branch, List.of()).stream()
                .filter(origin -> histories.stream().noneMatch(history -> history.isOf(branch, origin.seq())))
                .sorted(Comparator.comparing(this::begin).thenComparing(Origin::seq))
                .toList();
        int next = 0;
        Set<Origin> done = new HashSet<>();
        for (History history : histories) {
            while (next < loose.size() && begin(loose.get(next)).compareTo(history.begin()) < 0) {
                group(loose.get(next++), depth + 1);
            }
            lines.add(new Line.One(history, depth));
            Origin origin = new Origin(branch, history.place().seq());
            if (groups.containsKey(origin) && done.add(origin)) {
                group(origin, depth + 1);
            }
        }
        while (next < loose.size()) {
            group(loose.get(next++), depth + 1);
        }
    }

    private Instant begin(Origin origin) {
        return groups.getOrDefault(origin, List.of()).stream()
                .flatMap(branch -> byBranch.getOrDefault(branch, List.of()).stream())
                .map(History::begin)
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
    }

    private void group(Origin origin, int depth) {
        List<Integer> branches = groups.getOrDefault(origin, List.of());
        if (branches.size() <= SHOWN_ONE_BY_ONE) {
            branches.forEach(branch -> branch(branch, depth));
            return;
        }
        List<History> last = new ArrayList<>();
        List<History> all = new ArrayList<>();
        List<Integer> bad = new ArrayList<>();
        for (Integer branch : branches) {
            List<History> histories = byBranch.getOrDefault(branch, List.of());
            all.addAll(histories);
            if (histories.isEmpty()) {
                continue;
            }
            History ended = histories.get(histories.size() - 1);
            last.add(ended);
            if (ended.state().isBad()) {
                bad.add(branch);
            }
        }
        List<Integer> shown = bad.subList(0, Math.min(SHOWN_IF_BAD, bad.size()));
        lines.add(new Line.Many(origin, depth, last, all, shown.size()));
        shown.forEach(branch -> branch(branch, depth + 1));
        branches.forEach(this::leaveOut);
    }

    /** With all that hangs on it. */
    private void leaveOut(int branch) {
        List<Integer> left = new ArrayList<>(List.of(branch));
        while (!left.isEmpty()) {
            int next = left.remove(left.size() - 1);
            if (emitted.add(next)) {
                begunBy.getOrDefault(next, List.of())
                        .forEach(origin -> left.addAll(groups.getOrDefault(origin, List.of())));
            }
        }
    }
}
