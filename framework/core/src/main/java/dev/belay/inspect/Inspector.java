package dev.belay.inspect;

import dev.belay.JournalEntry;
import dev.belay.OpenApproval;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Reads across sagas. Nothing here locks or changes anything but {@link #askForThreads}; every call is one short, read-only
 * transaction, bounded however many sagas there are. Thread-safe. Get one by {@link dev.belay.Belay#inspect()}.
 */
public interface Inspector {

    /** The same, which sees only what is within {@code scope}: everything else is as if it were not there. */
    Inspector within(Scope scope);

    /**
     * The sagas that {@code filter} means, in the order of their start.
     *
     * @param after what the page before said is next; empty for the first page
     * @param size how many at most, 1 to 500
     * @throws IllegalArgumentException if {@code after} is none of ours
     */
    Page<SagaSummary> sagas(SagaFilter filter, Optional<String> after, int size);

    /** How many there are, counted up to 10,000 and no further back than one page looks. */
    Count count(SagaFilter filter);

    /** One saga; empty if there is none, or it is out of scope. */
    Optional<SagaDetail> saga(UUID id);

    /**
     * Rows of a saga's journal, in the order in which they were recorded.
     *
     * @param size how many at most, 1 to 5,000
     */
    Page<JournalEntry> journal(UUID saga, JournalFilter filter, Optional<String> after, int size);

    /** All rows of one step, both ways, with payloads, the oldest first; at most 1,000. */
    List<JournalEntry> step(UUID saga, int branch, int seq);

    /** For each of these sagas a token that changes whenever it, or its journal, does. Those out of scope are left out. */
    Map<UUID, String> tokens(Collection<UUID> sagas);

    /** How everything stands. */
    Overview overview();

    /** What happened from {@code from} until {@code to}, in stretches of {@code width}, those without anything included. */
    List<StatPoint> throughput(Instant from, Instant to, Duration width);

    /** Why attempts failed in that time, and why sagas are stuck now; those with most stuck sagas first, at most 200. */
    List<FailureGroup> failures(Instant from, Instant to);

    /** What waits for a person's approval, the nearest deadline first, then the longest asked; at most 500. */
    List<OpenApproval> approvals();

    /** Every queue that has jobs, is limited, paused, or belongs to a definition. */
    List<QueueStatus> queues();

    /** Every definition ever opened here. */
    List<DefinitionStatus> definitions();

    /** Every worker that has not died. */
    List<WorkerStatus> workers();

    /**
     * Asks a worker what its threads do; {@link WorkerStatus#dump} has the answer within a heartbeat or two.
     *
     * @return whether there is such a worker; within a scope never, for a dump tells of all that a worker does
     */
    boolean askForThreads(long incarnation);

    /** Who decided what, the newest first. */
    Page<AuditEntry> audit(AuditFilter filter, Optional<String> after, int size);

    /** The bulk operations with sagas in this scope only, the newest first; at most 100. */
    List<BulkStatus> bulks();

    /** One bulk operation; empty if there is none, or it is out of scope. */
    Optional<BulkStatus> bulk(UUID id);

    /** What it did to each saga; those of the given results only, unless none is given. */
    Page<BulkItem> bulkItems(UUID id, Set<BulkItem.Result> results, Optional<String> after, int size);

    /** The version of the schema, as {@code sql/} counts, and the server's own. */
    SchemaStatus schema();
}
