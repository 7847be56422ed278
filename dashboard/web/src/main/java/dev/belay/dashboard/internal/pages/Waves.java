package dev.belay.dashboard.internal.pages;

import dev.belay.UndoForecast;
import dev.belay.UndoForecast.Planned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What would be undone, for reading: one line for each turn. */
public final class Waves {
    private static final int MOST_NAMES = 12;

    private Waves() {}

    /**
     * What may be undone at the same time.
     *
     * @param words what, those of the same name together
     * @param running whether it still runs, and is waited for
     * @param failed whether an undo of it has failed before
     */
    public record Wave(String words, boolean running, boolean failed) {}

    static List<Wave> of(UndoForecast forecast) {
        Map<Integer, List<Planned>> waves = new TreeMap<>();
        forecast.undone()
                .forEach(undo -> waves.computeIfAbsent(undo.wave(), wave -> new ArrayList<>())
                        .add(undo));
        return waves.entrySet().stream()
                .map(entry -> new Wave(
                        words(entry.getValue()),
                        entry.getKey() == 0,
                        entry.getValue().stream().anyMatch(Planned::failed)))
                .toList();
    }

    private static String words(List<Planned> undos) {
        Map<String, Integer> names = new LinkedHashMap<>();
        undos.forEach(undo -> names.merge(name(undo), 1, Integer::sum));
        List<String> words = names.entrySet().stream()
                .limit(MOST_NAMES)
                .map(entry -> entry.getKey() + (entry.getValue() == 1 ? "" : ", " + entry.getValue() + " times"))
                .toList();
        return String.join("; ", words) + (names.size() > MOST_NAMES ? "; and others" : "");
    }

    private static String name(Planned undo) {
        return switch (undo.what()) {
            case STEP -> undo.step();
            case ACTIVITY -> undo.activity().orElse(undo.step()) + " of " + undo.step();
            case CHILD -> "the saga that " + undo.step() + " started";
        };
    }
}
