package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code control}: which queues and definitions are paused, and how many jobs of a queue may be claimed at once. */
public final class ControlTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public ControlTable(Schema schema) {
        this.schema = schema;
    }

    /** What is controlled. */
    public enum Kind {
        /** All jobs of a queue. */
        QUEUE("queue"),
        /** All sagas of a definition, in all its versions. */
        DEFINITION("definition");

        private final String code;

        Kind(String code) {
            this.code = code;
        }

        /** The code in the database, which is also its word. */
        public String code() {
            return code;
        }
    }

    /**
     * How a queue or definition is set.
     *
     * @param atOnce how many jobs of the queue may be claimed at once; null for any number
     */
    public record Setting(
            Kind kind,
            String name,
            boolean paused,
            @Nullable Integer atOnce) {

        /** What applies where nothing is set. */
        public static Setting ordinary(Kind kind, String name) {
            return new Setting(kind, name, false, null);
        }

        /** The same, paused or not. */
        public Setting paused(boolean pause) {
            return new Setting(kind, name, pause, atOnce);
        }

        /** The same with another limit, or with none. */
        public Setting limit(@Nullable Integer most) {
            return new Setting(kind, name, paused, most);
        }
    }

    /** Reads a setting without locking it. */
    public Setting find(Handle handle, Kind kind, String name) {
        return handle.createQuery(schema.sql("select * from belay.control where kind = :kind and name = :name"))
                .bind("kind", kind.code())
                .bind("name", name)
                .map((rs, context) -> map(rs))
                .findOne()
                .orElse(Setting.ordinary(kind, name));
    }

    /** All settings that were ever made. */
    public List<Setting> all(Handle handle) {
        return handle.createQuery(schema.sql("select * from belay.control order by kind, name"))
                .map((rs, context) -> map(rs))
                .list();
    }

    /** Locks a setting until the transaction ends, making its row if there is none. */
    public Setting lock(Handle handle, Kind kind, String name) {
        handle.createUpdate(schema.sql(
                        "insert into belay.control (kind, name) values (:kind, :name) on conflict do nothing"))
                .bind("kind", kind.code())
                .bind("name", name)
                .execute();
        return lockIfSet(handle, kind, name).orElseThrow();
    }

    /** Locks a setting until the transaction ends, if there is one. */
    Optional<Setting> lockIfSet(Handle handle, Kind kind, String name) {
        return handle.createQuery(
                        schema.sql("select * from belay.control where kind = :kind and name = :name for update"))
                .bind("kind", kind.code())
                .bind("name", name)
                .map((rs, context) -> map(rs))
                .findOne();
    }

    /** Writes a locked setting. */
    public void write(Handle handle, Setting setting) {
        handle.createUpdate(schema.sql("""
                                update belay.control set paused = :paused, at_once = :atOnce
                                 where kind = :kind and name = :name"""))
                .bind("kind", setting.kind().code())
                .bind("name", setting.name())
                .bind("paused", setting.paused())
                .bind("atOnce", setting.atOnce())
                .execute();
    }

    static Setting map(ResultSet rs) throws SQLException {
        int atOnce = rs.getInt("at_once");
        Integer limit = rs.wasNull() ? null : atOnce;
        Kind kind = rs.getString("kind").equals(Kind.QUEUE.code()) ? Kind.QUEUE : Kind.DEFINITION;
        return new Setting(kind, rs.getString("name"), rs.getBoolean("paused"), limit);
    }
}
