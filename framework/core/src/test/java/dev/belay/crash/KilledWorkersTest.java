package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.crash.CrashSagas.Order;
import dev.belay.crash.CrashSagas.Sum;
import dev.belay.crash.Ledger.Event;
import dev.belay.crash.Ledger.Line;
import dev.belay.embedded.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledWorkersTest {
    private static final int KILLS = 20;
    private static final int SAGAS_A_KILL = 55;
    private static final Duration LONG = Duration.ofSeconds(90);

    private final List<WorkerProcess> all = new ArrayList<>();
    private final List<WorkerProcess> alive = new ArrayList<>();
    private final List<SagaHandle<Sum>> sagas = new ArrayList<>();

    /** An attempt that a process began, or that the journal knows. */
    private record Execution(long pid, String work) {}

    @Test
    @DisplayName("twenty workers killed at random lose no saga, repeat no recorded step and park none")
    void killedWorkersLoseAndRepeatNothing(@TempDir Path folder) throws Exception {
        long seed = System.nanoTime();
        System.out.println("KilledWorkersTest: seed " + seed);
        Random random = new Random(seed);
        SagaDefinition<Order, Sum> chain = CrashSagas.chain(Ledger.ofThisProcess(folder));
        try (LocalPostgres postgres =
                        LocalPostgres.in(folder.resolve("data")).durable(true).start();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 4);
                Belay belay = Belay.on(pool).with(chain).open()) {
            try {
                for (int i = 0; i < 3; i++) {
                    startWorker(postgres, folder);
                }

                for (int kill = 0; kill < KILLS; kill++) {
                    await().atMost(LONG).until(() -> working().size() >= 2);
                    startSagas(belay, chain);
                    Thread.sleep(random.nextInt(250));
                    List<WorkerProcess> candidates = working();
                    WorkerProcess victim = candidates.get(random.nextInt(candidates.size()));
                    victim.kill();
                    alive.remove(victim);
                    startWorker(postgres, folder);
                }

                assertEverySagaReturnsWhatItShould();
                Jdbi jdbi = Jdbi.create(postgres.dataSource());
                assertJournalIsWhole(jdbi);
                assertOnlyLostWorkIsRepeated(jdbi);
            } finally {
                all.forEach(WorkerProcess::close);
            }
            assertNoDeadlock(postgres);
        }
    }

    static void assertNoDeadlock(LocalPostgres postgres) throws IOException {
        assertThat(Files.readString(postgres.log())).doesNotContain("deadlock detected");
    }

    private void startWorker(LocalPostgres postgres, Path folder) {
        WorkerProcess worker = WorkerProcess.start(postgres.url(), folder, "chain");
        all.add(worker);
        alive.add(worker);
    }

    private List<WorkerProcess> working() {
        assertThat(alive).allMatch(WorkerProcess::isAlive);
        return alive.stream().filter(worker -> !worker.incarnations().isEmpty()).toList();
    }

    private void startSagas(Belay belay, SagaDefinition<Order, Sum> chain) {
        long first = sagas.size();
        List<Order> orders = IntStream.range(0, SAGAS_A_KILL)
                .mapToObj(i -> new Order(first + i))
                .toList();
        sagas.addAll(belay.startAll(chain, orders));
    }

    private void assertEverySagaReturnsWhatItShould() {
        assertThat(sagas).hasSizeGreaterThan(1_000);
        for (int number = 0; number < sagas.size(); number++) {
            assertThat(sagas.get(number).await(LONG)).isEqualTo(CrashSagas.undisturbed(number));
        }
    }

    private void assertJournalIsWhole(Jdbi jdbi) {
        assertThat(count(jdbi, "select count(*) from belay.saga where state <> 'COMPLETED'"))
                .isZero();
        assertThat(count(jdbi, "select count(*) from belay.job")).isZero();
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome = 'S'"))
                .isEqualTo((long) sagas.size() * CrashSagas.STEPS);
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'E'"))
                .isEqualTo(sagas.size());
        assertThat(count(jdbi, """
                        select count(*) from (
                          select from belay.journal where kind = 'A' and outcome = 'S'
                          group by saga_id, branch, seq, run, direction having count(*) > 1) doubled""")).isZero();
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome not in ('S', 'L')"))
                .isZero();
        List<Long> lateWriters = jdbi.withHandle(
                handle -> handle.createQuery("select distinct worker from belay.journal where kind = 'Z'")
                        .mapTo(Long.class)
                        .list());
        assertThat(lateWriters).isSubsetOf(outlived());
    }

    /** Incarnations whose process lived on: on a machine too busy for its heartbeats, a worker may lose its lease alive. */
    private Set<Long> outlived() {
        Set<Long> outlived = new HashSet<>();
        for (WorkerProcess worker : all) {
            List<Long> incarnations = worker.incarnations();
            outlived.addAll(incarnations.subList(0, Math.max(0, incarnations.size() - 1)));
        }
        return outlived;
    }

    /**
     * A step runs again only if its result was not recorded, and a result is missing only where a claim was lost with its worker.
     * So each execution is either the one recorded, or stands beside a lost claim of the very worker that began it.
     */
    private void assertOnlyLostWorkIsRepeated(Jdbi jdbi) {
        List<Line> begun = lines(Event.BEGIN);
        Map<Execution, Integer> recorded = executions(jdbi, "S");
        Map<Execution, Integer> lost = executions(jdbi, "L");
        Map<Execution, Integer> unrecorded = new HashMap<>();
        begun.forEach(line -> unrecorded.merge(new Execution(line.pid(), line.work()), 1, Integer::sum));
        recorded.forEach((execution, times) -> unrecorded.merge(execution, -times, Integer::sum));
        unrecorded.values().removeIf(times -> times == 0);

        Set<String> works = new HashSet<>();
        begun.forEach(line -> works.add(line.work()));
        assertThat(works).hasSize(sagas.size() * CrashSagas.STEPS);
        assertThat(unrecorded)
                .allSatisfy((execution, times) -> assertThat(times)
                        .as("executions of %s that left no record", execution)
                        .isBetween(1, lost.getOrDefault(execution, 0)));
        int wasted = unrecorded.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(begun).hasSize(sagas.size() * CrashSagas.STEPS + wasted);
        int unfinished = begun.size() - lines(Event.END).size();
        System.out.printf(
                "KilledWorkersTest: %d sagas, %d executions of %d steps; the kills broke off %d, and %d had ended unrecorded%n",
                sagas.size(), begun.size(), sagas.size() * CrashSagas.STEPS, unfinished, wasted - unfinished);
        assertThat(unfinished)
                .as("steps that a kill broke off, or else nothing was tested")
                .isPositive();
    }

    private List<Line> lines(Event event) {
        return all.stream().flatMap(worker -> worker.ledger(event).stream()).toList();
    }

    private Map<Execution, Integer> executions(Jdbi jdbi, String outcome) {
        Map<Long, Long> processes = new HashMap<>();
        all.forEach(worker -> worker.incarnations().forEach(incarnation -> processes.put(incarnation, worker.pid())));
        Map<Execution, Integer> executions = new HashMap<>();
        jdbi.useHandle(handle -> handle.createQuery("""
                                select j.worker, (s.input ->> 'number')::bigint as number, j.step
                                from belay.journal j join belay.saga s on s.id = j.saga_id
                                where j.kind = 'A' and j.outcome = :outcome::"char\"""")
                .bind("outcome", outcome)
                .map((rs, context) -> new Execution(
                        processes.getOrDefault(rs.getLong("worker"), 0L),
                        rs.getLong("number") + "/" + rs.getString("step")))
                .forEach(execution -> executions.merge(execution, 1, Integer::sum)));
        return executions;
    }

    private static long count(Jdbi jdbi, String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }
}
