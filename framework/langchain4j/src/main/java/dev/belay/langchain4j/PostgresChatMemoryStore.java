package dev.belay.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * Chat memories in PostgreSQL. Thread-safe.
 *
 * <p>Inside {@link Durable#in} a memory takes part in the step: it is read once, as it was when the step first ran, so that a replay asks
 * the model what was asked before; and what the agent makes of it is written when the agent's call is over, exactly once. An agent that
 * fails leaves no trace in it. Other stores know nothing of replays: with them, the second attempt of a step would find the first one's
 * messages, and stop with a {@link dev.belay.ReplayMismatch}.
 *
 * <p>Each message is stored once; one that leaves the memory's window stays, for replays, until {@link #deleteMessages} is called outside
 * of a step. Two agents must not use a memory at a time: the later writer wins, as with LangChain4j's own stores. A semantic lock of the
 * saga keeps them apart.
 *
 * <p>Ids may be of any type and are known by their text.
 */
public final class PostgresChatMemoryStore implements ChatMemoryStore {
    private final ChatMemoryTables tables;

    private PostgresChatMemoryStore(ChatMemoryTables tables) {
        this.tables = tables;
    }

    /**
     * Opens the store and creates its two tables, {@code chat_memory} and {@code chat_message}, if they are missing.
     *
     * @param schema the schema they are in, which must exist; Belay's own will do
     */
    public static PostgresChatMemoryStore in(DataSource database, String schema) {
        return in(database, schema, json -> json);
    }

    /**
     * The same, which stores messages as {@code redaction} leaves them: hand it {@code belay.agents()::redacted}, so that what the engine
     * does not store is not stored here either.
     */
    public static PostgresChatMemoryStore in(DataSource database, String schema, UnaryOperator<String> redaction) {
        ChatMemoryTables tables = new ChatMemoryTables(database, schema, redaction);
        tables.create();
        return new PostgresChatMemoryStore(tables);
    }

    @Override
    public List<ChatMessage> getMessages(Object memoryId) {
        String id = memoryId.toString();
        return remembered(id).map(RememberedChat::messages).orElseGet(() -> tables.messages(id, tables.version(id)));
    }

    @Override
    public void updateMessages(Object memoryId, List<ChatMessage> messages) {
        String id = memoryId.toString();
        remembered(id).ifPresentOrElse(memory -> memory.become(messages), () -> tables.write(id, messages, ""));
    }

    /** Deletes the memory with all that was ever in it; inside a step it only becomes empty, since the step may be replayed. */
    @Override
    public void deleteMessages(Object memoryId) {
        String id = memoryId.toString();
        remembered(id).ifPresentOrElse(memory -> memory.become(List.of()), () -> tables.delete(id));
    }

    private Optional<RememberedChat> remembered(String id) {
        return Scope.current()
                .map(scope -> scope.memory(List.of(this, id), own -> RememberedChat.read(tables, id, own)));
    }
}
