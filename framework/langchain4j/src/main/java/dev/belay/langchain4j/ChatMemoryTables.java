package dev.belay.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The tables of chat memories: each message once, with the versions of its memory that it belongs to. */
final class ChatMemoryTables {
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*");

    /** Two processes that create the tables at a time would fail each other. */
    private static final long CREATING = 0x62656c6179636d73L;

    private final Jdbi jdbi;
    private final UnaryOperator<String> redaction;
    private final String schema;

    ChatMemoryTables(DataSource database, String schema, UnaryOperator<String> redaction) {
        this.redaction = redaction;
        if (!NAME.matcher(schema).matches()) {
            throw new IllegalArgumentException(
                    "A schema's name is made of small letters, digits and '_', got \"" + schema + "\".");
        }
        this.jdbi = Jdbi.create(database);
        this.schema = schema;
    }

    void create() {
        jdbi.useTransaction(handle -> {
            handle.createQuery("select 1 from pg_advisory_xact_lock(:creating)")
                    .bind("creating", CREATING)
                    .mapTo(Integer.class)
                    .one();
            handle.execute(sql("""
                    create table if not exists %1$s.chat_memory (
                      id          text        not null primary key,
                      version     bigint      not null,
                      written_by  text        not null,
                      written_at  timestamptz not null default now()
                    )"""));
            handle.execute(sql("""
                    create table if not exists %1$s.chat_message (
                      memory_id    text   not null references %1$s.chat_memory on delete cascade,
                      position     bigint not null,
                      message      text   not null,
                      since        bigint not null,
                      until        bigint,
                      primary key (memory_id, position),
                      constraint messages_leave_after_they_came check (until > since)
                    )"""));
            handle.execute(sql("""
                    create index if not exists chat_message_in_memory
                        on %1$s.chat_message (memory_id, position) where until is null"""));
        });
    }

    private String sql(String statement) {
        return statement.formatted(schema);
    }

    /** How often the memory was written. */
    long version(String id) {
        return jdbi.withHandle(handle -> handle.createQuery(sql("select version from %1$s.chat_memory where id = :id"))
                .bind("id", id)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
    }

    /** What was in the memory when it had been written so often. */
    List<ChatMessage> messages(String id, long version) {
        return jdbi
                .withHandle(handle -> handle.createQuery(sql("""
                                select message from %1$s.chat_message
                                 where memory_id = :id and since <= :version and (until is null or until > :version)
                                 order by position"""))
                        .bind("id", id)
                        .bind("version", version)
                        .mapTo(String.class)
                        .list())
                .stream()
                .map(ChatMessageDeserializer::messageFromJson)
                .toList();
    }

    private record Kept(long position, String message) {}

    /**
     * Makes these the memory's messages: what stays is not touched, what is new is appended. Returns the memory's version.
     *
     * @param writer known by which a write is not made again; "" for none
     */
    long write(String id, List<ChatMessage> messages, String writer) {
        List<String> wanted = messages.stream()
                .map(ChatMessageSerializer::messageToJson)
                .map(redaction)
                .toList();
        return jdbi.inTransaction(handle -> {
            long before = lock(handle, id);
            if (wasWritten(handle, id, writer)) {
                return before;
            }
            long version = before + 1;
            List<Kept> live = live(handle, id);
            List<Long> leaving = new ArrayList<>();
            int from = 0;
            int staying = 0;
            while (staying < wanted.size()) {
                int found = find(live, from, wanted.get(staying));
                if (found < 0) {
                    break;
                }
                live.subList(from, found).forEach(gone -> leaving.add(gone.position()));
                from = found + 1;
                staying++;
            }
            live.subList(from, live.size()).forEach(gone -> leaving.add(gone.position()));
            leave(handle, id, leaving, version);
            append(handle, id, wanted.subList(staying, wanted.size()), version);
            handle.createUpdate(sql("""
                            update %1$s.chat_memory set version = :version, written_by = :writer, written_at = now()
                             where id = :id"""))
                    .bind("id", id)
                    .bind("version", version)
                    .bind("writer", writer)
                    .execute();
            return version;
        });
    }

    private static int find(List<Kept> live, int from, String message) {
        for (int i = from; i < live.size(); i++) {
            if (live.get(i).message().equals(message)) {
                return i;
            }
        }
        return -1;
    }

    private long lock(Handle handle, String id) {
        handle.createUpdate(sql("""
                        insert into %1$s.chat_memory (id, version, written_by) values (:id, 0, '')
                            on conflict (id) do nothing""")).bind("id", id).execute();
        return handle.createQuery(sql("select version from %1$s.chat_memory where id = :id for update"))
                .bind("id", id)
                .mapTo(Long.class)
                .one();
    }

    private boolean wasWritten(Handle handle, String id, String writer) {
        Optional<String> last = handle.createQuery(sql("select written_by from %1$s.chat_memory where id = :id"))
                .bind("id", id)
                .mapTo(String.class)
                .findOne();
        return !writer.isEmpty() && last.filter(writer::equals).isPresent();
    }

    private List<Kept> live(Handle handle, String id) {
        return handle.createQuery(sql("""
                        select position, message from %1$s.chat_message
                         where memory_id = :id and until is null order by position"""))
                .bind("id", id)
                .map((row, context) -> new Kept(row.getLong(1), row.getString(2)))
                .list();
    }

    private void leave(Handle handle, String id, List<Long> positions, long version) {
        handle.createUpdate(sql("""
                        update %1$s.chat_message set until = :version
                         where memory_id = :id and position = any(:positions)"""))
                .bind("id", id)
                .bind("version", version)
                .bindArray("positions", Long.class, positions)
                .execute();
    }

    private void append(Handle handle, String id, List<String> messages, long version) {
        handle.createUpdate(sql("""
                        insert into %1$s.chat_message (memory_id, position, message, since)
                        select :id, last.position + added.n, added.message, :version
                          from unnest(:messages) with ordinality as added(message, n),
                               (select coalesce(max(position), 0) as position
                                  from %1$s.chat_message where memory_id = :id) as last"""))
                .bind("id", id)
                .bind("version", version)
                .bindArray("messages", String.class, messages)
                .execute();
    }

    /** Its version goes on: a step that has read an earlier one must not take what comes after the deletion for that. */
    void delete(String id) {
        jdbi.useTransaction(handle -> {
            lock(handle, id);
            handle.createUpdate(sql("delete from %1$s.chat_message where memory_id = :id"))
                    .bind("id", id)
                    .execute();
            handle.createUpdate(
                            sql("update %1$s.chat_memory set version = version + 1, written_by = '' where id = :id"))
                    .bind("id", id)
                    .execute();
        });
    }
}
