package dev.belay.internal.coordinator;

import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.StartOptions;
import dev.belay.internal.journal.Partitions;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.StartStatement;
import dev.belay.internal.queue.StartStatement.Claimant;
import dev.belay.internal.queue.StartStatement.Kind;
import dev.belay.internal.queue.StartStatement.Start;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Starts sagas. Thread-safe. */
public final class Starts {
    private static final int LARGEST_STATEMENT = 5_000;

    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Partitions partitions;
    private volatile Companion.@Nullable OfStarts companion;

    /** Starts over the given tables. */
    public Starts(Tables tables, Payloads payloads, Definitions definitions, Partitions partitions) {
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
        this.partitions = partitions;
    }

    /** A saga to start, its input encoded: what fails here fails before any transaction has begun. */
    public Start prepare(SagaDefinition<?, ?> definition, @Nullable Object input, @Nullable String key) {
        definitions.planFor(definition);
        Payload payload = payloads.encode(input, definition.input(), "The input of saga " + definition);
        if (payload == null && definition.input() != Void.class) {
            throw new SagaException("Saga " + definition + " needs an input of type "
                    + definition.input().getSimpleName() + ", got null.");
        }
        return new Start(key, payload);
    }

    /**
     * What was started, in the order it was asked for.
     *
     * @param claimed the first jobs of those that were started for a worker
     */
    public record Begun(List<UUID> ids, List<JobTable.Claimed> claimed) {}

    /** Starts sagas in the transaction of {@code handle}, for a worker of this process if there is one that has hands free. */
    public Begun start(
            Handle handle,
            SagaDefinition<?, ?> definition,
            List<Start> starts,
            StartOptions options,
            Claimant claimant) {
        int id = definitions.planFor(definition);
        Plan plan = definitions.plan(id).plan();
        partitions.makeAheadDaily();
        Kind kind = new Kind(
                plan.definition(),
                id,
                plan.queue(),
                plan.first().name(),
                options.priority(),
                options.tenant().orElse(null),
                options.deadline().or(definition::deadline).orElse(null));
        List<UUID> ids = new ArrayList<>(starts.size());
        List<JobTable.Claimed> claimed = new ArrayList<>();
        // Another scheduler is to carry what is started: it decides which worker.
        Claimant first = companion == null ? claimant : Claimant.NOBODY;
        for (int from = 0; from < starts.size(); from += LARGEST_STATEMENT) {
            int to = Math.min(starts.size(), from + LARGEST_STATEMENT);
            StartStatement.Started started =
                    tables.starts().start(handle, kind, starts.subList(from, to), from == 0 ? first : Claimant.NOBODY);
            ids.addAll(started.ids());
            claimed.addAll(started.claimed());
            tell(handle, kind, started.fresh());
        }
        return new Begun(ids, claimed);
    }

    private void tell(Handle handle, Kind kind, Collection<UUID> fresh) {
        Companion.OfStarts told = companion;
        if (told == null || fresh.isEmpty()) {
            return;
        }
        try {
            told.started(handle.getConnection(), kind, fresh);
        } catch (SQLException e) {
            throw new SagaException("A start could not be told: " + e.getMessage(), e);
        }
    }

    /** From now on {@code told} writes beside what is started, in the same transaction. */
    public void accompany(Companion.OfStarts told) {
        companion = told;
    }

    /** Ends that. */
    public void leaveAlone(Companion.OfStarts told) {
        if (companion == told) {
            companion = null;
        }
    }
}
