package dev.belay.internal.worker;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.agent.Message;
import dev.belay.internal.journal.Called;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a model as the journal of a branch has it: each message once, numbered in the order in which it was first sent or
 * received. What a call sends is told by ranges of these numbers. Thread-safe.
 */
final class ConversationLog {
    /** The role under which the parameters of requests are kept. */
    static final String PARAMETERS = "parameters";

    private final String name;
    private final List<@Nullable Entry> entries = new ArrayList<>();
    private final Map<String, NavigableSet<Integer>> byHash = new HashMap<>();
    private final Map<String, JournalRow> toolResults = new HashMap<>();
    private final Map<Message, String> hashes = new HashMap<>();

    /** A message in its place. */
    record Entry(
            String role,
            String hash,
            @Nullable Payload content,
            @Nullable String answers) {}

    private ConversationLog(String name) {
        this.name = name;
    }

    static ConversationLog of(String name, List<JournalRow> history) {
        ConversationLog log = new ConversationLog(name);
        history.stream()
                .filter(row -> row.called() != null)
                .sorted(Comparator.comparingInt((JournalRow row) -> row.place().seq())
                        .thenComparingInt(row -> row.place().run())
                        .thenComparingInt(JournalRow::n))
                .forEach(log::take);
        return log;
    }

    String name() {
        return name;
    }

    /** Takes a row in that is recorded, if it belongs here. */
    synchronized void take(JournalRow row) {
        if (row.kind() == Kind.SAID && name.equals(row.name())) {
            String role = Called.Said.of(String.valueOf(row.called())).role();
            put(
                    Integer.parseInt(String.valueOf(row.key())),
                    new Entry(role, String.valueOf(row.requestHash()), row.output(), row.target()));
        } else if (row.kind() == Kind.ACTIVITY && row.outcome() == Result.SUCCEEDED) {
            Called called = Called.of(String.valueOf(row.called()));
            Integer place = called.at();
            Payload answer = row.output();
            if (called.callsModel() && name.equals(called.conversation()) && place != null && answer != null) {
                put(
                        place,
                        new Entry(
                                called.answerer(), Canonical.hash(called.answerer(), answer.json(), ""), answer, null));
            } else if (!called.callsModel()) {
                String key = String.valueOf(row.key());
                toolResults.put(key.substring(key.indexOf(':') + 1), row);
            }
        }
    }

    private void put(int index, Entry entry) {
        while (entries.size() <= index) {
            entries.add(null);
        }
        entries.set(index, entry);
        byHash.computeIfAbsent(entry.hash(), none -> new TreeSet<>()).add(index);
    }

    /** Where the next message goes. */
    synchronized int next() {
        return entries.size();
    }

    /** Reserves the next place. */
    synchronized int reserve() {
        entries.add(null);
        return entries.size() - 1;
    }

    /** Whether the recorded result of a tool call is what {@code message} says. */
    synchronized boolean isRecordedResult(Message message) {
        return message.answers()
                .map(toolResults::get)
                .map(JournalRow::output)
                .filter(output -> Canonical.same(output.json(), message.json()))
                .isPresent();
    }

    synchronized String hash(Message message) {
        return hashes.computeIfAbsent(
                message,
                told -> Canonical.hash(told.role(), told.json(), told.answers().orElse("")));
    }

    /**
     * The place of a message that was said before.
     *
     * @param after the place of the message before it in the request: what stands next to it is preferred
     */
    synchronized Optional<Integer> find(String hash, int after) {
        NavigableSet<Integer> places = byHash.get(hash);
        if (places == null) {
            return Optional.empty();
        }
        Integer next = places.higher(after);
        return Optional.of(next != null ? next : places.first());
    }

    /** The message in a place, as text for people. */
    synchronized Optional<Message> message(int index) {
        Entry entry = index < entries.size() ? entries.get(index) : null;
        if (entry == null) {
            return Optional.empty();
        }
        Payload content = entry.content();
        String answers = entry.answers();
        if (content == null && answers != null && toolResults.containsKey(answers)) {
            content = toolResults.get(answers).output();
        }
        return Optional.of(
                new Message(entry.role(), content == null ? "null" : content.json(), Optional.ofNullable(answers)));
    }

    synchronized String hashAt(int index) {
        return Objects.requireNonNull(entries.get(index)).hash();
    }
}
