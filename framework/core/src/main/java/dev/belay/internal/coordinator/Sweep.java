package dev.belay.internal.coordinator;

import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.SweepTable;
import dev.belay.internal.queue.WaitTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Finds, in one look at the database, what is due and belongs to nobody's turn: groups whose branches have all ended, wake-ups that
 * sagas owe one another, sagas whose deadline is over, jobs that wait though a slot is free. Each is settled in a transaction of its own, which looks again; so several
 * processes may sweep at the same time. Thread-safe.
 */
public final class Sweep {
    private static final int AT_ONCE = 100;

    private final Jdbi jdbi;
    private final Tables tables;
    private final Coordinator coordinator;
    private final Operations operations;

    /** A sweep over the given tables. */
    public Sweep(Jdbi jdbi, Tables tables, Coordinator coordinator, Operations operations) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.coordinator = coordinator;
        this.operations = operations;
    }

    /**
     * What one look found.
     *
     * @param ready whether there is something to claim
     * @param bulk whether there are decisions about many sagas to carry out
     * @param jobsWoken whether there may be something to claim
     * @param turned sagas whose direction changed
     * @param more whether there was more than one look takes
     */
    public record Found(boolean ready, boolean bulk, boolean jobsWoken, List<UUID> turned, boolean more) {}

    /** Looks once, also for something to claim in {@code queues}. */
    public List<SweepTable.Due> look(Handle handle, Collection<String> queues) {
        return tables.sweeps().due(handle, AT_ONCE, queues);
    }

    /** Settles what a look has found. */
    public Found settle(List<SweepTable.Due> due) {
        List<UUID> turned = new ArrayList<>();
        boolean ready = false;
        boolean bulk = false;
        boolean woken = false;
        for (SweepTable.Due one : due) {
            switch (one.what()) {
                case JOIN -> coordinator.join(one.saga(), one.branch());
                case TURN -> coordinator.giveLostTurns(one.saga(), one.branch());
                case WAKE_UP -> jdbi.useTransaction(handle -> wake(handle, one));
                case DEADLINE -> {
                    operations.timeOut(one.saga());
                    turned.add(one.saga());
                }
                case LIMIT -> jdbi.useHandle(handle -> tables.limits().wake(handle, one.saga(), one.branch()));
                case BULK -> bulk = true;
                case READY -> ready = true;
            }
            woken |= one.what() != SweepTable.What.BULK && one.what() != SweepTable.What.READY;
        }
        return new Found(ready, bulk, woken, turned, due.size() >= AT_ONCE);
    }

    /** Wakes those whose children have just ended, without looking at anything else. Says whether there were any. */
    public boolean wakeUps() {
        boolean any = false;
        List<WaitTable.WakeUp> owed;
        do {
            owed = jdbi.withHandle(handle -> tables.waits().owed(handle, AT_ONCE));
            for (WaitTable.WakeUp one : owed) {
                SweepTable.Due due =
                        new SweepTable.Due(SweepTable.What.WAKE_UP, one.saga(), one.branch(), one.seq(), one.id());
                jdbi.useTransaction(handle -> wake(handle, due));
                any = true;
            }
        } while (owed.size() >= AT_ONCE);
        return any;
    }

    private void wake(Handle handle, SweepTable.Due due) {
        SagaRow saga = tables.sagas().lock(handle, due.saga()).orElse(null);
        if (saga != null) {
            JobRow job = tables.jobs().find(handle, due.saga(), due.branch()).orElse(null);
            if (job != null && job.seq() == due.seq()) {
                tables.branches().wake(handle, due.saga(), due.branch());
            }
        }
        tables.waits().settled(handle, due.id());
    }
}
