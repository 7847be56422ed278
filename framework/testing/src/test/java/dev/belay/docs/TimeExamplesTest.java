package dev.belay.docs;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.Approval;
import dev.belay.Cause;
import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.Limit;
import dev.belay.OpenApproval;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaEvent;
import dev.belay.SagaListener;
import dev.belay.SemanticLock;
import dev.belay.StartOptions;
import dev.belay.Verdict;
import dev.belay.docs.Travel.Flight;
import dev.belay.docs.Travel.Receipt;
import dev.belay.docs.Travel.Room;
import dev.belay.docs.Travel.Trip;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The examples of docs/sagas.md about waiting, about time, and about what nobody knows the outcome of. */
@BelayTest
class TimeExamplesTest {
    private static final Trip OSLO = Travel.OSLO;

    private final Travel travel = new Travel();
    private final List<String> log = travel.log;
    private final Travel.Flights flights = travel.flights;
    private final Travel.Hotels hotels = travel.hotels;
    private final Travel.Cards cards = travel.cards;

    @Test
    void sleep(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        saga.sleep("cool-off", Duration.ofDays(1));
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.sleep("stay", ctx -> Duration.ofDays(ctx.input().nights()));
        saga.step("ask", Boolean.class, ctx -> log.add("how was " + ctx.input().to() + "?"));
        var trip = kit.start(saga.returnsNothing(), OSLO);
        kit.runUntilIdle();
        assertThat(log).isEmpty();
        kit.advance(Duration.ofDays(1));
        kit.runUntilIdle();
        assertThat(log).containsExactly("book flight to Oslo");
        kit.advance(Duration.ofDays(2));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(log).endsWith("how was Oslo?");
    }

    @Test
    void signals(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        record Confirmation(String code) {}

        var confirmed = saga.signal("airline-confirmed", Confirmation.class).within(Duration.ofDays(2));
        var bookTrip = saga.returns(String.class, data -> data.output(confirmed).code());
        var trip = kit.start(bookTrip, OSLO);
        kit.runUntilIdle();
        trip.signal("airline-confirmed", new Confirmation("SK-1"), "message-17");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("SK-1");
    }

    @Test
    void approvals(SagaKit kit) {
        List<Integer> levels = new CopyOnWriteArrayList<>();
        SagaListener asked = event -> levels.add(event.level());
        kit.engineOptions(builder -> builder.listener(asked.only(SagaEvent.Type.NEEDS_APPROVAL)));
        var saga = Saga.define("book-trip", Trip.class);
        record Question(String to, int price) {}

        var boss = saga.approval("boss", ctx -> new Question(ctx.input().to(), 700))
                .within(Duration.ofDays(3))
                .escalateAfter(Duration.ofDays(1))
                .returningRejections();
        var booked = saga.step("book", String.class, ctx -> {
            Approval answer = ctx.output(boss);
            return answer.approved() ? "booked" : "not booked, says " + answer.by() + ": " + answer.reason();
        });
        var definition = saga.returns(booked);
        var first = kit.start(definition, OSLO);
        kit.runUntilIdle();
        var belay = kit.belay();
        for (OpenApproval open : belay.approvals()) {
            belay.operator("bob").reject(open.saga(), open.step(), "too dear");
        }
        var second = kit.start(definition, OSLO);
        kit.runUntilIdle();
        kit.operator("bob").approve(second.id(), "boss", "fine");
        var third = kit.start(definition, OSLO);
        kit.runToTheEnd();

        assertThat(first.result()).isEqualTo("not booked, says bob: too dear");
        assertThat(second.result()).isEqualTo("booked");
        assertThat(third.result()).startsWith("not booked, says deadline");
        assertThat(levels).contains(0, 1, 2);
    }

