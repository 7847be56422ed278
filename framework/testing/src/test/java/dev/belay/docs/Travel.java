package dev.belay.docs;

import dev.belay.StepRejected;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The world of the examples: services that book trips, keep a log, and fail when a test tells them to. */
final class Travel {
    record Trip(String to, int nights) {}

    record Flight(String code, int price) {}

    record Room(String hotel, int price) {}

    record Receipt(int amount) {}

    static final Trip OSLO = new Trip("Oslo", 2);

    /** What happened, in order. */
    final List<String> log = new CopyOnWriteArrayList<>();

    final Flights flights = new Flights();
    final Hotels hotels = new Hotels();
    final Cards cards = new Cards();
    final Model model = new Model();
    final Mail mail = new Mail();

    final class Flights {
        /** What a test does before a flight is booked. */
        volatile Runnable beforeBooking = () -> {};

        private final Set<String> booked = ConcurrentHashMap.newKeySet();

        Flight book(Trip trip, String key) {
            beforeBooking.run();
            booked.add(key);
            log.add("book flight to " + trip.to());
            return new Flight("SK-" + trip.to(), 240);
        }

        /** Whether there was something to cancel. */
        boolean cancel(String key) {
            if (!booked.remove(key)) {
                return false;
            }
            log.add("cancel flight");
            return true;
        }

        String seat(String traveller, String key) {
            if (traveller.equals("Bob")) {
                throw new StepRejected("Bob has no passport");
            }
            booked.add(key);
            log.add("seat for " + traveller);
            return "seat of " + traveller;
        }

        String hold(String city, String key) {
            booked.add(key);
            log.add("hold seat to " + city);
            return "hold to " + city;
        }
    }

    final class Hotels {
        volatile boolean down;
        volatile boolean refundable = true;

        Room book(Trip trip, String key) {
            if (down) {
                log.add("hotel does not answer");
                throw new IllegalStateException("the hotel does not answer");
            }
            log.add("book room in " + trip.to());
            return new Room("Grand " + trip.to(), 90 * trip.nights());
        }

        void cancel(String key) {
            if (!refundable) {
                throw new IllegalStateException("not refundable");
            }
            log.add("cancel room");
        }
    }

    final class Cards {
        volatile boolean declined;

        /** What a test does between the charge and the answer. */
        volatile Runnable beforeAnswer = () -> {};

        private final Set<String> charged = ConcurrentHashMap.newKeySet();

        Receipt charge(int amount, String key) {
            if (declined) {
                throw new StepRejected("declined");
            }
            charged.add(key);
            log.add("charge " + amount);
            beforeAnswer.run();
            return new Receipt(amount);
        }

        Optional<Receipt> find(int amount, String key) {
            return charged.contains(key) ? Optional.of(new Receipt(amount)) : Optional.empty();
        }
    }

    record Thought(boolean done, String text) {}

    final class Model {
        Thought think(String text) {
            log.add("think about " + text);
            return text.startsWith("found ") ? new Thought(true, text) : new Thought(false, "sun in May");
        }

        String search(String query) {
            log.add("search " + query);
            return "found Rome";
        }

        String chooseCity(String wish) {
            log.add("model chooses for " + wish);
            return "Oslo";
        }
    }

    final class Mail {
        void send(String text, String key) {
            log.add("mail: " + text);
        }
    }
}
