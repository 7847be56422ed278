package dev.belay.readme;

/** What the README's example talks to. */
final class Services {
    private Services() {}

    record Trip(String to) {}

    record Flight(String ref, int price) {}

    record Receipt(int amount) {}

    interface Flights {
        Flight book(Trip trip, String key);

        void cancel(String key);
    }

    interface Payments {
        Receipt charge(Flight flight, String key);
    }
}
