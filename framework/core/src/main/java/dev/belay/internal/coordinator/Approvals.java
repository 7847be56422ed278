package dev.belay.internal.coordinator;

import dev.belay.Approval;
import dev.belay.JournalEntry.Result;
import dev.belay.OpenApproval;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.SagaState;
import dev.belay.agent.ToolDecision;
import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.WaitTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What people are asked to approve, and what they decide. A decision is a message in the saga's journal, under the key of the
 * question; the first of a question counts, and its step finds it there. Thread-safe.
 */
public final class Approvals {
    private static final JsonMapper JSON = new JsonMapper();

    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Operations operations;

    /** Approvals over the given tables. */
    public Approvals(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions, Operations operations) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
        this.operations = operations;
    }

    /** Decides the open question of an approval step. */
    public SagaState decide(Decision decision, String step, boolean approved) {
        return operations.decide(
                decision, EnumSet.allOf(SagaState.class), job -> job.step().equals(step), (handle, saga, jobs) -> {
                    refuseCalls(handle, decision, step, saga, jobs);
                    checkIsApproval(decision, step, saga);
                    JobRow job = theOneThatAsks(handle, decision, step, saga, jobs);
                    record(handle, decision, saga, job, approved);
                    return saga;
                });
    }

    /** A call of a tool that may be decided about. */
    private record AskedCall(JobRow job, JournalRow row, ToolQuestion question) {}

    /** One that looks at a step may not see which call it asks about by now. */
    private void refuseCalls(Handle handle, Decision decision, String step, SagaRow saga, List<JobRow> jobs) {
        List<String> ids = calls(handle, decision, jobs).stream()
                .filter(call -> call.job().step().equals(step))
                .map(call -> call.question().callId())
                .toList();
        if (!ids.isEmpty()) {
            throw refused(
                    Reason.NOT_WAITED_FOR,
                    decision,
                    step,
                    saga,
                    "it asks about the calls " + ids
                            + " of tools. Decide about each by its id: approveCall or rejectCall.");
        }
    }

    /** Decides about a call of a tool, with other arguments if some are given. */
    public SagaState decideCall(Decision decision, String callId, boolean approved, @Nullable String edited) {
        String arguments = edited == null ? null : checked(edited);
        return operations.decide(decision, EnumSet.allOf(SagaState.class), (handle, saga, jobs) -> {
            List<AskedCall> asked = calls(handle, decision, jobs).stream()
                    .filter(call -> call.question().callId().equals(callId))
                    .toList();
            if (asked.size() != 1) {
                throw new OperationRefused(
                        asked.isEmpty() ? Reason.NOT_WAITED_FOR : Reason.WRONG_STATE,
                        saga.state(),
                        "Cannot " + decision.action() + " call \"" + callId + "\" of saga " + saga.id() + ": "
                                + (asked.isEmpty()
                                        ? "nobody is asked about it, it has been decided, or its time is over."
                                        : "it is asked in the branches "
                                                + asked.stream()
                                                        .map(call -> call.job().branch())
                                                        .toList()
                                                + ". Say by at(branch) which is meant."));
            }
            record(handle, decision, saga, asked.get(0), approved, arguments);
            return saga;
        });
    }

    private static String checked(String json) {
        try {
            JSON.readTree(json);
            return json;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "The edited arguments must be JSON, but are not: " + e.getOriginalMessage()
                            + ". Nothing was decided.",
                    e);
        }
    }

    /** What is asked and neither decided nor too late. */
    private List<AskedCall> calls(Handle handle, Decision decision, List<JobRow> jobs) {
        Instant now = tables.sagas().now(handle);
        List<AskedCall> calls = new ArrayList<>();
        for (JobRow job : jobs) {
            if (job.undoing() || job.state() == JobRow.State.PARKED || !Operations.isMeant(decision, job)) {
                continue;
            }
            Map<String, JournalRow> first = new LinkedHashMap<>();
            ToolQuestion.asked(job, tables.journal().of(handle, job.sagaId(), job.branch()))
                    .forEach(row -> first.putIfAbsent(String.valueOf(row.key()), row));
            first.forEach((key, row) -> {
                ToolQuestion question = Objects.requireNonNull(
                        payloads.decode(row.output(), ToolQuestion.class, "A question about a tool"));
                boolean open = !question.hasExpired(row, now)
                        && tables.journal()
                                .messages(handle, job.sagaId(), Awaited.tool(key))
                                .isEmpty();
                if (open) {
                    calls.add(new AskedCall(job, row, question));
                }
            });
        }
        return calls;
    }

    private void record(
            Handle handle,
            Decision decision,
            SagaRow saga,
            AskedCall asked,
            boolean approved,
            @Nullable String arguments) {
        JobRow job = asked.job();
        ToolDecision decided = new ToolDecision(
                approved,
                decision.actor(),
                decision.reason(),
                tables.sagas().now(handle),
                Optional.ofNullable(arguments));
        Payload said = payloads.encode(decided, ToolDecision.class, "A decision about a call of a tool");
        tables.journal()
                .add(
                        handle,
                        JournalRow.message(
                                        saga.id(),
                                        job.step(),
                                        tables.waits().nextNumber(handle, saga.id()),
                                        approved ? Result.SUCCEEDED : Result.REJECTED,
                                        Awaited.tool(String.valueOf(asked.row().key())),
                                        asked.row().key(),
                                        said)
                                .at(job.branch()));
        tables.branches().wake(handle, saga.id(), job.branch());
    }

    private void checkIsApproval(Decision decision, String step, SagaRow saga) {
        Plan plan = definitions.plan(saga.planId()).plan();
        if (plan.form(step) != Plan.Form.APPROVAL) {
            List<String> names = approvalsOf(plan);
            throw refused(
                    Reason.NOT_WAITED_FOR,
                    decision,
                    step,
                    saga,
                    "it is no approval of this saga. "
                            + (names.isEmpty() ? "It has none." : "Those it has are " + names + "."));
        }
    }

    private static List<String> approvalsOf(Plan plan) {
        return plan.steps().stream()
                .filter(planned -> planned.form() == Plan.Form.APPROVAL)
                .map(Plan.PlannedStep::name)
                .toList();
    }

    private JobRow theOneThatAsks(Handle handle, Decision decision, String step, SagaRow saga, List<JobRow> jobs) {
        List<JobRow> here = jobs.stream()
                .filter(job -> job.step().equals(step) && !job.undoing() && Operations.isMeant(decision, job))
                .toList();
        List<JobRow> asking = here.stream()
                .filter(job -> job.state() != JobRow.State.PARKED && isOpen(handle, job))
                .toList();
        List<JournalRow> decided = tables.journal().messages(handle, saga.id(), Awaited.approval(step)).stream()
                .filter(row -> decision.branch() == null || decision.branch() == row.item())
                .toList();
        if (asking.isEmpty()) {
            throw nothingAsked(decision, step, saga, here, decided);
        }
        JobRow first = asking.get(0);
        // Of several branches that ask the same, one more decision could be meant for one that is decided.
        boolean clear = asking.size() == 1
                && (decision.branch() != null || decided.stream().allMatch(row -> row.item() == first.branch()));
        if (!clear) {
            throw refused(
                    Reason.WRONG_STATE,
                    decision,
                    step,
                    saga,
                    "it is asked in several branches, and still open in "
                            + asking.stream().map(JobRow::branch).toList() + ". Say by at(branch) which is meant.");
        }
        return first;
    }

    private boolean isOpen(Handle handle, JobRow job) {
        Question question =
                Question.of(job, tables.journal().outline(handle, job.sagaId(), job.branch(), job.branch()));
        return !question.asked().isEmpty()
                && tables.journal()
                        .message(handle, job.sagaId(), Awaited.approval(job.step()), question.key())
                        .isEmpty();
    }

    private OperationRefused nothingAsked(
            Decision decision, String step, SagaRow saga, List<JobRow> here, List<JournalRow> decided) {
        if (here.stream().anyMatch(job -> job.state() == JobRow.State.PARKED)) {
            return refused(
                    Reason.WRONG_STATE,
                    decision,
                    step,
                    saga,
                    "it has failed and waits for an operator. Retry it, and it is asked anew.");
        }
        if (!decided.isEmpty()) {
            Approval former = Objects.requireNonNull(payloads.decode(
                    decided.get(decided.size() - 1).output(),
                    Approval.class,
                    "A decision about step \"" + step + "\""));
            return refused(
                    Reason.ALREADY_DECIDED,
                    decision,
                    step,
                    saga,
                    former.by() + " has " + (former.approved() ? "approved" : "rejected") + " it at " + former.at()
                            + ": " + former.reason());
        }
        return refused(
                Reason.WRONG_STATE,
                decision,
                step,
                saga,
                saga.state().isTerminal() ? "it has ended as " + saga.state() + "." : "nobody has been asked yet.");
    }

    private void record(Handle handle, Decision decision, SagaRow saga, JobRow job, boolean approved) {
        String key = Question.of(job, tables.journal().outline(handle, saga.id(), job.branch(), job.branch()))
                .key();
        Approval approval = new Approval(
                approved, decision.actor(), decision.reason(), tables.sagas().now(handle));
        Payload said = payloads.encode(approval, Approval.class, "A decision about step \"" + job.step() + "\"");
        Result outcome = approved ? Result.SUCCEEDED : Result.REJECTED;
        int n = tables.waits().nextNumber(handle, saga.id());
        tables.journal()
                .add(
                        handle,
                        JournalRow.message(saga.id(), job.step(), n, outcome, Awaited.approval(job.step()), key, said)
                                .at(job.branch()));
        tables.branches().wake(handle, saga.id(), job.branch());
    }

    private static OperationRefused refused(Reason reason, Decision decision, String step, SagaRow saga, String fact) {
        return new OperationRefused(
                reason,
                saga.state(),
                "Cannot " + decision.action() + " step \"" + step + "\" of saga " + saga.id() + ": " + fact);
    }

    /** What is open now, the longest asked first. Finds it by the names of all approvals in the stored plans. */
    public List<OpenApproval> open() {
        definitions.refresh();
        List<Definitions.Known> plans = definitions.known();
        List<String> awaited = plans.stream()
                .flatMap(known -> approvalsOf(known.plan()).stream())
                .distinct()
                .map(Awaited::approval)
                .toList();
        return jdbi.withHandle(handle -> tables.waits().asked(handle, awaited)).stream()
                .map(asked ->
                        told(asked, definitions.plan(asked.planId()).plan().definition()))
                .toList();
    }

    static OpenApproval told(WaitTable.Asked asked, String definition) {
        return new OpenApproval(
                asked.saga(),
                definition,
                asked.step(),
                asked.branch(),
                json(asked.question()),
                asked.since(),
                Optional.ofNullable(asked.deadline()),
                asked.level(),
                asked.paused());
    }

    private static String json(@Nullable Payload question) {
        return question == null ? "null" : question.json();
    }
}
