package dev.belay.readme;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StartOptions;
import dev.belay.readme.Services.Flight;
import dev.belay.readme.Services.Flights;
import dev.belay.readme.Services.Payments;
import dev.belay.readme.Services.Receipt;
import dev.belay.readme.Services.Trip;
import java.time.Duration;
import javax.sql.DataSource;

/* The README shows what follows, word for word: ReadmeTest compares the two and runs it. */
final class BookTrip {
    static SagaDefinition<Trip, Receipt> define(Flights flights, Payments payments) {
        var saga = Saga.define("book-trip", Trip.class);
        var flight = saga.step("book-flight", Flight.class, ctx -> flights.book(ctx.input(), ctx.idempotencyKey()))
                .undo(u -> flights.cancel(u.idempotencyKeyOfStep()));
        var paid = saga.pivot(
                "charge-card", Receipt.class, ctx -> payments.charge(ctx.output(flight), ctx.idempotencyKey()));
        return saga.returns(paid);
    }

    static Receipt run(DataSource dataSource, SagaDefinition<Trip, Receipt> bookTrip, Trip trip) {
        try (var belay = Belay.on(dataSource).with(bookTrip).open()) {
            belay.worker().start(); // in the processes that do the work
            var saga = belay.start(bookTrip, trip, StartOptions.key("order-4711")); // same key, same saga
            return saga.await(Duration.ofMinutes(2));
        }
    }
}
