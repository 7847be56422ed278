package dev.belay.internal.coordinator;

import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.journal.OperationTable.Requested;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * That a request is carried out at most once. To be asked under the lock of the saga, which the first holds until its audit row is
 * there to be seen.
 */
final class Once {
    private Once() {}

    /** The state that a request came to, if it came before; refused in words if it was another. */
    static Optional<String> before(OperationTable operations, Handle handle, Decision decision) {
        if (decision.request() == null) {
            return Optional.empty();
        }
        Optional<Requested> former = operations.requested(handle, decision.request());
        former.ifPresent(one -> {
            boolean same =
                    decision.saga().equals(one.saga()) && decision.action().equals(one.action());
            if (!same) {
                throw used(decision);
            }
        });
        return former.map(Requested::after);
    }

    static IllegalArgumentException used(Decision decision) {
        return new IllegalArgumentException("Cannot " + decision.action() + " saga " + decision.saga()
                + ": the request id " + decision.request()
                + " was used for another decision before. Give each decision an id of its own.");
    }
}
