package dev.belay.jobrunr.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.embedded.LocalPostgres;
import dev.belay.jobrunr.JobRunrBridge;
import dev.belay.jobrunr.crash.CrashSagas.Order;
import dev.belay.jobrunr.crash.CrashSagas.Sum;
import dev.belay.jobrunr.crash.Ledger.Event;
import dev.belay.jobrunr.crash.Ledger.Line;
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
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledServersTest {
    private static final int KILLS = 20;
    private static final int SAGAS_A_KILL = 25;
    /** Of those, how many are still on their way when the kill comes. */
    private static final int HELD_A_KILL = 2;

    private static final Duration LONG = Duration.ofSeconds(120);

    private final List<ServerProcess> all = new ArrayList<>();
    private final List<ServerProcess> alive = new ArrayList<>();
    private final List<ServerProcess> killed = new ArrayList<>();
    private final List<Order> orders = new ArrayList<>();
    private final List<SagaHandle<Sum>> sagas = new ArrayList<>();

    /** An attempt that a process began, or that the journal knows. */
    private record Execution(long pid, String work) {}

    @Test
    @DisplayName("twenty JobRunr servers killed at random lose no saga of five hundred, and none is recorded twice")
    void killedServersLoseAndRepeatNothing(@TempDir Path folder) throws Exception {
        long seed = System.nanoTime();
        System.out.println("KilledServersTest: seed " + seed);
        Random random = new Random(seed);
        SagaDefinition<Order, Sum> chain = CrashSagas.chain(Ledger.ofThisProcess(folder), folder);
        try (LocalPostgres postgres =
                        LocalPostgres.in(folder.resolve("data")).durable(true).start();
                HikariDataSource pool = CrashServer.pool(postgres.url(), 4);
                Belay belay = Belay.on(pool).with(chain).open();
                JobRunrBridge bridge = JobRunrBridge.on(belay).open()) {
            assertThat(bridge.server().isRunning()).isFalse();
            Jdbi jdbi = Jdbi.create(postgres.dataSource());
            try {
                // Two work, and the one that takes the place of the next to be killed is on its way.
                for (int i = 0; i < 3; i++) {
                    startServer(postgres, folder);
                }

                for (int kill = 1; kill <= KILLS; kill++) {
                    await().atMost(LONG).until(() -> working().size() >= 2);
                    startSagas(belay, chain, kill);
                    Thread.sleep(random.nextInt(250));
                    assertThat(count(jdbi, "select count(*) from belay.saga where state = 'RUNNING'"))
                            .isGreaterThanOrEqualTo(HELD_A_KILL);
                    List<ServerProcess> candidates = working();
                    ServerProcess victim = candidates.get(random.nextInt(candidates.size()));
                    victim.kill();
                    alive.remove(victim);
                    killed.add(victim);
                    Files.createFile(CrashSagas.killed(folder, kill));
                    if (kill < KILLS) {
                        startServer(postgres, folder);
                    }
                }

                assertEverySagaEndsAsItShould();
                assertJournalIsWhole(jdbi);
                assertOnlyLostWorkIsRepeated(jdbi);
                assertNoRowIsLeft(jdbi);
            } finally {
                all.forEach(ServerProcess::close);
            }
            assertThat(Files.readString(postgres.log())).doesNotContain("deadlock detected");
        }
    }

    private void startServer(LocalPostgres postgres, Path folder) {
        ServerProcess server = ServerProcess.start(postgres.url(), folder);
        all.add(server);
        alive.add(server);
    }

    private List<ServerProcess> working() {
        assertThat(alive).allMatch(ServerProcess::isAlive);
        return alive.stream().filter(server -> !server.incarnations().isEmpty()).toList();
    }

    private void startSagas(Belay belay, SagaDefinition<Order, Sum> chain, int kill) {
        List<Order> more = new ArrayList<>();
        for (int i = 0; i < SAGAS_A_KILL; i++) {
            more.add(new Order(orders.size() + i, i < HELD_A_KILL ? kill : 0));
        }
        orders.addAll(more);
        sagas.addAll(belay.startAll(chain, more));
    }

    private void assertEverySagaEndsAsItShould() {
        assertThat(sagas).hasSize(500);
        for (int i = 0; i < sagas.size(); i++) {
            Order order = orders.get(i);
            assertThat(sagas.get(i).awaitSettled(LONG))
                    .as("%s", order)
                    .isEqualTo(order.fails() ? SagaState.COMPENSATED : SagaState.COMPLETED);
            if (!order.fails()) {
                assertThat(sagas.get(i).result()).isEqualTo(CrashSagas.undisturbed(order.number()));
            }
        }
    }

    private long failing() {
        return orders.stream().filter(Order::fails).count();
    }

    /** What was done and undone, and by that recorded as succeeded: a saga that is undone also undoes the step that gave up. */
    private long successes() {
        long done = CrashSagas.FAILING - 1;
        return (orders.size() - failing()) * CrashSagas.STEPS + failing() * (done + CrashSagas.FAILING);
    }

    private void assertJournalIsWhole(Jdbi jdbi) {
        assertThat(count(jdbi, "select count(*) from belay.job")).isZero();
        assertThat(count(jdbi, """
                        select count(*) from (
                          select from belay.journal where kind = 'A' and outcome = 'S'
                          group by saga_id, branch, seq, run, direction having count(*) > 1) doubled""")).isZero();
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome = 'S'"))
                .isEqualTo(successes());
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome = 'G'"))
                .isEqualTo(failing());
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome = 'F'"))
                .isEqualTo(failing());
        assertThat(count(
                        jdbi,
                        "select count(*) from belay.journal where kind = 'A' and outcome not in ('S', 'F', 'G', 'L')"))
                .isZero();
        assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'E'"))
                .isEqualTo(sagas.size());
        List<Long> lateWriters = jdbi.withHandle(
                handle -> handle.createQuery("select distinct worker from belay.journal where kind = 'Z'")
                        .mapTo(Long.class)
                        .list());
        assertThat(lateWriters).isSubsetOf(outlived());
    }

    /** Incarnations whose process lived on: on a machine too busy for its heartbeats, a worker may lose its lease alive. */
    private Set<Long> outlived() {
        Set<Long> outlived = new HashSet<>();
        for (ServerProcess server : all) {
            List<Line> incarnations = server.incarnations();
            incarnations.stream()
                    .limit(Math.max(0, incarnations.size() - 1))
                    .forEach(line -> outlived.add(line.saga()));
        }
        return outlived;
    }

    /**
     * A step runs again only if its result was not recorded, and a result is missing only where a claim was lost with its worker.
     * So each execution is either one recorded, or stands beside a lost claim of the very worker that began it; and however often it
     * ran, it went by one key.
     */
    private void assertOnlyLostWorkIsRepeated(Jdbi jdbi) {
        List<Line> begun = lines(Event.BEGIN);
        Map<Execution, Integer> recorded = executions(jdbi, "S", "F", "G");
        Map<Execution, Integer> lost = executions(jdbi, "L");
        Map<Execution, Integer> unrecorded = new HashMap<>();
        begun.forEach(line -> unrecorded.merge(new Execution(line.pid(), line.work()), 1, Integer::sum));
        recorded.forEach((execution, times) -> unrecorded.merge(execution, -times, Integer::sum));
        unrecorded.values().removeIf(times -> times == 0);
        Map<String, Set<String>> keys = begun.stream()
                .collect(Collectors.groupingBy(Line::work, Collectors.mapping(Line::key, Collectors.toSet())));

        assertThat(keys.values()).allSatisfy(ofOneWork -> assertThat(ofOneWork).hasSize(1));
        assertThat(begun.stream().map(Line::key).distinct()).hasSameSizeAs(keys.keySet());
        assertThat(keys).hasSize((int) (successes() + failing()));
        assertThat(unrecorded)
                .allSatisfy((execution, times) -> assertThat(times)
                        .as("executions of %s that left no record", execution)
                        .isBetween(1, lost.getOrDefault(execution, 0)));
        int wasted = unrecorded.values().stream().mapToInt(Integer::intValue).sum();
        System.out.printf(
                "KilledServersTest: %d sagas, %d executions of %d steps and undos; %d of them were lost with their servers%n",
                sagas.size(), begun.size(), keys.size(), wasted);
        assertThat(wasted)
                .as("steps that a kill broke off, or else nothing was tested")
                .isPositive();
    }

    /**
     * No row says that a step waits or runs which is over. Those of the killed end when their steps are claimed again; what is left is found
     * orphaned by JobRunr's master, after four of its polls.
     */
    private void assertNoRowIsLeft(Jdbi jdbi) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(rows(jdbi, "state not in ('SUCCEEDED', 'DELETED', 'FAILED')"))
                        .isZero());
        long succeeded = rows(jdbi, "state = 'SUCCEEDED'");
        long orphaned = rows(jdbi, "jobAsJson like '%Orphaned job%'");
        long gaveUp = rows(jdbi, "jobAsJson like '%StepFailed%'");
        System.out.printf(
                "KilledServersTest: of JobRunr's rows %d succeeded, %d gave up, %d were deleted and %d orphaned%n",
                succeeded, gaveUp, rows(jdbi, "state = 'DELETED'"), orphaned);
        assertThat(count(jdbi, """
                        select count(*) from (
                          select s.id, count(*) filter (where j.kind = 'A' and j.outcome = 'S') as recorded
                            from belay.saga s join belay.journal j on j.saga_id = s.id group by s.id) saga
                         where recorded < (select count(*) from jobrunr_jobs r
                                            where r.state = 'SUCCEEDED' and r.jobAsJson like '%' || saga.id || '%')"""))
                .as("sagas of which JobRunr says more than the journal")
                .isZero();
        if (outlived().isEmpty()) {
            assertThat(succeeded).isEqualTo(successes());
            assertThat(gaveUp).isEqualTo(failing());
            assertThat(rows(jdbi, "state = 'FAILED'")).isEqualTo(gaveUp + orphaned);
            Set<String> dead = killed.stream()
                    .flatMap(server -> server.incarnations().stream())
                    .map(Line::key)
                    .collect(Collectors.toSet());
            assertThat(serversOfOrphans(jdbi)).isSubsetOf(dead);
        }
    }

    private static List<String> serversOfOrphans(Jdbi jdbi) {
        return jdbi.withHandle(
                handle -> handle.createQuery("""
                        select distinct substring(jobAsJson from '"serverId"\\s*:\\s*"([^"]+)"') from jobrunr_jobs
                         where jobAsJson like '%Orphaned job%'""").mapTo(String.class).list());
    }

    private static long rows(Jdbi jdbi, String which) {
        return count(jdbi, "select count(*) from jobrunr_jobs where " + which);
    }

    private List<Line> lines(Event event) {
        return all.stream().flatMap(server -> server.ledger(event).stream()).toList();
    }

    private Map<Execution, Integer> executions(Jdbi jdbi, String... outcomes) {
        Map<Long, Long> processes = new HashMap<>();
        all.forEach(server -> server.incarnations().forEach(line -> processes.put(line.saga(), server.pid())));
        Map<Execution, Integer> executions = new HashMap<>();
        jdbi.useHandle(handle -> handle.createQuery("""
                                select j.worker, s.input ->> 'number' as number,
                                       case j.direction when '-' then 'undo-' else '' end || j.step as work
                                from belay.journal j join belay.saga s on s.id = j.saga_id
                                where j.kind = 'A' and j.outcome::text = any(:outcomes)""")
                .bindArray("outcomes", String.class, (Object[]) outcomes)
                .map((rs, context) -> new Execution(
                        processes.getOrDefault(rs.getLong("worker"), 0L),
                        rs.getString("number") + "/" + rs.getString("work")))
                .forEach(execution -> executions.merge(execution, 1, Integer::sum)));
        return executions;
    }

    private static long count(Jdbi jdbi, String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }
}
