package dev.belay.internal.worker;

import dev.belay.agent.Message;
import dev.belay.agent.ModelRequest;
import dev.belay.internal.journal.Called;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Says in words what differs between a recorded request to a model and what the code asks now. */
final class RequestDiff {
    private static final int SHOWN = 160;
    private static final int BEFORE = 40;

    private final ConversationLog log;
    private final Called recorded;

    RequestDiff(ConversationLog log, Called recorded) {
        this.log = log;
        this.recorded = recorded;
    }

    String to(ModelRequest now, List<String> hashes) {
        StringBuilder told = new StringBuilder("What differs:\n");
        String before = recorded.provider() + "/" + recorded.model();
        String after = now.provider() + "/" + now.model();
        if (!before.equals(after)) {
            lines(told, "the model", before, after);
        }
        Integer params = recorded.params();
        String oldParameters =
                params == null ? "{}" : log.message(params).map(Message::json).orElse("{}");
        if (!Canonical.same(oldParameters, now.parameters())) {
            lines(told, "the parameters", Canonical.json(oldParameters), Canonical.json(now.parameters()));
        }
        List<Integer> places = places();
        int common = Math.min(places.size(), hashes.size());
        int first = 0;
        while (first < common && log.hashAt(places.get(first)).equals(hashes.get(first))) {
            first++;
        }
        if (first < places.size() || first < hashes.size()) {
            String was =
                    first < places.size() ? text(log.message(places.get(first)).orElse(null)) : "(no more messages)";
            String is = first < hashes.size() ? text(now.messages().get(first)) : "(no more messages)";
            lines(
                    told,
                    "message " + (first + 1) + " (recorded " + places.size() + ", now " + hashes.size() + ")",
                    was,
                    is);
        }
        return told.toString();
    }

    private List<Integer> places() {
        List<Integer> places = new ArrayList<>();
        for (int[] range : Objects.requireNonNullElse(recorded.ask(), List.<int[]>of())) {
            for (int place = range[0]; place <= range[1]; place++) {
                places.add(place);
            }
        }
        return places;
    }

    private static String text(@org.jspecify.annotations.Nullable Message message) {
        return message == null ? "(not kept)" : message.role() + ": " + message.text();
    }

    /** Around the first character that differs. */
    private static void lines(StringBuilder told, String what, String before, String after) {
        int same = 0;
        while (same < before.length() && same < after.length() && before.charAt(same) == after.charAt(same)) {
            same++;
        }
        int from = Math.max(0, same - BEFORE);
        told.append("  ").append(what).append('\n');
        told.append("  - recorded: ").append(shown(before, from)).append('\n');
        told.append("  + now:      ").append(shown(after, from)).append('\n');
    }

    private static String shown(String text, int from) {
        int begin = Math.min(from, text.length());
        int end = Math.min(text.length(), begin + SHOWN);
        return (begin > 0 ? "…" : "") + text.substring(begin, end) + (end < text.length() ? "…" : "");
    }
}
