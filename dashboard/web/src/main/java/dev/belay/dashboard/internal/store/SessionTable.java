package dev.belay.dashboard.internal.store;

import dev.belay.dashboard.Role;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The table {@code dashboard_session}: who is signed in. */
public final class SessionTable {
    private final Database database;
    private final Duration idle;
    private final Duration longest;

    /**
     * The table there.
     *
     * @param idle how long a session lasts that nobody uses
     * @param longest how long any lasts
     */
    public SessionTable(Database database, Duration idle, Duration longest) {
        this.database = database;
        this.idle = idle;
        this.longest = longest;
    }

    /**
     * A session that lasts.
     *
     * @param unseen whether it is a minute or longer ago that a use of it was noted
     */
    public record Row(String user, Role role, boolean oneTime, boolean unseen) {}

    /** Begins a session, and forgets those that are over. */
    public void add(Handle handle, byte[] hash, String user) {
        handle.createUpdate(database.sql("""
                        delete from belay.dashboard_session
                        where created_at <= belay.now() - make_interval(secs => :longest)
                           or seen_at <= belay.now() - make_interval(secs => :idle)"""))
                .bind("longest", seconds(longest))
                .bind("idle", seconds(idle))
                .execute();
        handle.createUpdate(database.sql("""
                        insert into belay.dashboard_session (token_hash, user_name, created_at, seen_at)
                        values (:hash, :user, belay.now(), belay.now())"""))
                .bind("hash", hash)
                .bind("user", user)
                .execute();
    }

    /** The session of that hash, unless it is over or its user may no longer sign in. */
    public Optional<Row> find(Handle handle, byte[] hash) {
        return handle.createQuery(database.sql("""
                        select u.name, u.role, u.one_time, s.seen_at <= belay.now() - interval '1 minute' as unseen
                        from belay.dashboard_session s
                        join belay.dashboard_user u on u.name = s.user_name
                        where s.token_hash = :hash
                          and u.disabled_at is null
                          and s.created_at > belay.now() - make_interval(secs => :longest)
                          and s.seen_at > belay.now() - make_interval(secs => :idle)"""))
                .bind("hash", hash)
                .bind("longest", seconds(longest))
                .bind("idle", seconds(idle))
                .map((rs, context) -> new Row(
                        rs.getString("name"),
                        Role.valueOf(rs.getString("role").toUpperCase(Locale.ROOT)),
                        rs.getBoolean("one_time"),
                        rs.getBoolean("unseen")))
                .findOne();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    /** Notes that it was used just now. */
    public void seen(Handle handle, byte[] hash) {
        handle.createUpdate(database.sql(
                        "update belay.dashboard_session set seen_at = belay.now() where token_hash = :hash"))
                .bind("hash", hash)
                .execute();
    }

    /** Ends a session. */
    public void end(Handle handle, byte[] hash) {
        handle.createUpdate(database.sql("delete from belay.dashboard_session where token_hash = :hash"))
                .bind("hash", hash)
                .execute();
    }

    /** Ends all sessions of a user, and says how many these were. */
    public int endAll(Handle handle, String user) {
        return handle.createUpdate(database.sql("delete from belay.dashboard_session where user_name = :user"))
                .bind("user", user)
                .execute();
    }

    /** How many sessions each user has. */
    public Map<String, Integer> counts(Handle handle) {
        return handle
                .createQuery(database.sql("""
                        select user_name, count(*) as sessions
                        from belay.dashboard_session
                        where created_at > belay.now() - make_interval(secs => :longest)
                          and seen_at > belay.now() - make_interval(secs => :idle)
                        group by user_name"""))
                .bind("longest", seconds(longest))
                .bind("idle", seconds(idle))
                .map((rs, context) -> Map.entry(rs.getString("user_name"), rs.getInt("sessions")))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
