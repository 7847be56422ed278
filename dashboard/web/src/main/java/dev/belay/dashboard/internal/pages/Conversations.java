package dev.belay.dashboard.internal.pages;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.agent.Message;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.inspect.JournalFilter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What a saga said to models and they to it, in its conversations, for somebody who may see payloads. */
public final class Conversations {
    private static final int MOST_ROWS = 5_000;

    private final Parts parts;

    /** Of the sagas of one dashboard. */
    public Conversations(Parts parts) {
        this.parts = parts;
    }

    /**
     * A conversation, and which stretch of it was asked for.
     *
     * @param names all conversations of the saga; those of a branch have its number behind an @
     * @param name the one that was asked for; empty text if there is none at all
     * @param messages all of it
     * @param from how many messages are before the stretch
     * @param to how many there are to its end
     */
    public record Stretch(List<String> names, String name, List<Message> messages, int from, int to) {
        /** Keeps its own lists. */
        public Stretch {
            names = List.copyOf(names);
            messages = List.copyOf(messages);
        }

        /** Where the messages after it begin. */
        public Optional<Integer> next() {
            return to < messages.size() ? Optional.of(to) : Optional.empty();
        }
    }

    /** The names of the conversations of a saga that the caller may see, the oldest first. */
    public List<String> names(Call call, UUID saga) {
        JournalFilter said = new JournalFilter(false, Set.of(Kind.SAID), Optional.empty(), false, false);
        return parts.inspector(call).journal(saga, said, Optional.empty(), MOST_ROWS).items().stream()
                .map(Conversations::name)
                .distinct()
                .toList();
    }

    private static String name(JournalEntry row) {
        return row.activity().orElse("main") + (row.branch() > 0 ? "@" + row.branch() : "");
    }

    /** Messages as they were recorded; the caller must be allowed to see payloads. The look is recorded. */
    public Stretch read(Call call, UUID saga, int size) {
        List<String> names = names(call, saga);
        Optional<String> asked = call.text("name");
        if (names.isEmpty()) {
            return new Stretch(names, "", List.of(), 0, 0);
        }
        String name = asked.orElse(names.get(0));
        if (!names.contains(name)) {
            throw Refused.notFound("This saga has no conversation \"" + Words.cut(name, 60) + "\".");
        }
        parts.looks().record(call, saga, "its conversation " + name);
        List<Message> all = parts.belay().agents().conversation(saga, name);
        int from = Math.min(call.number("after", 0, 0, Integer.MAX_VALUE), all.size());
        int to = Math.min(from + size, all.size());
        return new Stretch(names, name, all, from, to);
    }
}
