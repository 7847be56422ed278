package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.server.DashboardServer;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long the dashboard's pages take over a database full of sagas, and what pages that stay open cost that database. */
@Command(
        name = "dashboard",
        mixinStandardHelpOptions = true,
        description = "How long the dashboard's pages take over a database full of sagas. Takes minutes.")
public final class Looks extends Study {
    private static final String SCHEMA = "belay";
    private static final int READERS = 4;
    private static final int OPEN_PAGES = 5;
    private static final int SECONDS_OPEN = 30;

    @Option(names = "--ended", defaultValue = "1000000", description = "Ended sagas to look at (${DEFAULT-VALUE}).")
    private int ended;

    @Option(names = "--open", defaultValue = "10000", description = "Open sagas to look at (${DEFAULT-VALUE}).")
    private int open;

    @Option(
            names = "--requests",
            defaultValue = "60",
            description = "How often each page is asked for (${DEFAULT-VALUE}).")
    private int requests;

    private final HttpClient client = HttpClient.newHttpClient();

    @Override
    protected boolean run(Place place) throws Exception {
        try (HikariDataSource readers = place.pool("dashboard", READERS);
                Belay belay = Belay.on(readers).schema(SCHEMA).open()) {
            say("%,d ended and %,d open sagas are written ...", ended, open);
            try (Connection connection = readers.getConnection()) {
                Seed.fill(connection, SCHEMA, ended, open);
            }
            try (Dashboard dashboard = Dashboard.of(belay, readers).open();
                    DashboardServer serving = DashboardServer.local(dashboard, 0)) {
                say("%-34s %9s %9s %9s", "page", "median ms", "p95 ms", "bytes");
                for (Map.Entry<String, String> page : pages(belay).entrySet()) {
                    time(serving.uri(), page.getKey(), page.getValue());
                }
                openPages(place, serving.uri(), page(belay));
            }
        }
        return true;
    }

    private static String page(Belay belay) {
        return "/sagas/" + one(belay, Condition.is(Field.STATE, "SUSPENDED")).orElseThrow();
    }

    private static Optional<String> one(Belay belay, Condition condition) {
        return belay.inspect().sagas(SagaFilter.where(condition), Optional.empty(), 1).items().stream()
                .map(saga -> saga.id().toString())
                .findFirst();
    }

    private static Map<String, String> pages(Belay belay) {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("overview", "/");
        pages.put("sagas", "/sagas");
        for (String query : List.of(
                "status:failed",
                "status:running",
                "status:completed",
                "status:undone",
                "type:order",
                "type:rare status:completed",
                "step:charge",
                "key:order-3000",
                "is:overdue",
                "awaits:approval",
                "error:declined",
                "age<1h",
                "took>9m",
                "input.customer.id:42")) {
            pages.put("sagas " + query, "/sagas?q=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        }
        pages.put("a saga that failed", page(belay));
        one(belay, Condition.is(Field.STATE, "COMPENSATED"))
                .ifPresent(id -> pages.put("a saga that was undone", "/sagas/" + id));
        pages.put("its journal", page(belay) + "?tab=journal");
        for (String name :
                List.of("approvals", "errors", "compensations", "queues", "workers", "bulk", "audit", "settings")) {
            pages.put(name, "/" + name);
        }
        return pages;
    }

    private void time(URI base, String name, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path)).build();
        for (int i = 0; i < 5; i++) {
            client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        }
        double[] millis = new double[requests];
        int bytes = 0;
        for (int i = 0; i < requests; i++) {
            long from = System.nanoTime();
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            millis[i] = (System.nanoTime() - from) / 1e6;
            bytes = answer.body().length;
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(path + " was answered with " + answer.statusCode() + ": "
                        + new String(answer.body(), StandardCharsets.UTF_8));
            }
        }
        Arrays.sort(millis);
        say("%-34s %9.1f %9.1f %,9d", name, millis[requests / 2], millis[(int) Math.ceil(requests * 0.95) - 1], bytes);
    }

    /** Nothing changes meanwhile, so that this is what looking for changes costs. */
    private void openPages(Place place, URI base, String saga) throws Exception {
        List<InputStream> streams = new ArrayList<>();
        for (int i = 0; i < OPEN_PAGES; i++) {
            String path = i % 2 == 0 ? "/live" : saga + "/live";
            HttpRequest request = HttpRequest.newBuilder(base.resolve(path)).build();
            streams.add(client.send(request, HttpResponse.BodyHandlers.ofInputStream())
                    .body());
        }
        Optional<Double> before = ServerTime.seconds(place);
        Thread.sleep(SECONDS_OPEN * 1000L);
        Optional<Double> after = ServerTime.seconds(place);
        for (InputStream stream : streams) {
            stream.close();
        }
        if (before.isPresent() && after.isPresent()) {
            say(
                    "%d pages open for %d s cost the server %.1f %% of one core",
                    OPEN_PAGES, SECONDS_OPEN, 100 * (after.get() - before.get()) / SECONDS_OPEN);
        } else {
            say("What open pages cost the server can be read on Linux only.");
        }
    }
}
