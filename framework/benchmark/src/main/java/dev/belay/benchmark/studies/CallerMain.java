package dev.belay.benchmark.studies;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Tokens;
import java.io.BufferedReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** A worker whose steps call a model, in a process of its own. Says, when asked, how it is. */
final class CallerMain {
    private final HttpClient http = HttpClient.newHttpClient();
    private final URI model;
    private final AtomicLong mostAfterCollection = new AtomicLong();

    private CallerMain(int port) {
        this.model = URI.create("http://127.0.0.1:" + port + "/v1/chat/completions");
    }

    /** What it answers. */
    record State(long incarnation, int connections, long liveBytes, long mostAfterCollection, double cpuSeconds) {
        static State parse(String line) {
            String[] words = line.split(" ");
            return new State(
                    Long.parseLong(words[0]),
                    Integer.parseInt(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Double.parseDouble(words[4]));
        }

        String words() {
            return incarnation + " " + connections + " " + liveBytes + " " + mostAfterCollection + " " + cpuSeconds;
        }
    }

    static SagaDefinition<Integer, Void> definition(CallerMain caller) {
        Saga<Integer> saga = Saga.define("ask", Integer.class);
        saga.step("ask", Void.class, context -> {
            context.model("answer", ModelRequest.of("acme", "large", List.of(Message.text("user", "Rain?"))))
                    .run(caller::call);
            return null;
        });
        return saga.returnsNothing();
    }

    /** For a process that only starts them. */
    static SagaDefinition<Integer, Void> definition() {
        return definition(new CallerMain(0));
    }

    public static void main(String... words) throws Exception {
        Setup setup = Setup.of(Arrays.copyOfRange(words, 1, words.length));
        CallerMain caller = new CallerMain(Integer.parseInt(words[0]));
        caller.watchCollections();
        try (HikariDataSource pool = setup.pool();
                Belay belay = Belay.on(pool).with(definition(caller)).open();
                Worker worker = belay.worker(setup.options()).start();
                BufferedReader ears = Child.ears()) {
            System.out.println("ready");
            while (ears.readLine() != null) {
                System.gc();
                System.out.println(caller.state(pool, worker).words());
            }
        }
    }

    private ModelReply call() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(model)
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"large\",\"messages\":[]}"))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("The model answered " + answer.statusCode());
        }
        return new ModelReply(Message.text("assistant", answer.body()), "large", "stop", Tokens.of(10, 10));
    }

    private State state(HikariDataSource pool, Worker worker) {
        return new State(
                worker.incarnation(),
                pool.getHikariPoolMXBean().getActiveConnections(),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                mostAfterCollection.get(),
                ProcessHandle.current()
                                .info()
                                .totalCpuDuration()
                                .map(time -> time.toMillis())
                                .orElse(0L)
                        / 1000.0);
    }

    private void watchCollections() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector)
                    .addNotificationListener(
                            (notification, handback) -> {
                                if (notification.getUserData() instanceof CompositeData data) {
                                    long after =
                                            GarbageCollectionNotificationInfo.from(data)
                                                    .getGcInfo()
                                                    .getMemoryUsageAfterGc()
                                                    .entrySet()
                                                    .stream()
                                                    .filter(pool -> !pool.getKey()
                                                                    .startsWith("Code")
                                                            && !pool.getKey().startsWith("Meta")
                                                            && !pool.getKey().startsWith("Compressed"))
                                                    .map(pool -> pool.getValue())
                                                    .mapToLong(MemoryUsage::getUsed)
                                                    .sum();
                                    mostAfterCollection.accumulateAndGet(after, Math::max);
                                }
                            },
                            null,
                            null);
        }
    }
}
