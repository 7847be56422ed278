package dev.belay.dashboard.internal.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The table {@code dashboard_view}: lists that people have kept under a name. */
public final class ViewTable {
    private static final int MOST_SHARED = 500;

    private final Database database;

    /** The table in {@code database}. */
    public ViewTable(Database database) {
        this.database = database;
    }

    /** What became of the wish to keep one. */
    public enum Kept {
        /** It is kept. */
        YES,
        /** Its owner has one of that name. */
        NAME_IS_TAKEN,
        /** Its owner has as many as one may have. */
        TOO_MANY
    }

    /** Those of one page that {@code who} has: their own, and those shared with everybody, by name. */
    public List<SavedView> of(String page, String who) {
        return database.inTransaction(handle -> handle.createQuery(database.sql("""
                        select * from belay.dashboard_view v
                         where page = :page and (owner = :who or shared)
                         order by lower(name), id limit :most"""))
                .bind("page", page)
                .bind("who", who)
                .bind("most", MOST_SHARED)
                .map((rs, context) -> view(rs))
                .list());
    }

    /** One that {@code who} has. */
    public Optional<SavedView> find(UUID id, String who) {
        return database.inTransaction(handle -> handle.createQuery(
                        database.sql("select * from belay.dashboard_view where id = :id and (owner = :who or shared)"))
                .bind("id", id)
                .bind("who", who)
                .map((rs, context) -> view(rs))
                .findOne());
    }

    /** Keeps one, unless its owner has {@code most} already; one that is kept under this id stays as it is. */
    public Kept add(SavedView view, int most) {
        return database.inTransaction(handle -> {
            lock(handle, view.owner());
            if (exists(handle, view.id())) {
                return Kept.YES;
            }
            if (count(handle, view.owner()) >= most) {
                return Kept.TOO_MANY;
            }
            int added = handle.createUpdate(database.sql("""
                            insert into belay.dashboard_view (id, page, name, query, owner, shared)
                            values (:id, :page, :name, :query, :owner, :shared)
                            on conflict (owner, page, name) do nothing"""))
                    .bind("id", view.id())
                    .bind("page", view.page())
                    .bind("name", view.name())
                    .bind("query", view.query())
                    .bind("owner", view.owner())
                    .bind("shared", view.shared())
                    .execute();
            return added == 1 ? Kept.YES : Kept.NAME_IS_TAKEN;
        });
    }

    /** Gives one another name, and shares it or not. */
    public Kept change(SavedView view, String name, boolean shared) {
        return database.inTransaction(handle -> {
            lock(handle, view.owner());
            boolean taken = handle.createQuery(database.sql("""
                            select exists (select from belay.dashboard_view
                                            where owner = :owner and page = :page and name = :name and id <> :id)"""))
                    .bind("owner", view.owner())
                    .bind("page", view.page())
                    .bind("name", name)
                    .bind("id", view.id())
                    .mapTo(Boolean.class)
                    .one();
            if (taken) {
                return Kept.NAME_IS_TAKEN;
            }
            handle.createUpdate(database.sql(
                            "update belay.dashboard_view set name = :name, shared = :shared where id = :id"))
                    .bind("name", name)
                    .bind("shared", shared)
                    .bind("id", view.id())
                    .execute();
            return Kept.YES;
        });
    }

    /** Forgets one. */
    public void delete(UUID id) {
        database.useTransaction(
                handle -> handle.createUpdate(database.sql("delete from belay.dashboard_view where id = :id"))
                        .bind("id", id)
                        .execute());
    }

    /** One at a time for each owner, so that what is counted is still so when the row is added. */
    private void lock(Handle handle, String owner) {
        handle.createQuery("select pg_advisory_xact_lock(hashtextextended(:what, 0))::text")
                .bind("what", "belay.dashboard_view " + owner)
                .mapTo(String.class)
                .one();
    }

    private boolean exists(Handle handle, UUID id) {
        return handle.createQuery(database.sql("select exists (select from belay.dashboard_view where id = :id)"))
                .bind("id", id)
                .mapTo(Boolean.class)
                .one();
    }

    private long count(Handle handle, String owner) {
        return handle.createQuery(database.sql("select count(*) from belay.dashboard_view where owner = :owner"))
                .bind("owner", owner)
                .mapTo(Long.class)
                .one();
    }

    private static SavedView view(ResultSet rs) throws SQLException {
        return new SavedView(
                rs.getObject("id", UUID.class),
                rs.getString("page"),
                rs.getString("name"),
                rs.getString("query"),
                rs.getString("owner"),
                rs.getBoolean("shared"));
    }
}
