package dev.belay.dashboard.internal.store;

import java.security.SecureRandom;

/** The table {@code dashboard_secret}: one row, which whoever comes first makes. */
public final class SecretTable {
    private static final int BYTES = 32;

    private final Database database;

    /** The table there. */
    public SecretTable(Database database) {
        this.database = database;
    }

    /** The secret: the same in all processes, from the first call on. */
    public byte[] secret() {
        byte[] made = new byte[BYTES];
        new SecureRandom().nextBytes(made);
        database.useTransaction(handle -> handle.createUpdate(database.sql(
                        "insert into belay.dashboard_secret (secret) values (:made) on conflict do nothing"))
                .bind("made", made)
                .execute());
        // A transaction of its own sees the row of whoever was quicker.
        return database.inTransaction(
                handle -> handle.createQuery(database.sql("select secret from belay.dashboard_secret"))
                        .mapTo(byte[].class)
                        .one());
    }
}
