package dev.belay.docs;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.FailurePolicy;
import dev.belay.GroupSummary;
import dev.belay.Next;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.docs.Travel.Flight;
import dev.belay.docs.Travel.Receipt;
import dev.belay.docs.Travel.Room;
import dev.belay.docs.Travel.Trip;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** The examples of docs/sagas.md about steps: what runs, in which order, and what is undone. */
@BelayTest
class CourseExamplesTest {
    private static final Trip OSLO = Travel.OSLO;

    private final Travel travel = new Travel();
    private final List<String> log = travel.log;
    private final Travel.Flights flights = travel.flights;
    private final Travel.Hotels hotels = travel.hotels;
    private final Travel.Cards cards = travel.cards;
    private final Travel.Model model = travel.model;
    private final Travel.Mail mail = travel.mail;

    @Test
    void aChain(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        var flight = saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()));
        var room = saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()));
        SagaDefinition<Trip, Integer> bookTrip = saga.returns(
                Integer.class,
                data -> data.output(flight).price() + data.output(room).price());
        kit.open(bookTrip);
        var belay = kit.belay();
        var trip = belay.start(bookTrip, new Trip("Oslo", 2), StartOptions.key("order-4711"));
        kit.startWorker();
        int price = trip.await(Duration.ofMinutes(1));
        assertThat(price).isEqualTo(420);
        assertThat(log).containsExactly("book flight to Oslo", "book room in Oslo");
        assertThat(belay.start(bookTrip, OSLO, StartOptions.key("order-4711")).id())
                .isEqualTo(trip.id());
    }

    @Test
    void routedSteps(SagaKit kit) {
        var saga = Saga.define("travel-agent", String.class);
        var search = saga.ref("search", String.class);
        saga.step("think", String.class, (ctx, text) -> {
                    var thought = model.think(text);
                    return thought.done() ? Next.end(thought.text()) : Next.to(search, thought.text());
                })
                .pure()
                .goesTo("search");
        saga.step(search, (ctx, query) -> Next.step("think", model.search(query)))
                .pure()
                .goesTo("think");
        SagaDefinition<String, String> agent = saga.returns(String.class);
        var run = kit.start(agent, "a warm place");
        kit.runUntilIdle();

        assertThat(run.result()).isEqualTo("found Rome");
        assertThat(log).containsExactly("think about a warm place", "search sun in May", "think about found Rome");
    }

    @Test
    void undo(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> {
                    if (!flights.cancel(u.idempotencyKeyOfStep())) {
                        u.nothingToUndo();
                    }
                });
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        saga.step("car", String.class, ctx -> {
            throw new StepRejected("no car left in " + ctx.input().to());
        });
        var trip = kit.start(saga.returnsNothing(), OSLO);
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("book flight to Oslo", "book room in Oslo", "cancel room", "cancel flight");
    }

    @Test
    void kindsOfSteps(SagaKit kit) {
        var jdbi = Jdbi.create(kit.dataSource());
        jdbi.useHandle(handle -> handle.execute("create table if not exists trip_paid (saga uuid)"));
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("quote", Integer.class, ctx -> 120 * ctx.input().nights()).pure();
        saga.step("tell-boss", Boolean.class, ctx -> log.add("tell boss"))
                .withoutUndo("the boss does not mind a trip that is called off");
        var flight = saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        var paid = saga.pivot(
                "charge", Receipt.class, ctx -> cards.charge(ctx.output(flight).price(), ctx.idempotencyKey()));
        saga.transaction(
                "file",
                Integer.class,
                (ctx, handle) -> handle.execute("insert into trip_paid values (?)", ctx.sagaId()));
        var trip = kit.start(saga.returns(paid), OSLO);
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo(new Receipt(240));
        assertThat(trip.view().pivotPassed()).isTrue();
        List<UUID> filed =
                jdbi.withHandle(handle -> handle.select("select saga from trip_paid where saga = ?", trip.id())
                        .mapTo(UUID.class)
                        .list());
        assertThat(filed).containsExactly(trip.id());
    }

    @Test
    void activities(SagaKit kit) {
        var saga = Saga.define("plan-trip", String.class);
        var release = saga.undo("release-seat", String.class, key -> flights.cancel(key));
        saga.step("plan", String.class, ctx -> {
            String city = ctx.activity("choose-city", String.class, () -> model.chooseCity(ctx.input()));
            var hold = ctx.activity("hold-seat", String.class);
            return hold.undo(release, hold.idempotencyKey()).run(() -> flights.hold(city, hold.idempotencyKey()));
        });
        saga.step("room", Room.class, ctx -> {
            throw new StepRejected("no room");
        });
        var plan = kit.start(saga.returnsNothing(), "snow");
        kit.runUntilIdle();

        assertThat(plan.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("model chooses for snow", "hold seat to Oslo", "cancel flight");
    }

    @Test
    void failurePolicy(SagaKit kit) {
        hotels.down = true;
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .retry(RetryPolicy.exponential(Duration.ofSeconds(2)).upTo(3).notOn(IllegalArgumentException.class))
                .timeout(Duration.ofSeconds(30))
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        var trip = kit.start(saga.returnsNothing(), OSLO);
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log)
                .containsExactly(
                        "book flight to Oslo",
                        "hotel does not answer",
                        "hotel does not answer",
                        "hotel does not answer",
                        "cancel room",
                        "cancel flight");
    }

    private SagaDefinition<Trip, Room> tripThatSuspends() {
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        return saga.returns(saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .retry(RetryPolicy.never())
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep())));
    }

    @Test
    void anOperatorDecides(SagaKit kit) {
        hotels.down = true;
        var definition = tripThatSuspends();
        var first = kit.start(definition, OSLO);
        var second = kit.start(definition, OSLO);
        var third = kit.start(definition, OSLO);
        var fourth = kit.start(definition, OSLO);
        kit.runUntilIdle();
        assertThat(List.of(first, second, third, fourth)).allMatch(trip -> trip.state() == SUSPENDED);
        hotels.down = false;
        var belay = kit.belay();
        var alice = belay.operator("alice");
        alice.retry(first.id(), "the hotel is back");
        alice.retryWithInput(second.id(), new Trip("Bergen", 2), "Oslo is full");
        alice.skip(third.id(), new Room("Plaza", 180), "booked by phone");
        alice.expecting(fourth.view().version()).compensate(fourth.id(), "the customer gave up");
        kit.runUntilIdle();

        assertThat(first.result()).isEqualTo(new Room("Grand Oslo", 180));
        assertThat(second.result()).isEqualTo(new Room("Grand Bergen", 180));
        assertThat(third.result()).isEqualTo(new Room("Plaza", 180));
        assertThat(fourth.state()).isEqualTo(COMPENSATED);
    }

    @Test
    void anOperatorForces(SagaKit kit) {
        hotels.down = true;
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.pivot("charge", Receipt.class, ctx -> cards.charge(240, ctx.idempotencyKey()));
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .retry(RetryPolicy.never());
        var definition = saga.returnsNothing();
        var trip = kit.start(definition, OSLO);
        var other = kit.start(definition, OSLO);
        kit.runUntilIdle();
        var alice = kit.operator("alice");
        alice.forceCompensate(trip.id(), "the card was stolen; the bank pays back");
        alice.resolve(other.id(), "finished by hand, see ticket 12");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).endsWith("cancel flight");
        assertThat(other.state()).isEqualTo(RESOLVED);
    }

    @Test
    void anUndoThatFails(SagaKit kit) {
        hotels.refundable = false;
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()))
                .undoRetry(RetryPolicy.never());
        saga.step("charge", Receipt.class, ctx -> cards.charge(240, ctx.idempotencyKey()));
        var definition = saga.returnsNothing();
        cards.declined = true;
        var first = kit.start(definition, OSLO);
        var second = kit.start(definition, OSLO);
        kit.runUntilIdle();
        assertThat(first.state()).isEqualTo(COMPENSATION_FAILED);
        var alice = kit.operator("alice");
        alice.markUndone(first.id(), "the hotel cancelled by phone, mail of 3 May");
        alice.acceptResidue(second.id(), "not refundable, we bear 180");
        kit.runUntilIdle();

        assertThat(first.state()).isEqualTo(COMPENSATED);
        assertThat(first.view().residue()).isFalse();
        assertThat(second.state()).isEqualTo(COMPENSATED);
        assertThat(second.view().residue()).isTrue();
        assertThat(log).filteredOn("cancel flight"::equals).hasSize(2);
    }

    @Test
    void parallelBranches(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        var air = saga.branch("air");
        var flight = air.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        var stay = saga.branch("stay");
        var room = stay.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        saga.parallel("book", air, stay);
        var bookTrip = saga.returns(
                Integer.class,
                data -> data.output(flight).price() + data.output(room).price());
        var trip = kit.start(bookTrip, OSLO);
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo(420);
        assertThat(log).containsExactlyInAnyOrder("book flight to Oslo", "book room in Oslo");
    }

    @Test
    void fanOut(SagaKit kit) {
        record Party(String to, List<String> travellers) {}

        var saga = Saga.define("book-party", Party.class);
        var each = saga.forEach("traveller", String.class);
        var seat = each.step("seat", String.class, ctx -> flights.seat(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        var seats = saga.fanOut("seats", each, ctx -> ctx.input().travellers())
                .atOnce(8)
                .toleratingFailures();
        saga.step("check", Void.class, ctx -> {
                    GroupSummary summary = ctx.output(seats);
                    log.add(summary.succeeded() + " of " + summary.items() + ": " + ctx.outputs(seat));
                    return null;
                })
                .pure();
        var pay = saga.step("charge", Receipt.class, ctx -> cards.charge(500, ctx.idempotencyKey()));
        var definition = saga.returns(pay);
        var party = kit.start(definition, new Party("Oslo", List.of("Ann", "Bob", "Cleo")));
        kit.runUntilIdle();
        assertThat(party.state()).isEqualTo(COMPLETED);
        assertThat(log).contains("2 of 3: [seat of Ann, seat of Cleo]").doesNotContain("cancel flight");

        cards.declined = true;
        var called = kit.start(definition, new Party("Oslo", List.of("Ann", "Bob", "Cleo")));
        kit.runUntilIdle();
        assertThat(called.state()).isEqualTo(COMPENSATED);
        assertThat(log).filteredOn("cancel flight"::equals).hasSize(2);
    }

    @Test
    void childSagas(SagaKit kit) {
        var booking = Saga.define("book-room", String.class);
        var booked = booking.step(
                        "room", Room.class, ctx -> hotels.book(new Trip(ctx.input(), 1), ctx.idempotencyKey()))
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        SagaDefinition<String, Room> bookRoom = booking.returns(booked);

        var saga = Saga.define("book-trip", Trip.class);
        var room = saga.child("stay", bookRoom, ctx -> ctx.input().to());
        saga.step("charge", Receipt.class, ctx -> cards.charge(ctx.output(room).price(), ctx.idempotencyKey()));
        var definition = saga.returnsNothing();
        assertThat(kit.start(definition, OSLO).id()).isNotNull();
        kit.runUntilIdle();
        assertThat(log).containsExactly("book room in Oslo", "charge 90");

        cards.declined = true;
        var trip = kit.start(definition, OSLO);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).endsWith("book room in Oslo", "cancel room");
    }

    @Test
    void conditionalSteps(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        var visa = saga.step(
                        "visa", String.class, ctx -> "visa for " + ctx.input().to())
                .onlyIf(data -> data.input().nights() > 90)
                .undo(u -> log.add("give back the visa"));
        var bookTrip = saga.returns(String.class, data -> data.outputIfAny(visa).orElse("no visa needed"));
        var brief = kit.start(bookTrip, OSLO);
        var lasting = kit.start(bookTrip, new Trip("Oslo", 100));
        kit.runUntilIdle();

        assertThat(brief.result()).isEqualTo("no visa needed");
        assertThat(lasting.result()).isEqualTo("visa for Oslo");
    }

    @Test
    void savepoints(SagaKit kit) {
        var saga = Saga.define("plan-trip", String.class);
        var plan = saga.step(
                        "plan",
                        String.class,
                        ctx -> ctx.replan()
                                .map(replan -> "train, for " + replan.failure().message())
                                .orElse("plane"))
                .pure()
                .savepoint(2);
        saga.step("room", Room.class, ctx -> hotels.book(new Trip(ctx.input(), 1), ctx.idempotencyKey()))
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        saga.step("seat", String.class, ctx -> {
            if (ctx.output(plan).equals("plane")) {
                throw new StepRejected("no plane flies");
            }
            return "seat in a train";
        });
        var trip = kit.start(saga.returns(plan), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("train, for no plane flies");
        assertThat(log).containsExactly("book room in Oslo", "cancel room", "book room in Oslo");
    }

    @Test
    void deferredEffects(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        var tell = saga.deferred("tell", String.class, (text, ctx) -> mail.send(text, ctx.idempotencyKey()));
        saga.step("flight", Flight.class, ctx -> {
                    ctx.defer(tell, "You fly to " + ctx.input().to());
                    return flights.book(ctx.input(), ctx.idempotencyKey());
                })
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.pivot("charge", Receipt.class, ctx -> cards.charge(240, ctx.idempotencyKey()));
        var definition = saga.returnsNothing();
        kit.start(definition, OSLO);
        kit.runUntilIdle();
        assertThat(log).containsExactly("book flight to Oslo", "charge 240", "mail: You fly to Oslo");

        cards.declined = true;
        kit.start(definition, new Trip("Rome", 1));
        kit.runUntilIdle();
        assertThat(log).endsWith("book flight to Rome", "cancel flight");
    }
}
