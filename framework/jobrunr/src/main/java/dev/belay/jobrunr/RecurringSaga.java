package dev.belay.jobrunr;

import dev.belay.SagaDefinition;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;
import java.util.function.Function;

/**
 * A saga that is started again and again. Immutable; register it by {@link JobRunrBridge#recurring} in every process whose JobRunr server
 * may come to start it.
 *
 * <p>Each run is started once, however many servers see that its time has come: its key is the id and that time. Two runs may go on at
 * the same time; a saga whose runs must not should take a semantic lock.
 *
 * @param id names the schedule, in JobRunr's dashboard too; letters, digits and {@code -_(),.}, fewer than 128
 * @param schedule a cron expression of five or six fields, or an ISO 8601 interval as {@code PT15M}, counted from the beginning of 1970
 *     so that all processes mean the same times; JobRunr allows no shorter one than 5 s
 * @param zone whose clock the cron expression means
 * @param input what the run of a given time is started with; called again if a start is tried again
 * @param missed what becomes of runs whose time passed while no server was up
 */
public record RecurringSaga<I>(
        String id,
        SagaDefinition<I, ?> definition,
        String schedule,
        ZoneId zone,
        Function<Instant, I> input,
        Missed missed) {

    /** What becomes of runs whose time passed while no server was up. */
    public enum Missed {
        /** Only the last is started, late; the ones before it never are. */
        SKIP,
        /** All are started, late, each with its own time. */
        CATCH_UP
    }

    public RecurringSaga {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(definition, "definition");
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(missed, "missed");
    }

    /** A schedule in UTC that skips what it missed. */
    public static <I> RecurringSaga<I> of(
            String id, SagaDefinition<I, ?> definition, String schedule, Function<Instant, I> input) {
        return new RecurringSaga<>(id, definition, schedule, ZoneId.of("UTC"), input, Missed.SKIP);
    }

    /** The same by the clock of {@code zone}. */
    public RecurringSaga<I> in(ZoneId zone) {
        return new RecurringSaga<>(id, definition, schedule, zone, input, missed);
    }

    /** The same, starting all that it missed. What it missed before it was first registered does not count. */
    public RecurringSaga<I> catchingUp() {
        return new RecurringSaga<>(id, definition, schedule, zone, input, Missed.CATCH_UP);
    }
}
