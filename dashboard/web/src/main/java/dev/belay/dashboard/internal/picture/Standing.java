package dev.belay.dashboard.internal.picture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How each step of a plan stands, all the places together where it ran. */
final class Standing {
    private static final Step UNTOUCHED = new Step(State.TO_COME, State.TO_COME, "", Set.of());

    private final Map<String, Step> steps = new HashMap<>();

    private Standing() {}

    /**
     * How a step stands.
     *
     * @param undo how its undo does; TO_COME if nothing called for it
     * @param more how often it ran, or what came of that; may be empty
     * @param next the steps that ran directly after it
     */
    record Step(State state, State undo, String more, Set<String> next) {
        boolean begun() {
            return state != State.TO_COME;
        }
    }

    static Standing none() {
        return new Standing();
    }

    static Standing of(Histories histories) {
        Map<String, List<History>> forward = new HashMap<>();
        Map<String, List<History>> undo = new HashMap<>();
        for (History history : histories.all()) {
            if (!history.undoing()) {
                forward.computeIfAbsent(history.step(), step -> new ArrayList<>())
                        .add(history);
            } else if (history.place().item() == 0) {
                undo.computeIfAbsent(history.step(), step -> new ArrayList<>()).add(history);
            }
        }
        Map<String, Set<String>> next = next(histories);
        Standing standing = new Standing();
        Set<String> names = new LinkedHashSet<>(forward.keySet());
        names.addAll(undo.keySet());
        for (String name : names) {
            List<History> ran = last(forward.getOrDefault(name, List.of()));
            List<History> undone = last(undo.getOrDefault(name, List.of()));
            standing.steps.put(name, new Step(state(ran), state(undone), more(ran), next.getOrDefault(name, Set.of())));
        }
        return standing;
    }

    Step of(String name) {
        return steps.getOrDefault(name, UNTOUCHED);
    }

    /** Of several runs of one place the last. */
    private static List<History> last(List<History> histories) {
        record At(int branch, int seq) {}
        Map<At, History> last = new HashMap<>();
        for (History history : histories) {
            last.merge(
                    new At(history.place().branch(), history.place().seq()),
                    history,
                    (one, other) -> one.place().run() > other.place().run() ? one : other);
        }
        return last.values().stream()
                .sorted(Comparator.comparingInt(
                                (History history) -> history.place().branch())
                        .thenComparingInt(history -> history.place().seq()))
                .toList();
    }

    /** Of a step that ran again and again in one line, how it stands now; of branches, whatever is worst. */
    private static State state(List<History> histories) {
        Map<Integer, State> byBranch = new HashMap<>();
        histories.forEach(history -> byBranch.put(history.place().branch(), history.state()));
        Map<State, Integer> counts = new EnumMap<>(State.class);
        byBranch.values().forEach(state -> counts.merge(state, 1, Integer::sum));
        return TimelineBuilder.worst(counts);
    }

    private static String more(List<History> histories) {
        if (histories.size() == 1) {
            History only = histories.get(0);
            return only.failures() > 0 && only.attempts() > 1
                    ? only.state().words() + ", " + Words.count(only.attempts(), "attempt", "attempts")
                    : "";
        }
        Map<State, Integer> counts = new EnumMap<>(State.class);
        histories.forEach(history -> counts.merge(history.state(), 1, Integer::sum));
        return TimelineBuilder.said(counts);
    }

    private static Map<String, Set<String>> next(Histories histories) {
        Map<Integer, List<History>> byBranch = new HashMap<>();
        histories.all().stream()
                .filter(history -> !history.undoing())
                .forEach(history -> byBranch.computeIfAbsent(history.place().branch(), branch -> new ArrayList<>())
                        .add(history));
        Map<String, Set<String>> next = new HashMap<>();
        byBranch.values().forEach(course -> {
            course.sort(Comparator.comparingInt(history -> history.place().seq()));
            for (int i = 1; i < course.size(); i++) {
                History one = course.get(i - 1);
                History other = course.get(i);
                if (other.place().seq() == one.place().seq() + 1) {
                    next.computeIfAbsent(one.step(), step -> new LinkedHashSet<>())
                            .add(other.step());
                }
            }
        });
        return next;
    }
}
