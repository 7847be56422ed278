package dev.belay.docs;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.belay.BelayBuilder;
import dev.belay.Deployment;
import dev.belay.ForkPoint;
import dev.belay.PayloadName;
import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaListener;
import dev.belay.Statistic;
import dev.belay.UndoForecast;
import dev.belay.Webhook;
import dev.belay.docs.Travel.Flight;
import dev.belay.docs.Travel.Room;
import dev.belay.docs.Travel.Trip;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The examples of docs/sagas.md about living with sagas: new code, events, numbers, and getting rid of the old. */
@BelayTest
class CareExamplesTest {
    private static final Trip OSLO = Travel.OSLO;

    private final Travel travel = new Travel();
    private final List<String> log = travel.log;
    private final Travel.Flights flights = travel.flights;
    private final Travel.Hotels hotels = travel.hotels;

    private SagaDefinition<Trip, Room> bookTrip() {
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        return saga.returns(saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .retry(RetryPolicy.never())
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep())));
    }

    @Test
    void versions(SagaKit kit) {
        hotels.down = true;
        var trip = kit.start(bookTrip(), OSLO);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);
        var saga = Saga.define("book-trip", Trip.class).version(2);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.step("insurance", Boolean.class, ctx -> log.add("insure"));
        SagaDefinition<Trip, Void> version2 = saga.returnsNothing();
        kit.open(version2);
        var belay = kit.belay();
        for (Deployment.Version version : belay.deployment().lacking()) {
            for (Deployment.Gap gap : version.gaps()) {
                log.add(version.definition() + " lacks " + gap.step() + ": " + gap.kind());
            }
        }
        assertThat(log).contains("book-trip lacks room: STEP_GONE");

        hotels.down = false;
        kit.open(bookTrip(), version2);
        assertThat(kit.belay().deployment().lacking()).isEmpty();
        var next = kit.belay().start(version2, OSLO);
        kit.operator("alice").retry(trip.id(), "deployed");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(next.state()).isEqualTo(COMPLETED);
        assertThat(log).contains("insure", "book room in Oslo");
    }

    record City(String name) {}

    @PayloadName("city-2")
    record CityInCountry(String name, String country) {}

    static BelayBuilder reading(BelayBuilder builder) {
        return builder.upcast("city", CityInCountry.class, city -> ((ObjectNode) city).put("country", "NO"));
    }

    @Test
    void upcasters(SagaKit kit) {
        var saga = Saga.define("visit", City.class);
        saga.signal("go", String.class);
        var visit = kit.start(saga.returnsNothing(), new City("Oslo"));
        kit.runUntilIdle();

        var next = Saga.define("visit", CityInCountry.class).version(2);
        next.signal("go", String.class);
        var definition = next.returns(
                String.class,
                data -> data.input().name() + " in " + data.input().country());
        kit.engineOptions(CareExamplesTest::reading).open(definition);
        visit.signal("go", "now");
        kit.runUntilIdle();

        assertThat(kit.belay().saga(visit.id(), definition).result()).isEqualTo("Oslo in NO");
    }

    @Test
    void forks(SagaKit kit) {
        var bookTrip = bookTrip();
        var trip = kit.start(bookTrip, OSLO);
        kit.runUntilIdle();
        var belay = kit.belay();
        var again = belay.fork(
                trip.id(), ForkPoint.at("room").withInput(new Trip("Bergen", 1)), "alice", "try another town");
        kit.runUntilIdle();

        assertThat(belay.saga(again.id(), bookTrip).result()).isEqualTo(new Room("Grand Bergen", 90));
        assertThat(log).containsExactly("book flight to Oslo", "book room in Oslo", "book room in Bergen");
    }

    final class Pager implements SagaListener {
        @Override
        public void heard(SagaEvent event) {
            log.add("page: " + event.type() + " of a " + event.definition());
        }
    }

    BelayBuilder telling(BelayBuilder builder, URI uri, String secret) {
        return builder.listener(new Pager().only(SagaEvent.Type.SUSPENDED, SagaEvent.Type.COMPENSATION_FAILED))
                .webhook(Webhook.to(uri).secret(secret));
    }

    static SagaEvent received(Map<String, List<String>> headers, byte[] body, String secret) {
        return Webhook.verify(secret, headers, body, Duration.ofMinutes(5));
    }

    @Test
    void events(SagaKit kit) throws IOException {
        String secret = "a secret of the examples";
        List<SagaEvent> posted = new CopyOnWriteArrayList<>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", exchange -> {
            try (exchange) {
                posted.add(received(
                        exchange.getRequestHeaders(), exchange.getRequestBody().readAllBytes(), secret));
                exchange.sendResponseHeaders(204, -1);
            }
        });
        server.start();
        var uri = URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + "/hook");
        try {
            kit.engineOptions(builder -> telling(builder, uri, secret));
            hotels.down = true;
            kit.start(bookTrip(), OSLO);
            kit.runUntilIdle();
        } finally {
            server.stop(0);
        }

        assertThat(log).endsWith("page: SUSPENDED of a book-trip");
        assertThat(posted).extracting(SagaEvent::type).containsExactly(SagaEvent.Type.SUSPENDED);
    }

    @Test
    void statistics(SagaKit kit) {
        hotels.down = true;
        kit.start(bookTrip(), OSLO);
        kit.runUntilIdle();
        Instant from = kit.now().minus(Duration.ofHours(1));
        Instant to = kit.now().plus(Duration.ofMinutes(1));
        var belay = kit.belay();
        for (Statistic one : belay.statistics(from, to)) {
            log.add(one.definition() + " " + one.step() + " " + one.outcome() + ": " + one.count());
        }

        assertThat(log).contains("book-trip flight SUCCEEDED: 1", "book-trip room GAVE_UP: 1");
    }

    @Test
    void undoForecast(SagaKit kit) {
        hotels.down = true;
        var trip = kit.start(bookTrip(), OSLO);
        kit.runUntilIdle();
        UndoForecast forecast = trip.undoForecast();
        if (forecast.cancellable()) {
            forecast.undone().forEach(one -> log.add(one.wave() + ": would undo " + one.step()));
            forecast.kept().forEach(one -> log.add("would keep " + one.step() + ": " + one.why()));
        }

        assertThat(log).anyMatch(line -> line.endsWith("would undo flight"));
        trip.cancel("enough");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
    }

    static BelayBuilder keeping(BelayBuilder builder) {
        return builder.retention(
                Retention.forever().completed(Duration.ofDays(30)).keepingAudit());
    }

    @Test
    void retention(SagaKit kit) {
        kit.engineOptions(CareExamplesTest::keeping);
        var old = kit.start(bookTrip(), OSLO);
        var gone = kit.start(bookTrip(), OSLO);
        kit.runUntilIdle();
        var belay = kit.belay();
        belay.operator("alice").purge(gone.id(), "the customer asked to be forgotten");
        belay.purge(Retention.of(Duration.ofDays(90)));
        assertThat(old.state()).isEqualTo(COMPLETED);
        kit.advance(Duration.ofDays(91));
        assertThat(kit.belay().purge(Retention.of(Duration.ofDays(90))).sagas()).isOne();
    }
}
