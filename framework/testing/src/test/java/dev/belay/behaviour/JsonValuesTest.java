package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Next;
import dev.belay.Operator;
import dev.belay.PayloadException;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@BelayTest
class JsonValuesTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final String DIGITS =
            "{\"id\": 9007199254740993, \"big\": 123456789012345678901234567890, \"amount\": 0.1000000000000000055511151231257827}";

    enum Seat {
        WINDOW,
        AISLE
    }

    record Booking(String to, int nights, Seat seat, List<String> guests) {}

    record Exact(long id, BigInteger big, BigDecimal amount) {}

    private static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    /** Fails at its first step, and returns what the second is told of it. */
    private static <T> SagaDefinition<String, T> failing(Class<T> type) {
        var saga = Saga.define("trip", String.class);
        var hotel = saga.step("hotel", type, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.never());
        return saga.returns(hotel);
    }

    private static <T> SagaHandle<T> failed(SagaKit kit, Class<T> type) {
        SagaHandle<T> trip = kit.start(failing(type), "oslo");
        kit.runUntilIdle();
        return trip;
    }

    private static void refused(SagaHandle<?> trip, Operator operator, String value, String... words) {
        int before = trip.journal().size();
        assertThatThrownBy(() -> operator.skip(trip.id(), json(value), "by hand"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContainingAll(words);
        assertThat(trip.journal()).hasSize(before);
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);
    }

    @Test
    void jsonIsReadAsWhatTheStepReturns(SagaKit kit) {
        var trip = failed(kit, Booking.class);

        kit.operator("alice")
                .skip(
                        trip.id(),
                        json("{\"to\": \"oslo\", \"nights\": 2, \"seat\": \"AISLE\", \"guests\": [\"Ann\"]}"),
                        "by hand");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo(new Booking("oslo", 2, Seat.AISLE, List.of("Ann")));
    }

    @Test
    void whatDoesNotFitIsRefusedInWords(SagaKit kit) {
        var trip = failed(kit, Booking.class);

        refusals(trip, kit.operator("alice"));
    }

    @Test
    void withoutTheClassJsonIsHeldAgainstTheShapeKeptWithThePlan(SagaKit kit) {
        SagaDefinition<String, Booking> definition = failing(Booking.class);
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();

        kit.open();
        refusals(trip, kit.operator("alice"));
        kit.operator("alice")
                .skip(trip.id(), json("{\"to\": \"oslo\", \"nights\": 2, \"guests\": [\"Ann\", null]}"), "by hand");
        kit.open(definition);
        kit.runUntilIdle();

        assertThat(trip.result().nights()).isEqualTo(2);
    }

    private static void refusals(SagaHandle<?> trip, Operator operator) {
        refused(trip, operator, "\"oslo\"", "hotel", "booking", "must be an object, but is a string");
        refused(trip, operator, "null", "hotel", "booking", "null");
        refused(trip, operator, "{\"nights\": \"2\"}", "hotel", "\"nights\" must be a whole number, but is a string");
        refused(trip, operator, "{\"nights\": 2.5}", "\"nights\" must be a whole number, but is a number");
        refused(trip, operator, "{\"nights\": 2, \"to\": 7}", "\"to\" must be a string, but is a whole number");
        refused(trip, operator, "{\"nights\": 2, \"seat\": \"ROOF\"}", "\"seat\" must be one of [WINDOW, AISLE]");
        refused(trip, operator, "{\"nights\": 2, \"guests\": [\"a\", 1]}", "\"guests[1]\" must be a string");
        refused(trip, operator, "{\"nights\": 2, \"night\": 2}", "no field \"night\"", "nights");
        refused(trip, operator, "{\"to\": \"oslo\"}", "\"nights\" is missing");
    }

    @Test
    void whatOnlyTheClassCanTellIsRefusedInWordsToo(SagaKit kit) {
        var trip = failed(kit, Booking.class);

        refused(trip, kit.operator("alice"), "{\"nights\": 99999999999}", "hotel", "nights", "out of range");
    }

    @Test
    void aNumberThatTheDatabaseCannotHoldIsRefusedInWords(SagaKit kit) {
        var trip = failed(kit, Object.class);

        refused(trip, kit.operator("alice"), "{\"amounts\": [1, 1e200000]}", "hotel", "a number that cannot be stored");
        refused(trip, kit.operator("alice"), "1e-20000", "hotel", "a number that cannot be stored");
    }

    @Test
    void everyDigitIsKept(SagaKit kit) {
        var trip = failed(kit, Exact.class);

        kit.operator("alice").skip(trip.id(), json(DIGITS), "by hand");
        kit.runUntilIdle();

        assertThat(trip.result())
                .isEqualTo(new Exact(
                        9007199254740993L,
                        new BigInteger("123456789012345678901234567890"),
                        new BigDecimal("0.1000000000000000055511151231257827")));
    }

    @Test
    void everyDigitIsKeptWithoutTheClass(SagaKit kit) {
        SagaDefinition<String, Exact> definition = failing(Exact.class);
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();

        kit.open();
        kit.operator("alice").skip(trip.id(), json(DIGITS), "by hand");
        kit.open(definition);
        kit.runUntilIdle();

        assertThat(trip.result().amount()).isEqualTo(new BigDecimal("0.1000000000000000055511151231257827"));
        assertThat(trip.result().id()).isEqualTo(9007199254740993L);
    }

    @Test
    void aStepOfVoidTakesNull(SagaKit kit) {
        var saga = Saga.define("mail", String.class);
        saga.step("send", Void.class, ctx -> {
                    throw new IllegalStateException("down");
                })
                .retry(RetryPolicy.never());
        SagaDefinition<String, Void> definition = saga.returnsNothing();
        var mail = kit.start(definition, "hello");
        kit.runUntilIdle();

        refused(mail, kit.operator("alice"), "{}", "send", "null");
        kit.open();
        refused(mail, kit.operator("alice"), "\"sent\"", "send", "null");
        kit.operator("alice").skip(mail.id(), json("null"), "by hand");
        kit.open(definition);
        kit.runUntilIdle();

        assertThat(mail.state()).isEqualTo(SagaState.COMPLETED);
    }

    @Test
    void anInputIsEditedAsJson(SagaKit kit) {
        AtomicReference<Booking> given = new AtomicReference<>();
        var saga = Saga.define("trip", Booking.class);
        saga.step("hotel", String.class, ctx -> {
                    given.set(ctx.input());
                    if (ctx.input().nights() > 1) {
                        throw new IllegalStateException("full");
                    }
                    return "booked";
                })
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), new Booking("oslo", 2, Seat.AISLE, List.of()));
        kit.runUntilIdle();

        assertThatThrownBy(() -> kit.operator("alice").retryWithInput(trip.id(), json("[]"), "fewer nights"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContainingAll("new input", "hotel", "booking");
        kit.operator("alice").retryWithInput(trip.id(), json("{\"to\": \"oslo\", \"nights\": 1}"), "fewer nights");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SagaState.COMPLETED);
        assertThat(given.get().nights()).isOne();
    }

    @Test
    void aSignalBringsJson(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var paid = saga.signal("paid", Booking.class);
        SagaDefinition<String, Booking> definition = saga.returns(paid);
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();

        kit.open();
        SagaHandle<Object> elsewhere = kit.belay().saga(trip.id());
        assertThatThrownBy(() -> elsewhere.signal("paid", json("{\"nights\": true}")))
                .isInstanceOf(PayloadException.class)
                .hasMessageContainingAll("paid", "\"nights\" must be a whole number");
        elsewhere.signal("paid", json("{\"to\": \"oslo\", \"nights\": 3}"));
        kit.open(definition);
        kit.runUntilIdle();

        assertThat(kit.belay().saga(trip.id(), definition).result().nights()).isEqualTo(3);
    }

    private static SagaDefinition<String, Booking> routed() {
        var saga = Saga.define("routed", String.class);
        saga.step("choose", String.class, (ctx, input) -> {
                    throw new IllegalStateException("undecided");
                })
                .retry(RetryPolicy.never());
        saga.step("book", Booking.class, (ctx, booking) -> Next.end(booking));
        saga.step("free", String.class, (ctx, input) -> Next.end(new Booking("home", 0, Seat.AISLE, List.of())));
        return saga.returns(Booking.class);
    }

    @Test
    void aRoutedStepIsSkippedWithWhatComesNext(SagaKit kit) {
        decideByJson(kit, routed(), true);
    }

    @Test
    void aRoutedStepIsSkippedWithoutItsCode(SagaKit kit) {
        decideByJson(kit, routed(), false);
    }

    private static void decideByJson(SagaKit kit, SagaDefinition<String, Booking> definition, boolean withCode) {
        var on = kit.start(definition, "oslo");
        var end = kit.start(definition, "oslo");
        kit.runUntilIdle();
        if (!withCode) {
            kit.open();
        }
        Operator alice = kit.operator("alice");

        refused(on, alice, "\"book\"", "choose", "what comes next");
        refused(on, alice, "{\"to\": \"book\", \"end\": 1}", "what comes next");
        refused(on, alice, "{\"to\": \"fly\"}", "\"fly\"", "book");
        refused(on, alice, "{\"to\": \"book\"}", "input of step \"book\"");
        refused(on, alice, "{\"to\": \"book\", \"input\": {\"nights\": \"2\"}}", "\"nights\" must be a whole number");
        refused(on, alice, "{\"end\": {\"nights\": \"2\"}}", "result", "\"nights\" must be a whole number");
        alice.skip(on.id(), json("{\"to\": \"book\", \"input\": {\"to\": \"oslo\", \"nights\": 2}}"), "by hand");
        alice.skip(end.id(), json("{\"end\": {\"to\": \"oslo\", \"nights\": 5}}"), "by hand");
        if (!withCode) {
            kit.open(definition);
        }
        kit.runUntilIdle();

        assertThat(on.result().nights()).isEqualTo(2);
        assertThat(end.result().nights()).isEqualTo(5);
    }

    @Test
    void whereNoShapeIsKeptJsonOfTheSameSortIsTaken(SagaKit kit) {
        SagaDefinition<String, Booking> definition = failing(Booking.class);
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();
        forgetShapes(kit);

        kit.open();
        assertThatThrownBy(() -> kit.operator("alice").retryWithInput(trip.id(), json("{}"), "edited"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContainingAll("hotel", "must be a string, but is an object");
        assertThat(kit.operator("alice").retryWithInput(trip.id(), json("\"bergen\""), "edited"))
                .isEqualTo(SagaState.RUNNING);
    }

    @Test
    void aShapeMakesNoOtherPlan(SagaKit kit) {
        SagaDefinition<String, Booking> definition = failing(Booking.class);
        kit.start(definition, "oslo");
        kit.runUntilIdle();
        forgetShapes(kit);

        kit.open(definition);

        assertThat(kit.start(definition, "bergen").state()).isEqualTo(SagaState.RUNNING);
        assertThat(shapes(kit)).contains("nights");
    }

    private static void forgetShapes(SagaKit kit) {
        Jdbi.create(kit.dataSource())
                .useHandle(handle -> handle.execute("update " + kit.schema() + ".plan set shapes = null"));
    }

    private static String shapes(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select shapes::text from " + kit.schema() + ".plan")
                        .mapTo(String.class)
                        .one());
    }
}
