package dev.belay.dashboard.internal.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What somebody may have meant by a word that is none of ours. */
final class Nearest {
    private static final int LONGEST = 30;

    /** What others call the same things. */
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("state", "status"),
            Map.entry("definition", "type"),
            Map.entry("workflow", "type"),
            Map.entry("name", "type"),
            Map.entry("message", "error"),
            Map.entry("exception", "error-type"),
            Map.entry("waiting", "awaits"),
            Map.entry("waits", "awaits"),
            Map.entry("duration", "took"),
            Map.entry("created", "started"),
            Map.entry("finished", "ended"),
            Map.entry("order", "sort"),
            Map.entry("attempts", "failures"),
            Map.entry("result", "output"),
            Map.entry("compensating", "undoing"),
            Map.entry("compensated", "undone"),
            Map.entry("resolved", "closed"),
            Map.entry("canceled", "cancelled"),
            Map.entry("timeout", "timed-out"));

    private Nearest() {}

    /** The word of {@code known} that is most like {@code written}; empty if none is much like it. */
    static Optional<String> to(String written, List<String> known) {
        String word = written.toLowerCase(Locale.ROOT).replace('_', '-');
        if (word.isEmpty() || word.length() > LONGEST) {
            return Optional.empty();
        }
        List<String> near = new ArrayList<>(known);
        String elsewhere = ELSEWHERE.get(word);
        if (elsewhere != null && known.contains(elsewhere)) {
            return Optional.of(elsewhere);
        }
        near.removeIf(candidate -> distance(word, candidate) > allowed(candidate));
        return near.stream().min((a, b) -> Integer.compare(distance(word, a), distance(word, b)));
    }

    private static int allowed(String word) {
        return word.length() < 3 ? 0 : word.length() < 6 ? 1 : 2;
    }

    /** How many letters must be put in, left out, changed or swapped with their neighbour. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int least = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
                least = Math.min(least, cost[i - 1][j - 1] + (same ? 0 : 1));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                cost[i][j] = swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
            }
        }
        return cost[a.length()][b.length()];
    }
}
