package dev.belay.internal.coordinator;

import dev.belay.ForkPoint;
import dev.belay.JournalEntry.Result;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.SagaState;
import dev.belay.StepKind;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.OperationTable;
import dev.belay.internal.journal.Partitions;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.ForkTable;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Starts sagas that take up the course of another at one of its steps. What the steps before had returned is taken over and can be
 * asked for; what they did in the world stays the other saga's to undo. Thread-safe.
 */
public final class Forks {
    private static final String ACTION = "fork";

    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Partitions partitions;

    /** Forks over the given tables. */
    public Forks(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions, Partitions partitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
        this.partitions = partitions;
    }

    /** A saga that was forked, and the queue its job is in. */
    public record Forked(UUID saga, String queue) {}

    /** Forks a saga in a transaction of its own. The old saga is locked meanwhile, so that a purge cannot take half of it. */
    public Forked fork(UUID id, ForkPoint point, String actor, String reason) {
        if (actor == null || actor.isBlank()) {
            throw new IllegalArgumentException("Who forks a saga needs a name; it is kept in the audit.");
        }
        if (reason == null || reason.isBlank()) {
            throw new IllegalArgumentException("A reason is needed to fork a saga; it is kept in the audit.");
        }
        partitions.makeAheadDaily();
        return jdbi.inTransaction(handle -> fork(handle, id, point, actor, reason));
    }

    private Forked fork(Handle handle, UUID id, ForkPoint point, String actor, String reason) {
        SagaRow from = tables.sagas().lock(handle, id).orElseThrow(() -> new UnknownSaga(id));
        Definitions.Known known = definitions.plan(from.planId());
        ForkTable.Reached at = reached(handle, from, known.plan(), point);
        Plan.PlannedStep step = known.plan()
                .step(at.step())
                .orElseThrow(() -> new IllegalStateException("Step \"" + at.step() + "\" is not in " + known.plan()));
        if (step.form() == Plan.Form.DEFERRED) {
            throw refused(
                    from,
                    point,
                    "that is an effect which another step held back until the pivot. Fork from a step of the saga's own.");
        }
        Payload edited = edited(known, step, point);
        UUID to = tables.forks().saga(handle, from, at.seq(), pivot(known.plan()));
        tables.forks().takeOver(handle, id, at.seq(), to);
        int run = edited == null ? 0 : 1;
        JournalRow.Place place = new JournalRow.Place(to, 0, at.seq(), run, false, step.name());
        if (edited != null) {
            tables.journal().add(handle, JournalRow.decision(place, 1, Result.FAILED, ACTION, edited, null));
        }
        tables.forks().job(handle, from, place, run, known.plan().queue());
        audit(handle, id, actor, "to " + to + ": " + reason, at, from.state(), from.state());
        audit(handle, to, actor, "from " + id + ": " + reason, at, from.state(), SagaState.RUNNING);
        return new Forked(to, known.plan().queue());
    }

    private ForkTable.Reached reached(Handle handle, SagaRow from, Plan plan, ForkPoint point) {
        String name = point.step().orElse(null);
        Plan.PlannedStep planned = name == null ? null : plan.step(name).orElse(null);
        if (name != null && planned == null) {
            throw refused(
                    from,
                    point,
                    "its plan has only "
                            + plan.steps().stream().map(Plan.PlannedStep::name).toList() + ".");
        }
        if (planned != null && planned.line() != null && !planned.line().isEmpty()) {
            throw refused(
                    from,
                    point,
                    "that step is in branch \"" + planned.line()
                            + "\". Fork from the step that began the branches; they all run again.");
        }
        Integer seq = point.seq().isPresent() ? (Integer) point.seq().getAsInt() : null;
        return tables.forks()
                .reached(handle, from.id(), seq, name)
                .orElseThrow(() -> refused(
                        from, point, "it has not come to that step. Fork from one that SagaHandle.journal() shows."));
    }

    private static OperationRefused refused(SagaRow from, ForkPoint point, String fact) {
        return new OperationRefused(
                Reason.WRONG_STATE, from.state(), "Cannot fork saga " + from.id() + " at " + point + ": " + fact);
    }

    private @Nullable Payload edited(Definitions.Known known, Plan.PlannedStep step, ForkPoint point) {
        Object input = point.input().orElse(null);
        if (input == null) {
            return null;
        }
        return Expected.input(known, step, Optional::empty)
                .encode(input, payloads, "The new input of step \"" + step.name() + "\"");
    }

    private static @Nullable String pivot(Plan plan) {
        return plan.steps().stream()
                .filter(step -> step.kind() == StepKind.PIVOT)
                .map(Plan.PlannedStep::name)
                .findFirst()
                .orElse(null);
    }

    private void audit(
            Handle handle,
            UUID saga,
            String actor,
            String reason,
            ForkTable.Reached at,
            SagaState before,
            SagaState after) {
        tables.operations()
                .add(
                        handle,
                        new OperationTable.Row(
                                saga, ACTION, actor, reason, null, at.seq(), at.step(), before.name(), after.name()));
    }
}
