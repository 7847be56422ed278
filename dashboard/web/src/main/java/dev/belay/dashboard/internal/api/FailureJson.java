package dev.belay.dashboard.internal.api;

import dev.belay.Failure;
import java.util.Optional;

/**
 * An exception as it was kept.
 *
 * @param stack empty for those who may not read payloads
 */
record FailureJson(String step, String type, String message, String fingerprint, Optional<String> stack) {
    static FailureJson of(Failure failure, boolean payloads) {
        return new FailureJson(
                failure.step(),
                failure.type(),
                failure.message(),
                failure.fingerprint(),
                payloads ? Optional.of(failure.stack()) : Optional.empty());
    }
}
