package dev.belay.inspect;

import dev.belay.SagaView;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * All that is known of one saga but its journal.
 *
 * @param view where it stands
 * @param queue the queue of its definition
 * @param plan the steps it follows, in their order
 * @param children the sagas its steps started, at most 100, the newest first
 * @param forks the sagas forked from it, at most 100, the newest first
 * @param journalRows how many rows its journal has, counted up to 100,000
 */
public record SagaDetail(
        SagaSummary summary,
        SagaView view,
        String queue,
        Optional<StoredValue> input,
        Optional<StoredValue> output,
        List<PlannedStep> plan,
        List<SagaSummary> children,
        List<UUID> forks,
        Count journalRows) {
    /** Keeps its own lists. */
    public SagaDetail {
        plan = List.copyOf(plan);
        children = List.copyOf(children);
        forks = List.copyOf(forks);
    }
}
