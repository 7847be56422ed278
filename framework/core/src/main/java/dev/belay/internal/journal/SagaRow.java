package dev.belay.internal.journal;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A row of the table {@code saga}. */
public record SagaRow(
        UUID id,
        int planId,
        SagaState state,
        long epoch,
        @Nullable Cause cause,
        boolean pivotPassed,
        boolean cancelRequested,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String failure,
        @Nullable Payload input,
        @Nullable Payload output) {

    /** The same row in another state, one epoch on. */
    public SagaRow turned(SagaState next, @Nullable Cause why, @Nullable String failureJson) {
        return new SagaRow(
                id,
                planId,
                next,
                epoch + 1,
                why,
                pivotPassed,
                cancelRequested,
                startedAt,
                endedAt,
                failureJson,
                input,
                output);
    }

    /** The same row past its pivot. */
    public SagaRow pastPivot() {
        return new SagaRow(id, planId, state, epoch, cause, true, false, startedAt, endedAt, failure, input, output);
    }
}
