package dev.belay.samples.demo;

import dev.belay.StepRejected;
import dev.belay.samples.TripSaga;
import dev.belay.samples.TripSaga.FlightBooking;
import dev.belay.samples.TripSaga.HotelBooking;
import dev.belay.samples.TripSaga.Receipt;
import dev.belay.samples.TripSaga.TripRequest;

/** An airline, a hotel that may be closed, and a bank that declines one card. */
final class TripDesk {

    static final String DECLINED_CARD = "declined";

    private final Signals signals;

    TripDesk(Signals signals) {
        this.signals = signals;
    }

    TripSaga.Flights flights() {
        return new TripSaga.Flights() {
            @Override
            public FlightBooking reserve(TripRequest trip) {
                return new FlightBooking("seat to " + trip.city(), 240);
            }

            @Override
            public void cancel(FlightBooking booking) {}
        };
    }

    TripSaga.Hotels hotels() {
        return new TripSaga.Hotels() {
            @Override
            public HotelBooking reserve(TripRequest trip) {
                if (signals.isUp(Signals.hotelClosed())) {
                    throw new IllegalStateException("The hotel in " + trip.city() + " does not answer.");
                }
                return new HotelBooking("room in " + trip.city(), 310);
            }

            @Override
            public void cancel(HotelBooking booking) {}
        };
    }

    TripSaga.Payments payments() {
        return (card, amount, key) -> {
            if (card.equals(DECLINED_CARD)) {
                throw new StepRejected("The bank declines the card.");
            }
            return new Receipt("charge " + key, amount);
        };
    }
}
