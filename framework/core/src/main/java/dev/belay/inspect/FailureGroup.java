package dev.belay.inspect;

import java.time.Instant;

/**
 * What failed for the same reason: the same definition, step and {@linkplain dev.belay.Failure#fingerprint() fingerprint}.
 *
 * @param activity the activity whose calls failed, empty text if it was the step itself
 * @param type the failure's class name; empty if no sample of it was kept
 * @param message what one of them said; empty likewise
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
