package dev.belay.dashboard.internal.store;

/** Rows of the audit for what is done where no engine is opened. */
public final class AuditTable {
    private final Database database;

    /** The table there. */
    public AuditTable(Database database) {
        this.database = database;
    }

    /** Adds a row, like one that the dashboard itself writes. */
    public void add(String actor, String action, String words) {
        database.useTransaction(handle -> handle.createUpdate(database.sql("""
                                insert into belay.operation (control_kind, control_name, action, actor, reason, at, before, after)
                                values ('dashboard', :action, :action, :actor, :words, belay.now(), '', '')"""))
                .bind("actor", actor)
                .bind("action", action)
                .bind("words", words)
                .execute());
    }
}
