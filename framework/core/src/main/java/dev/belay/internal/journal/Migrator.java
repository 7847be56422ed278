package dev.belay.internal.journal;

import dev.belay.DatabaseUnusable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Objects;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

/** Brings the schema to what this library needs, or says why it cannot. */
public final class Migrator {
    private static final int OLDEST_SERVER = 14;

    private final DataSource dataSource;
    private final Flyway flyway;
    private final Schema schema;

    /** A migrator of {@code schema}. */
    public Migrator(DataSource dataSource, Schema schema) {
        this.dataSource = dataSource;
        this.schema = schema;
        this.flyway = Flyway.configure(Migrator.class.getClassLoader())
                .dataSource(dataSource)
                .defaultSchema(schema.name())
                .createSchemas(true)
                .table("belay_migration")
                .locations("classpath:dev/belay/sql")
                .ignoreMigrationPatterns("*:future")
                .communityDBSupportEnabled(false)
                .load();
    }

    /** Applies what is missing, under a lock, so that many processes may start at once. */
    public void migrate() {
        checkServer();
        try {
            refuseNewerSchema();
            flyway.migrate();
        } catch (FlywayException e) {
            throw new DatabaseUnusable(
                    "The schema \"" + schema.name() + "\" could not be migrated: " + e.getMessage(), e);
        }
    }

    /** Fails unless everything is applied already. */
    public void check() {
        checkServer();
        try {
            refuseNewerSchema();
            MigrationInfo[] pending = flyway.info().pending();
            if (pending.length > 0) {
                throw new DatabaseUnusable("The schema \"" + schema.name() + "\" lacks "
                        + Arrays.stream(pending).map(MigrationInfo::getScript).toList()
                        + ". Apply them with Flyway from sql/, or open Belay without withoutMigrating().");
            }
        } catch (FlywayException e) {
            throw new DatabaseUnusable(
                    "The schema \"" + schema.name() + "\" could not be checked: " + e.getMessage(), e);
        }
    }

    private void refuseNewerSchema() {
        MigrationVersion newest = Arrays.stream(flyway.info().all())
                .filter(info -> info.getState().isResolved())
                .map(MigrationInfo::getVersion)
                .filter(Objects::nonNull)
                .max(MigrationVersion::compareTo)
                .orElse(MigrationVersion.EMPTY);
        Arrays.stream(flyway.info().applied())
                .filter(info -> info.getState().isApplied() && !info.getState().isResolved())
                .map(MigrationInfo::getVersion)
                .filter(Objects::nonNull)
                .max(MigrationVersion::compareTo)
                .ifPresent(version -> {
                    throw new DatabaseUnusable("The schema \"" + schema.name() + "\" was migrated to version " + version
                            + " by a newer Belay, which this one does not know"
                            + (newest == MigrationVersion.EMPTY ? "" : " (it knows " + newest + ")")
                            + ". Use that version of the library, or another schema.");
                });
    }

    private void checkServer() {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("select current_setting('server_version_num')::int")) {
            if (!rs.next() || rs.getInt(1) < OLDEST_SERVER * 10_000) {
                throw new DatabaseUnusable("The database is PostgreSQL "
                        + connection.getMetaData().getDatabaseProductVersion() + ", but Belay needs " + OLDEST_SERVER
                        + " or newer. Upgrade the server.");
            }
        } catch (SQLException e) {
            throw new DatabaseUnusable(
                    "The database cannot be reached: " + e.getMessage()
                            + ". Check that PostgreSQL runs and that the data source's address and login are right.",
                    e);
        }
    }
}
