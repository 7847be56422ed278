package dev.belay.dashboard.internal.store;

import dev.belay.dashboard.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code dashboard_user}: who can sign in. */
public final class UserTable {
    private final Database database;

    /** The table there. */
    public UserTable(Database database) {
        this.database = database;
    }

    /**
     * Somebody who can sign in.
     *
     * @param password a hash, with what it was made with
     * @param oneTime whether they have to choose another password before anything else
     */
    public record Row(
            String name, String password, boolean oneTime, Role role, Instant createdAt, Optional<Instant> disabledAt) {
        /** Whether they may sign in. */
        public boolean enabled() {
            return disabledAt.isEmpty();
        }
    }

    /** A person of that name. */
    public Optional<Row> find(Handle handle, String name) {
        return handle.createQuery(database.sql("""
                        select name, password, one_time, role, created_at, disabled_at
                        from belay.dashboard_user
                        where name = :name"""))
                .bind("name", name)
                .map((rs, context) -> row(rs))
                .findOne();
    }

    /** Everybody, by name. */
    public List<Row> all(Handle handle) {
        return handle.createQuery(database.sql("""
                        select name, password, one_time, role, created_at, disabled_at
                        from belay.dashboard_user
                        order by name
                        limit 1000"""))
                .map((rs, context) -> row(rs))
                .list();
    }

    private static Row row(ResultSet rs) throws SQLException {
        return new Row(
                rs.getString("name"),
                rs.getString("password"),
                rs.getBoolean("one_time"),
                Role.valueOf(rs.getString("role").toUpperCase(Locale.ROOT)),
                rs.getObject("created_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(rs.getObject("disabled_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }

    /** Adds a person. Says whether it did: if not, there is one of that name. */
    public boolean add(Handle handle, String name, String password, boolean oneTime, Role role) {
        return handle.createUpdate(database.sql("""
                                insert into belay.dashboard_user (name, password, one_time, role, created_at)
                                values (:name, :password, :oneTime, :role, belay.now())
                                on conflict (name) do nothing"""))
                        .bind("name", name)
                        .bind("password", password)
                        .bind("oneTime", oneTime)
                        .bind("role", role.word())
                        .execute()
                == 1;
    }

    /** Gives a person another password. */
    public void setPassword(Handle handle, String name, String password, boolean oneTime) {
        handle.createUpdate(database.sql("""
                        update belay.dashboard_user
                        set password = :password, one_time = :oneTime
                        where name = :name"""))
                .bind("name", name)
                .bind("password", password)
                .bind("oneTime", oneTime)
                .execute();
    }

    /** Gives a person another role. */
    public void setRole(Handle handle, String name, Role role) {
        handle.createUpdate(database.sql("update belay.dashboard_user set role = :role where name = :name"))
                .bind("name", name)
                .bind("role", role.word())
                .execute();
    }

    /** Lets a person sign in, or no longer. */
    public void setEnabled(Handle handle, String name, boolean enabled) {
        handle.createUpdate(database.sql("""
                        update belay.dashboard_user
                        set disabled_at = case when :enabled then null else belay.now() end
                        where name = :name"""))
                .bind("name", name)
                .bind("enabled", enabled)
                .execute();
    }

    /** Keeps others from changing anybody until this transaction ends, so that two cannot each take away the other's last admin. */
    public void lock(Handle handle) {
        handle.execute(database.sql("lock table belay.dashboard_user in share row exclusive mode"));
    }

    /** How many admins but this one can sign in. */
    public long otherAdmins(Handle handle, String name) {
        return handle.createQuery(database.sql("""
                        select count(*)
                        from belay.dashboard_user
                        where role = 'admin' and disabled_at is null and name <> :name"""))
                .bind("name", name)
                .mapTo(Long.class)
                .one();
    }
}
