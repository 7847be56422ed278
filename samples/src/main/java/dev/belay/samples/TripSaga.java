package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import java.time.Duration;

/** A chain of steps with undo: when the card is declined, the hotel and the flight are cancelled, in this order. */
public final class TripSaga {

    private TripSaga() {}

    /** The definition: each step's name is written once, outputs come back typed, and what undoes a step stands beside it. */
    public static SagaDefinition<TripRequest, Itinerary> bookTrip(Flights flights, Hotels hotels, Payments payments) {
        var saga = Saga.define("book-trip", TripRequest.class);
        var flight = saga.step("reserve-flight", FlightBooking.class, ctx -> flights.reserve(ctx.input()))
                .undo(u -> flights.cancel(u.output()));
        var hotel = saga.step("reserve-hotel", HotelBooking.class, ctx -> hotels.reserve(ctx.input()))
                .undo(u -> hotels.cancel(u.output()))
                .retry(RetryPolicy.exponential(Duration.ofMillis(200)).upTo(3));
        var paid = saga.pivot("charge-card", Receipt.class, ctx -> {
            var total = ctx.output(flight).price() + ctx.output(hotel).price();
            return payments.charge(ctx.input().card(), total, ctx.idempotencyKey());
        });
        return saga.returns(
                Itinerary.class, ctx -> new Itinerary(ctx.output(flight), ctx.output(hotel), ctx.output(paid)));
    }

    /** What the traveller asks for. */
    public record TripRequest(String traveller, String city, String card) {}

    /** A reserved seat. */
    public record FlightBooking(String ref, int price) {}

    /** A reserved room. */
    public record HotelBooking(String ref, int price) {}

    /** A paid bill. */
    public record Receipt(String ref, int amount) {}

    /** The trip. */
    public record Itinerary(FlightBooking flight, HotelBooking hotel, Receipt receipt) {}

    /** An airline. */
    public interface Flights {
        /** Reserves a seat. */
        FlightBooking reserve(TripRequest trip);

        /** Gives it back; harmless when repeated. */
        void cancel(FlightBooking booking);
    }

    /** A hotel. */
    public interface Hotels {
        /** Reserves a room. */
        HotelBooking reserve(TripRequest trip);

        /** Gives it back; harmless when repeated. */
        void cancel(HotelBooking booking);
    }

    /** A bank. */
    public interface Payments {
        /** Charges the card once for each key. Throws {@link StepRejected} when the bank declines: then nothing was charged. */
        Receipt charge(String card, int amount, String key);
    }

    /** Books two trips, of which the second cannot be paid. */
    public static void main(String... args) {
        var bookTrip = bookTrip(new PrintedFlights(), new PrintedHotels(), new PrintedPayments());
        try (var database = new SampleDatabase();
                var belay = Belay.on(database.dataSource()).with(bookTrip).open()) {
            belay.worker().start();

            var paid = belay.start(bookTrip, new TripRequest("Ada", "Oslo", "4711"), StartOptions.key("order-1"));
            System.out.println("order-1: " + paid.await(Duration.ofSeconds(30)));

            var declined =
                    belay.start(bookTrip, new TripRequest("Bob", "Rome", "declined"), StartOptions.key("order-2"));
            System.out.println("order-2: " + declined.awaitSettled(Duration.ofSeconds(30)));
            print(declined);
        }
    }

    private static void print(SagaHandle<?> saga) {
        for (var entry : saga.journal()) {
            if (entry.kind() == JournalEntry.Kind.ATTEMPT) {
                System.out.println("  " + (entry.undoing() ? "undo " : "") + entry.step() + ": " + entry.outcome());
            }
        }
    }

    private static final class PrintedFlights implements Flights {
        @Override
        public FlightBooking reserve(TripRequest trip) {
            return new FlightBooking("seat to " + trip.city() + " for " + trip.traveller(), 240);
        }

        @Override
        public void cancel(FlightBooking booking) {
            System.out.println("  the airline takes back the " + booking.ref());
        }
    }

    private static final class PrintedHotels implements Hotels {
        @Override
        public HotelBooking reserve(TripRequest trip) {
            return new HotelBooking("room in " + trip.city() + " for " + trip.traveller(), 310);
        }

        @Override
        public void cancel(HotelBooking booking) {
            System.out.println("  the hotel takes back the " + booking.ref());
        }
    }

    private static final class PrintedPayments implements Payments {
        @Override
        public Receipt charge(String card, int amount, String key) {
            if (card.equals("declined")) {
                throw new StepRejected("The bank declined the card.");
            }
            return new Receipt("charge " + key, amount);
        }
    }
}
