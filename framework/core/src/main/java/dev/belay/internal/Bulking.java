package dev.belay.internal;

import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.Scope;
import dev.belay.internal.coordinator.Bulks;
import dev.belay.internal.queue.BulkTable;
import dev.belay.internal.worker.Notifier;
import java.util.UUID;

/** Decisions about many sagas; workers are told when one begins, and of each saga that one was carried out on. */
record Bulking(Bulks bulks, Notifier notifier) implements BulkOperations {

    @Override
    public Forecast forecast(SagaFilter filter, BulkAction action, Scope scope) {
        return bulks.forecast(filter, action, scope);
    }

    @Override
    public BulkStatus begin(UUID id, SagaFilter filter, BulkAction action, Scope scope, String actor, String reason) {
        BulkStatus status = bulks.begin(new BulkTable.Open(id, action, actor, reason), filter, scope);
        notifier.bulkBegun();
        return status;
    }

    @Override
    public BulkStatus stop(UUID id, Scope scope, String actor, String reason) {
        return bulks.stop(id, scope, actor, reason);
    }

    @Override
    public int carryOn(int most) {
        return bulks.carryOn(most, notifier::directionChanged);
    }
}
