package dev.belay.benchmark.studies;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Weights added up by name. */
final class Tally {
    record Entry(String name, double weight, long times) {}

    private final Map<String, Entry> entries = new HashMap<>();

    void add(String name, double weight) {
        entries.merge(
                name,
                new Entry(name, weight, 1),
                (one, more) -> new Entry(name, one.weight + more.weight, one.times + more.times));
    }

    double total() {
        return entries.values().stream().mapToDouble(Entry::weight).sum();
    }

    /** The heaviest, heaviest first. */
    List<Entry> top(int count) {
        return entries.values().stream()
                .sorted(Comparator.comparingDouble(Entry::weight).reversed())
                .limit(count)
                .toList();
    }
}
