package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** What an older version left in the database is understood by this one. */
class UpgradeTest {
    private static final String SCHEMA = "upgraded";

    @Test
    void plansAndEventsOfVersionOneAreTakenOver() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        var heard = new LinkedBlockingQueue<SagaEvent>();
        Saga<String> saga = Saga.define("old", String.class);
        saga.step("only", String.class, ctx -> "done");
        SagaDefinition<String, Void> definition = saga.onEnd(heard::put).returnsNothing();
        UUID old = UUID.randomUUID();
        try (HikariDataSource pool = new HikariDataSource(config)) {
            Flyway.configure()
                    .dataSource(pool)
                    .defaultSchema(SCHEMA)
                    .createSchemas(true)
                    .table("belay_migration")
                    .locations("classpath:dev/belay/sql")
                    .target("1")
                    .load()
                    .migrate();
            Jdbi.create(pool).useHandle(handle -> {
                handle.execute("""
                        insert into upgraded.plan (definition, version, fingerprint, steps) values ('old', 1, '', '{
                          "definition": "old", "version": 1, "queue": "default", "result": "void", "hooked": true,
                          "steps": [{"name": "only", "kind": "EFFECT", "routed": false, "transactional": false,
                                     "undo": false, "input": "string", "output": "string"}]}')""");
                handle.execute(
                        "insert into upgraded.outbox (saga_id, plan_id, event, recorded_at, due_at)"
                                + " values (?, 1, 'COMPENSATED', now(), now())",
                        old);
            });

            try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open()) {
                belay.worker().start();
                SagaEvent told = next(heard);
                UUID young = belay.start(definition, "in").id();

                assertThat(told.saga()).isEqualTo(old);
                assertThat(told.type()).isEqualTo(SagaEvent.Type.COMPENSATED);
                assertThat(next(heard).saga()).isEqualTo(young);
            }
            String hooked = Jdbi.create(pool)
                    .withHandle(handle -> handle.createQuery("select hooked::text from upgraded.plan")
                            .mapTo(String.class)
                            .one());
            assertThat(hooked).isEqualTo("{COMPENSATED,COMPLETED,RESOLVED}");
        }
    }

    private static SagaEvent next(BlockingQueue<SagaEvent> heard) throws InterruptedException {
        SagaEvent event = heard.poll(30, TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        return event;
    }
}
