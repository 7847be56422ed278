package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Belay;
import dev.belay.BelayBuilder;
import dev.belay.Deployment;
import dev.belay.PayloadName;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@BelayTest
class UpcastTest {
    @PayloadName("trip-1")
    record TripOne(String to) {}

    @PayloadName("trip-3")
    record TripThree(String city, String country, int nights) {}

    @PayloadName("booking-1")
    record BookingOne(String code) {}

    @PayloadName("booking-2")
    record BookingTwo(String code, String carrier) {}

    private final List<String> diary = new CopyOnWriteArrayList<>();

    private SagaDefinition<TripOne, BookingOne> old() {
        var saga = Saga.define("trip", TripOne.class);
        var release = saga.undo("release", BookingOne.class, (data, u) -> diary.add("release " + data));
        var flight = saga.step("flight", BookingOne.class, ctx -> {
                    ctx.activity("hold", BookingOne.class)
                            .undo(release, new BookingOne("hold"))
                            .run(() -> new BookingOne("held"));
                    return new BookingOne("SK1");
                })
                .undo(u -> diary.add("cancel " + u.input() + " " + u.output()));
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.never());
        return saga.returns(BookingOne.class, ctx -> ctx.output(flight));
    }

    private SagaDefinition<TripThree, BookingTwo> mended() {
        var saga = Saga.define("trip", TripThree.class).version(2);
        var release = saga.undo("release", BookingTwo.class, (data, u) -> diary.add("release " + data));
        var flight = saga.step("flight", BookingTwo.class, ctx -> {
                    ctx.activity("hold", BookingTwo.class)
                            .undo(release, new BookingTwo("hold", "new"))
                            .run(() -> new BookingTwo("held", "new"));
                    return new BookingTwo("new", "new");
                })
                .undo(u -> diary.add("cancel " + u.input() + " " + u.output()));
        saga.step("hotel", String.class, ctx -> {
            diary.add("hotel " + ctx.input() + " " + ctx.output(flight));
            return "room";
        });
        return saga.returns(BookingTwo.class, ctx -> ctx.output(flight));
    }

    private static BelayBuilder upcasting(BelayBuilder engine) {
        return engine.upcast(
                        "trip-1",
                        "trip-2",
                        trip -> JsonNodeFactory.instance
                                .objectNode()
                                .put("city", trip.get("to").asString()))
                .upcast(
                        "trip-2",
                        TripThree.class,
                        trip -> ((ObjectNode) trip).put("country", "?").put("nights", 1))
                .upcast("booking-1", BookingTwo.class, booking -> ((ObjectNode) booking).put("carrier", "SAS"));
    }

    @Test
    void inputsOutputsAndResultsOfOldShapesAreReadByNewCode(SagaKit kit) {
        var trip = kit.start(old(), new TripOne("Oslo"));
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);

        var mended = mended();
        kit.engineOptions(UpcastTest::upcasting).open(mended);
        assertThat(kit.belay().deployment().lacking()).isEmpty();
        kit.operator("alice").retry(trip.id(), "deployed");
        kit.runUntilIdle();

        assertThat(kit.belay().saga(trip.id(), mended).result()).isEqualTo(new BookingTwo("SK1", "SAS"));
        assertThat(diary)
                .containsExactly("hotel TripThree[city=Oslo, country=?, nights=1] BookingTwo[code=SK1, carrier=SAS]");
        assertThat(trip.journal())
                .filteredOn(entry ->
                        entry.step().equals("flight") && entry.activity().isEmpty())
                .first()
                .satisfies(entry -> assertThat(entry.output().orElseThrow()).doesNotContain("carrier"));
    }

    @Test
    void undosGetInputsOutputsAndUndoDataInTheNewShape(SagaKit kit) {
        var trip = kit.start(old(), new TripOne("Oslo"));
        kit.runUntilIdle();

        kit.engineOptions(UpcastTest::upcasting).open(mended());
        kit.operator("alice").compensate(trip.id(), "no longer wanted");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SagaState.COMPENSATED);
        assertThat(diary)
                .containsExactlyInAnyOrder(
                        "release BookingTwo[code=hold, carrier=SAS]",
                        "cancel TripThree[city=Oslo, country=?, nights=1] BookingTwo[code=SK1, carrier=SAS]");
    }

    @Test
    void withoutAnUpcasterTheErrorSaysWhatIsStoredAndNamesTheWayOut(SagaKit kit) {
        var trip = kit.start(old(), new TripOne("Oslo"));
        kit.runUntilIdle();

        kit.open(mended());
        assertThat(kit.belay().deployment().lacking())
                .singleElement()
                .satisfies(version -> assertThat(version.gaps())
                        .extracting(Deployment.Gap::kind)
                        .containsOnly(Deployment.Kind.TYPE_CHANGED));
        kit.operator("alice").retry(trip.id(), "deployed");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(trip.view().failure().orElseThrow().message())
                .contains("\"trip-1\"")
                .contains("\"trip-3\"")
                .contains("upcast(\"trip-1\"");
    }

    @Test
    void twoWaysFromOneNameAndCirclesAreRefused(SagaKit kit) {
        BelayBuilder twice = Belay.on(kit.dataSource())
                .schema(kit.schema())
                .upcast("a", TripOne.class, json -> json)
                .upcast("a", TripThree.class, json -> json);
        assertThatThrownBy(twice::open)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two of them read \"a\", to \"trip-1\" and to \"trip-3\"");

        BelayBuilder circle = Belay.on(kit.dataSource())
                .schema(kit.schema())
                .upcast("trip-1", TripThree.class, json -> json)
                .upcast("trip-3", TripOne.class, json -> json);
        assertThatThrownBy(circle::open)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("circle: \"trip-1\" to \"trip-3\" to \"trip-1\"");
    }

    @Test
    void anUpcasterThatThrowsSuspendsWithWordsAndChangesNothing(SagaKit kit) {
        var trip = kit.start(old(), new TripOne("Oslo"));
        kit.runUntilIdle();

        kit.engineOptions(engine -> engine.upcast("trip-1", TripThree.class, json -> {
                    throw new IllegalStateException("no such city");
                }))
                .open(mended());
        kit.operator("alice").retry(trip.id(), "deployed");
        kit.runUntilIdle();
        assertThat(trip.view().failure().orElseThrow().message())
                .contains("could not be brought to \"trip-3\"")
                .contains("no such city");

        kit.engineOptions(UpcastTest::upcasting).open(mended());
        kit.operator("alice").retry(trip.id(), "mended");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SagaState.COMPLETED);
    }
}
