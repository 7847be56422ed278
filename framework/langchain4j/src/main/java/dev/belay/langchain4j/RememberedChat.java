package dev.belay.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import java.util.List;

/** A memory as the agent of a step knows it: what it was when the step first read it, and what the agent has made of it since. */
final class RememberedChat {
    private final ChatMemoryTables tables;
    private final String id;
    private final long version;
    private volatile List<ChatMessage> messages;
    private volatile boolean changed;

    private RememberedChat(ChatMemoryTables tables, String id, long version, List<ChatMessage> messages) {
        this.tables = tables;
        this.id = id;
        this.version = version;
        this.messages = messages;
    }

    /** Reads a memory as of the version that the step recorded on its first run, so that a replay asks the model the same. */
    static RememberedChat read(ChatMemoryTables tables, String id, Scope scope) {
        long version = scope.activity("recall", Long.class).run(() -> tables.version(id));
        return new RememberedChat(tables, id, version, tables.messages(id, version));
    }

    List<ChatMessage> messages() {
        return messages;
    }

    void become(List<ChatMessage> messages) {
        this.messages = List.copyOf(messages);
        this.changed = true;
    }

    /** Writes it when the agent's call is over; once, however often the step runs. */
    void keep(Scope scope) {
        if (changed) {
            var writing = scope.activity("remember", Long.class);
            String key = writing.idempotencyKey();
            writing.run(() -> tables.write(id, messages, key));
            changed = false;
        }
    }
}
