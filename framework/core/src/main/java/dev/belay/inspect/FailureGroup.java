package dev.belay.inspect;

import java.time.Instant;

/**
 * What failed for the same reason: the same definition, step and {@linkplain dev.belay.Failure#fingerprint() fingerprint}.
 *
 * @param activity the activity whose calls failed, empty text if it was the step itself
 * @param type the failure's class name; empty if it is not known
 * @param message what the newest of the stuck sagas in scope says; if none is stuck, what all messages of this reason have in common,
 *     with signs in place of what differs; empty if neither is known
 * @param stuck how many sagas wait for an operator because of it now
 * @param failed how many attempts failed so in the time asked for
 * @param first the first of these, to the minute
 * @param last the last, to the minute
 */
public record FailureGroup(
        String definition,
        String step,
        String activity,
        String fingerprint,
        String type,
        String message,
        long stuck,
        long failed,
        Instant first,
        Instant last) {}
