package dev.belay.langchain4j.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import dev.belay.testing.ModelServerCall;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent of twenty-one calls whose process is killed in each of them in turn. */
class KilledAgentTest {
    /** Each is asked for by a call of the model and found by one of the tool; then the model reports. */
    private static final int PARTS = 10;

    private static final int LANES = 2;
    private static final Duration LONG = Duration.ofSeconds(90);

    /** Which call of which saga's kills, and whom. */
    private record Trap(int at, AtomicInteger calls, Lane lane) {}

    private final Map<String, Trap> traps = new ConcurrentHashMap<>();
    private final List<String> found = new CopyOnWriteArrayList<>();

    /** Sagas of a queue of their own, with one worker process that works and one that takes over. */
    private final class Lane {
        private final String queue;
        private final String database;
        private final ModelServer models;
        private final URI tools;
        private final Path output;
        private final SagaDefinition<String, String> definition;
        private final List<AgentProcess> processes = new ArrayList<>();

        Lane(int number, String database, ModelServer models, URI tools, Path folder) {
            this.queue = "lane-" + number;
            this.database = database;
            this.models = models;
            this.tools = tools;
            this.output = folder.resolve(queue + ".txt");
            this.definition = AgentProcess.definition(queue, models.baseUrl(), tools);
        }

        synchronized void fill() throws Exception {
            processes.removeIf(process -> !process.isAlive());
            while (processes.size() < 2) {
                processes.add(AgentProcess.start(database, queue, models.baseUrl(), tools, output));
            }
        }

        /** Which of them has the saga nobody knows from outside: both die, and a third goes on. */
        synchronized void killAll() {
            processes.forEach(AgentProcess::kill);
        }

        SagaDefinition<String, String> definition() {
            return definition;
        }

        String run(Belay belay, int killAt) throws Exception {
            String job = queue + "-kill-" + killAt;
            traps.put(job, new Trap(killAt, new AtomicInteger(), this));
            fill();
            SagaHandle<String> saga = belay.start(definition(), job);
            if (killAt > 0) {
                await().atMost(LONG).until(() -> calls(job) >= killAt);
                await().atMost(LONG).until(() -> processes.stream().noneMatch(AgentProcess::isAlive));
                fill();
            }
            return saga.await(LONG);
        }
    }

    private int calls(String job) {
        return traps.get(job).calls().get();
    }

    /** A call has come; the one that was waited for kills whoever makes it, and is answered to nobody. */
    private void arrived(String job) {
        Trap trap = traps.get(job);
        if (trap.calls().incrementAndGet() == trap.at()) {
            trap.lane().killAll();
        }
    }

    private ModelAnswer answer(ModelQuestion question) {
        String job = question.first("user");
        arrived(job);
        List<String> results = question.results("find");
        return results.size() < PARTS
                ? ModelAnswer.call("find", "{\"job\":\"" + job + "\",\"part\":" + (results.size() + 1) + "}")
                : ModelAnswer.text(String.join(", ", results));
    }

    private HttpServer tools() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/find", exchange -> {
            String asked = exchange.getRequestURI().getQuery();
            found.add(asked);
            arrived(asked.substring(0, asked.indexOf('/')));
            byte[] fact = ("fact " + asked.substring(asked.indexOf('/') + 1)).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, fact.length);
            exchange.getResponseBody().write(fact);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    @DisplayName(
            "an agent killed in any of its calls answers as if nothing had happened, and repeats that call at most")
    void killedInEachCallInTurn(@TempDir Path folder) throws Exception {
        HttpServer tools = tools();
        URI toolsAt = URI.create("http://127.0.0.1:" + tools.getAddress().getPort());
        ExecutorService threads = Executors.newFixedThreadPool(LANES);
        try (LocalPostgres postgres =
                        LocalPostgres.in(folder.resolve("data")).durable(true).start();
                ModelServer models = ModelServer.start(this::answer)) {
            List<Lane> lanes = IntStream.range(0, LANES)
                    .mapToObj(lane -> new Lane(lane, postgres.url(), models, toolsAt, folder))
                    .toList();
            try (HikariDataSource pool = AgentProcess.pool(postgres.url());
                    Belay belay = Belay.on(pool)
                            .with(lanes.stream().map(Lane::definition).toList())
                            .open()) {
                String undisturbed = lanes.get(0).run(belay, 0);
                int all = calls("lane-0-kill-0");
                assertThat(all).as("calls of an agent that nobody disturbs").isEqualTo(2 * PARTS + 1);

                List<CompletableFuture<Void>> done = new ArrayList<>();
                for (Lane lane : lanes) {
                    done.add(CompletableFuture.runAsync(
                            () -> {
                                for (int at = 1; at <= all; at++) {
                                    if (at % LANES == lanes.indexOf(lane)) {
                                        assertSame(lane, belay, at, undisturbed);
                                    }
                                }
                            },
                            threads));
                }
                CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).join();
                for (int at = 1; at <= all; at++) {
                    assertOnlyThatCallIsRepeated("lane-" + at % LANES + "-kill-" + at, at);
                }
                assertRepeatedModelCallsHaveTheirKeys(models.ledger());
            } finally {
                lanes.forEach(Lane::killAll);
            }
        } finally {
            threads.shutdownNow();
            tools.stop(0);
        }
    }

    private void assertSame(Lane lane, Belay belay, int at, String undisturbed) {
        try {
            assertThat(lane.run(belay, at)).as("killed in call " + at).isEqualTo(undisturbed);
        } catch (Exception e) {
            throw new IllegalStateException("killed in call " + at, e);
        }
    }

    /** By what the model's server and the tool's have seen, not by what the agent says. */
    private void assertOnlyThatCallIsRepeated(String job, int at) {
        boolean ofModel = at % 2 == 1;
        assertThat(calls(job)).as(job).isEqualTo(2 * PARTS + 2);
        Map<String, List<String>> byPart = found.stream()
                .filter(asked -> asked.startsWith(job + "/"))
                .collect(Collectors.groupingBy(asked -> asked));
        assertThat(byPart).as(job).hasSize(PARTS);
        assertThat(byPart.entrySet().stream()
                        .filter(part -> part.getValue().size() > 1)
                        .map(part -> part.getKey() + " " + part.getValue().size()))
                .as("tool calls made twice, killed in call " + at)
                .isEqualTo(ofModel ? List.of() : List.of(job + "/" + at / 2 + " 2"));
    }

    /** Of the model's calls those were repeated that were under way, with the same key and question. */
    private static void assertRepeatedModelCallsHaveTheirKeys(List<ModelServerCall> ledger) {
        Map<String, List<ModelServerCall>> byKey = ledger.stream().collect(Collectors.groupingBy(ModelServerCall::key));
        assertThat(byKey).doesNotContainKey("");
        List<List<ModelServerCall>> repeated =
                byKey.values().stream().filter(calls -> calls.size() > 1).toList();
        assertThat(repeated).hasSize(PARTS + 1).allSatisfy(calls -> {
            assertThat(calls).hasSize(2);
            assertThat(calls.get(1).bodyHash()).isEqualTo(calls.get(0).bodyHash());
        });
        // Nobody has asked the same under two keys.
        assertThat(byKey).hasSize((PARTS + 1) * (2 * PARTS + 2));
    }
}
