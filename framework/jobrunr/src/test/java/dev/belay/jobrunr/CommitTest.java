package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it counts the commits of the whole server")
class CommitTest {
    private static final int STEPS = 100;

    /**
     * Transactions of a stretch of the log that were committed and have written in the given tables or their indexes. What is
     * only read leaves no record of a commit.
     */
    private static final String COMMITS = """
            with records as materialized (
              select xid\\:\\:text as xid, resource_manager, record_type, coalesce(block_ref, '') as block_ref
                from pg_get_wal_records_info(cast(:from as pg_lsn), cast(:until as pg_lsn))
            ),
            committed as (
              select xid from records where resource_manager = 'Transaction' and record_type like 'COMMIT%'
            ),
            files as (
              select pg_relation_filenode(c.oid)\\:\\:text as file
                from pg_class c
                join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = :schema and c.relkind in ('r', 'i') and c.relname ~ :tables
            ),
            touched as (
              select distinct r.xid
                from records r
                cross join lateral regexp_matches(r.block_ref, 'rel \\d+/\\d+/(\\d+)', 'g') as rel
                join files on files.file = rel[1]
            )
            select count(distinct xid) from committed join touched using (xid)
            """;

    /** Where the course of a saga is written. The tables left out are those of workers, servers and counts, which are written by the clock. */
    private static final String COURSE = "^(saga|job|journal|branch|wait|lock|operation|outbox|jobrunr_jobs)";

    private static SagaDefinition<String, String> chain(String name) {
        Saga<String> saga = Saga.define(name, String.class);
        IntStream.range(1, STEPS)
                .forEach(i -> saga.step("step" + i, String.class, ctx -> "done").pure());
        return saga.returns(saga.step("last", String.class, ctx -> "done").pure());
    }

    @Test
    @DisplayName("a chain costs one durable commit a step, JobRunr's rows included")
    void oneCommitAStep() {
        SagaDefinition<String, String> chain = chain("hundred");
        try (Fixture fixture = new Fixture("durable");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            fixture.jdbi.useHandle(handle -> handle.execute("create extension if not exists pg_walinspect"));
            bridge.worker().start();
            belay.start(chain, "to warm up").await(Fixture.LONG);

            String from = position(fixture);
            SagaHandle<String> saga = belay.start(chain, "counted");
            saga.await(Fixture.LONG);
            String until = position(fixture);

            assertThat(Fixture.succeeded(saga)).hasSize(STEPS);
            assertThat(fixture.statesOf(saga.id())).hasSize(STEPS).containsOnly("SUCCEEDED");
            long commits = commits(fixture, from, until, COURSE);
            // One for the start, one for the first claim, and one a step. The rest is JobRunr's poll, which comes every
            // five
            // seconds and says of the step it meets that it is alive.
            assertThat(commits).isBetween((long) STEPS, STEPS + STEPS / 20L);
            assertThat(commits(fixture, from, until, "^jobrunr_jobs")).isBetween((long) STEPS, commits);
            assertThat(commits(fixture, from, until, "^journal")).isBetween((long) STEPS, commits);
        }
    }

    private static String position(Fixture fixture) {
        return fixture.jdbi.withHandle(handle -> {
            // A record of its own ends the stretch, so that it is whole.
            handle.execute("select pg_switch_wal()");
            return handle.createQuery("select pg_current_wal_flush_lsn()\\:\\:text")
                    .mapTo(String.class)
                    .one();
        });
    }

    private static long commits(Fixture fixture, String from, String until, String tables) {
        List<Long> counted = fixture.jdbi.withHandle(handle -> handle.createQuery(COMMITS)
                .bind("from", from)
                .bind("until", until)
                .bind("schema", fixture.schema)
                .bind("tables", tables)
                .mapTo(Long.class)
                .list());
        return counted.get(0);
    }
}