    @Test
    void deadlines(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class).deadline(Duration.ofHours(8));
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .retry(RetryPolicy.fixed(Duration.ofMinutes(5)).upTo(100))
                .within(Duration.ofMinutes(30))
                .onFailure(FailurePolicy.SUSPEND)
                .undo(u -> hotels.cancel(u.idempotencyKeyOfStep()));
        var bookTrip = saga.returnsNothing();
        hotels.down = true;
        kit.open(bookTrip);
        var belay = kit.belay();
        var trip = belay.start(bookTrip, OSLO, StartOptions.defaults().deadline(Duration.ofHours(2)));
        belay.operator("alice").extendDeadline(trip.id(), Duration.ofHours(1), "the customer is patient");
        kit.runUntilIdle();
        kit.advance(Duration.ofMinutes(30));
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);
        kit.advance(Duration.ofHours(2));
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);
        kit.advance(Duration.ofHours(1));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(log).endsWith("cancel flight");
    }

    @Test
    void atMostOnce(SagaKit kit) {
        cards.beforeAnswer = () -> kit.crashPoint("charged");
        var saga = Saga.define("pay-trip", Trip.class);
        var paid = saga.step("charge", Receipt.class, ctx -> cards.charge(240, ctx.idempotencyKey()))
                .atMostOnce()
                .verify(ctx -> cards.find(240, ctx.idempotencyKey())
                        .map(Verdict::applied)
                        .orElse(Verdict.unclear()))
                .withoutUndo("the shop pays back by itself");
        kit.crashAt("charged");
        var trip = kit.start(saga.returns(paid), OSLO);
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo(new Receipt(240));
        assertThat(log).containsExactly("charge 240");
    }

    @Test
    void unknownOutcomes(SagaKit kit) {
        cards.beforeAnswer = () -> kit.crashPoint("charged");
        var saga = Saga.define("pay-trip", Trip.class);
        saga.step("charge", Receipt.class, ctx -> cards.charge(240, ctx.idempotencyKey()))
                .atMostOnce();
        var definition = saga.returnsNothing();
        kit.crashAt("charged");
        var first = kit.start(definition, OSLO);
        kit.runUntilIdle();
        kit.crashAt("charged");
        var second = kit.start(definition, OSLO);
        kit.runUntilIdle();
        assertThat(first.state()).isEqualTo(SUSPENDED);
        assertThat(second.state()).isEqualTo(SUSPENDED);
        var alice = kit.operator("alice");
        alice.resolveApplied(first.id(), new Receipt(240), "it is on the statement of 3 May");
        alice.resolveNotApplied(second.id(), "the bank has no such charge");
        kit.runUntilIdle();

        assertThat(first.state()).isEqualTo(COMPLETED);
        assertThat(second.state()).isEqualTo(COMPLETED);
        assertThat(log).hasSize(3);
    }

    @Test
    void lateEffects(SagaKit kit) {
        var answer = new CountDownLatch(1);
        flights.beforeBooking = () -> awaitForever(answer);
        List<SagaEvent.Type> heard = new CopyOnWriteArrayList<>();
        kit.engineOptions(builder -> builder.listener(event -> heard.add(event.type())));
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(100)));
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .timeout(Duration.ofMillis(500))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(u -> {
                    if (!flights.cancel(u.idempotencyKeyOfStep())) {
                        u.nothingToUndo();
                    }
                });
        var trip = kit.start(saga.returnsNothing(), OSLO);
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).isEmpty();

        answer.countDown();
        await().until(() -> trip.journal().stream().anyMatch(entry -> entry.kind() == JournalEntry.Kind.LATE));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("book flight to Oslo", "cancel flight");
        assertThat(heard).contains(SagaEvent.Type.LATE_EFFECT);
    }

    /** Waits as a call does that does not hear that it should stop. */
    private static void awaitForever(CountDownLatch answer) {
        while (answer.getCount() > 0) {
            try {
                answer.await();
            } catch (InterruptedException e) {
                continue;
            }
        }
    }

    @Test
    void semanticLocks(SagaKit kit) {
        record Order(String card, int amount) {}

        var saga = Saga.define("pay-order", Order.class);
        saga.lockOne("one-order-a-card", ctx -> "card " + ctx.input().card()).within(Duration.ofHours(1));
        saga.signal("order-complete", Void.class);
        saga.step("charge", Receipt.class, ctx -> cards.charge(ctx.input().amount(), ctx.idempotencyKey()));
        var definition = saga.returnsNothing();
        var first = kit.start(definition, new Order("4711", 10));
        kit.runUntilIdle();
        var second = kit.start(definition, new Order("4711", 20));
        kit.runUntilIdle();
        var belay = kit.belay();
        for (SemanticLock lock : belay.locks()) {
            log.add(lock.key() + (lock.isHeld() ? " is held" : " is waited for"));
        }
        assertThat(log).containsExactly("card 4711 is held", "card 4711 is waited for");

        first.signal("order-complete", null);
        second.signal("order-complete", null);
        kit.runUntilIdle();
        assertThat(second.state()).isEqualTo(COMPLETED);
        assertThat(log).endsWith("charge 10", "charge 20");
    }

    @Test
    void limits(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .limit(Limit.atMost("airline-connections", 5))
                .limit(Limit.rate("airline-calls", 100, Duration.ofSeconds(1)));
        saga.step("room", Room.class, ctx -> hotels.book(ctx.input(), ctx.idempotencyKey()))
                .limit(Limit.mutex("hotel-desk"), data -> data.input().to());
        var definition = saga.returnsNothing();
        var trip = kit.start(definition, OSLO);
        var other = kit.start(definition, OSLO);
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(other.state()).isEqualTo(COMPLETED);
    }

    @Test
    void prioritiesAndTenants(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class);
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()));
        var bookTrip = saga.returnsNothing();
        kit.open(bookTrip).workerOptions(options -> options.platformThreads(1));
        var belay = kit.belay();
        var acme = StartOptions.defaults().tenant("acme");
        belay.start(bookTrip, new Trip("Rome", 3), acme);
        belay.start(bookTrip, new Trip("Oslo", 1), acme.withPriority(-10));
        kit.runUntilIdle();

        assertThat(log).containsExactly("book flight to Oslo", "book flight to Rome");
    }

    @Test
    void pauses(SagaKit kit) {
        var saga = Saga.define("book-trip", Trip.class).queue("airline");
        saga.step("flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()));
        var trip = kit.start(saga.returnsNothing(), OSLO);
        var belay = kit.belay();
        belay.operator("alice").pause(trip.id(), "the customer thinks it over");
        belay.definition("book-trip").pause("alice", "version 3 books twice");
        belay.queue("airline").pause("alice", "the airline is down");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(log).isEmpty();
        belay.queue("airline").limit(2, "alice", "the airline is back, slowly");
        belay.queue("airline").resume("alice", "the airline is back");
        belay.definition("book-trip").resume("alice", "version 4 is out");
        belay.operator("alice").resume(trip.id(), "the customer wants to go");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
    }
}
