package dev.belay.samples.demo;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.samples.TripSaga.TripRequest;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Two trips: one whose third step rejects, and one that waits for an operator. */
final class TripScenes {

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Stage stage;
    private final Console console;

    TripScenes(Stage stage, Console console) {
        this.stage = stage;
        this.console = console;
    }

    /** A trip whose card is declined. */
    UndoneTrip declined() {
        var request = new TripRequest("Bob", "Rome", TripDesk.DECLINED_CARD);
        var saga = stage.belay().start(stage.sagas().trip(), request, StartOptions.key("order-1"));
        var state = saga.awaitSettled(LONGEST);
        var course = attempts(saga).stream()
                .map(entry -> (entry.undoing() ? "undo " : "") + entry.step() + " " + entry.outcome())
                .toList();
        var undone = attempts(saga).stream()
                .filter(entry -> entry.undoing() && entry.outcome() == Result.SUCCEEDED)
                .map(JournalEntry::step)
                .toList();
        console.progress("saga \"book-trip\": its third step rejected, it is %s", state);
        return new UndoneTrip(saga.id(), state, course, undone);
    }

    /** A trip whose hotel does not answer until an operator retries it. */
    RetriedTrip suspended() {
        stage.signals().raise(Signals.hotelClosed());
        var request = new TripRequest("Ada", "Oslo", "4711");
        var saga = stage.belay().start(stage.sagas().trip(), request, StartOptions.key("order-2"));
        var waiting = saga.awaitSettled(LONGEST);
        var failed = attempts(saga).stream()
                .filter(entry -> entry.step().equals("reserve-hotel"))
                .count();
        console.progress("saga \"book-trip\": reserve-hotel failed %d times, it is %s", failed, waiting);
        stage.signals().lower(Signals.hotelClosed());
        stage.belay().operator("demo").retry(saga.id(), "The hotel answers again.");
        console.progress("operator \"demo\" retries it");
        var end = saga.awaitSettled(LONGEST);
        console.progress("saga \"book-trip\" is %s", end);
        return new RetriedTrip(saga.id(), (int) failed, waiting, end);
    }

    private static List<JournalEntry> attempts(SagaHandle<?> saga) {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == Kind.ATTEMPT)
                .toList();
    }

    /**
     * A trip that was undone.
     *
     * @param course every attempt in the journal, oldest first
     * @param compensationOrder the steps undone, in the order they were
     */
    record UndoneTrip(UUID saga, SagaState state, List<String> course, List<String> compensationOrder) {}

    /** A trip that waited for an operator. */
    record RetriedTrip(UUID saga, int failedAttempts, SagaState waiting, SagaState end) {}
}
