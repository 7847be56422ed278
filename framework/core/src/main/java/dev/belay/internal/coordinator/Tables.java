package dev.belay.internal.coordinator;

import dev.belay.internal.journal.AuditPages;
import dev.belay.internal.journal.BulkPages;
import dev.belay.internal.journal.JournalPages;
import dev.belay.internal.journal.JournalTable;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.journal.OutboxTable;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.SagaTable;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.SchemaTable;
import dev.belay.internal.journal.SpendTable;
import dev.belay.internal.journal.StatPages;
import dev.belay.internal.journal.StatTable;
import dev.belay.internal.queue.BranchTable;
import dev.belay.internal.queue.BulkTable;
import dev.belay.internal.queue.ChildTable;
import dev.belay.internal.queue.ControlTable;
import dev.belay.internal.queue.ForkTable;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.LimitTable;
import dev.belay.internal.queue.LockTable;
import dev.belay.internal.queue.MoveStatement;
import dev.belay.internal.queue.OpenWork;
import dev.belay.internal.queue.PaceTable;
import dev.belay.internal.queue.SagaSearch;
import dev.belay.internal.queue.StartStatement;
import dev.belay.internal.queue.SweepTable;
import dev.belay.internal.queue.WaitTable;
import dev.belay.internal.queue.WorkerTable;

/** Every table of one schema. */
public record Tables(
        Schema schema,
        SagaTable sagas,
        JobTable jobs,
        BranchTable branches,
        ChildTable children,
        ForkTable forks,
        WaitTable waits,
        LockTable locks,
        LimitTable limits,
        PaceTable paces,
        SweepTable sweeps,
        JournalTable journal,
        PlanTable plans,
        WorkerTable workers,
        ControlTable controls,
        OperationTable operations,
        BulkTable bulks,
        OutboxTable outbox,
        StatTable stats,
        SpendTable spend,
        MoveStatement moves,
        StartStatement starts,
        Reading reading) {

    private static final int SEARCH_WINDOW = 20_000;

    /** What is only read, across many sagas. */
    public record Reading(
            SagaSearch sagas,
            OpenWork open,
            JournalPages journal,
            AuditPages audit,
            StatPages stats,
            BulkPages bulks,
            SchemaTable schemas) {

        /** The same in {@code schema}; a page of sagas looks at up to {@code window} candidates. */
        public static Reading in(Schema schema, int window) {
            return new Reading(
                    new SagaSearch(schema, window),
                    new OpenWork(schema),
                    new JournalPages(schema),
                    new AuditPages(schema),
                    new StatPages(schema),
                    new BulkPages(schema),
                    new SchemaTable(schema));
        }
    }

    /** The tables in {@code schema}. */
    public static Tables in(Schema schema, Payloads payloads) {
        return new Tables(
                schema,
                new SagaTable(schema),
                new JobTable(schema),
                new BranchTable(schema),
                new ChildTable(schema),
                new ForkTable(schema),
                new WaitTable(schema),
                new LockTable(schema),
                new LimitTable(schema),
                new PaceTable(schema),
                new SweepTable(schema),
                new JournalTable(schema),
                new PlanTable(schema, payloads),
                new WorkerTable(schema),
                new ControlTable(schema),
                new OperationTable(schema),
                new BulkTable(schema),
                new OutboxTable(schema),
                new StatTable(schema),
                new SpendTable(schema),
                new MoveStatement(schema),
                new StartStatement(schema),
                Reading.in(schema, SEARCH_WINDOW));
    }
}
