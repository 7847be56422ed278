package dev.belay.jobrunr;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.embedded.LocalPostgres;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** A schema with Belay's tables and JobRunr's, and a look at the rows in it. */
final class Fixture implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(60);

    final String schema;
    final HikariDataSource pool;
    final Jdbi jdbi;

    /** A row of JobRunr's. */
    record Row(UUID id, String state, String json) {}

    Fixture(String schema) {
        this(schema, true);
    }

    Fixture(String schema, boolean autoCommit) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        config.setMaximumPoolSize(12);
        config.setAutoCommit(autoCommit);
        this.schema = schema;
        this.pool = new HikariDataSource(config);
        this.jdbi = Jdbi.create(LocalPostgres.shared().dataSource());
    }

    String prefix() {
        return schema + ".";
    }

    Belay belay(SagaDefinition<?, ?>... definitions) {
        return Belay.on(pool).schema(schema).with(definitions).open();
    }

    JobRunrBridge.Builder bridge(Belay belay) {
        return JobRunrBridge.on(belay).tablePrefix(prefix()).workers(4);
    }

    /** The rows of a saga's steps, the oldest first. */
    List<Row> rowsOf(UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery("select id, state, jobasjson from " + schema
                        + ".jobrunr_jobs where jobasjson like '%' || :saga || '%' order by createdat, id")
                .bind("saga", saga.toString())
                .map((rs, ctx) -> new Row(UUID.fromString(rs.getString(1)), rs.getString(2), rs.getString(3)))
                .list());
    }

    List<String> statesOf(UUID saga) {
        return rowsOf(saga).stream().map(Row::state).toList();
    }

    String stateOf(UUID job) {
        return jdbi.withHandle(
                handle -> handle.createQuery("select state from " + schema + ".jobrunr_jobs where id = :id")
                        .bind("id", job.toString())
                        .mapTo(String.class)
                        .one());
    }

    long sagas() {
        return count("select count(*) from " + schema + ".saga");
    }

    long count(String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }

    /** Waits until JobRunr's server has said once more that it is alive, which it does at each poll. */
    void awaitPoll() {
        String query = "select coalesce(cast(extract(epoch from max(lastheartbeat)) * 1000000 as bigint), 0) from "
                + schema + ".jobrunr_backgroundjobservers";
        long before = count(query);
        await().atMost(LONG).until(() -> count(query) > before);
    }

    /** The steps that the journal says have succeeded, in their order, each as often as it says so. */
    static List<String> succeeded(SagaHandle<?> saga) {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT)
                .filter(entry -> entry.outcome() == JournalEntry.Result.SUCCEEDED)
                .map(JournalEntry::step)
                .toList();
    }

    @Override
    public void close() {
        pool.close();
    }
}
