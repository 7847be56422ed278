package dev.belay.internal;

import dev.belay.Operator;
import dev.belay.Purged;
import dev.belay.SagaState;
import dev.belay.agent.Budget;
import dev.belay.internal.coordinator.Approvals;
import dev.belay.internal.coordinator.Deadlines;
import dev.belay.internal.coordinator.Deadlines.Extension;
import dev.belay.internal.coordinator.Operations;
import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.coordinator.Purges;
import dev.belay.internal.worker.Notifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An operator who decides; workers are told after each decision. */
record Deciding(
        String actor,
        @Nullable String expected,
        @Nullable Integer branch,
        @Nullable UUID request,
        Powers powers,
        Notifier notifier)
        implements Operator {

    /** What carries decisions out. */
    record Powers(Operations operations, Approvals approvals, Deadlines deadlines, Purges purges) {}

    Deciding {
        if (actor == null || actor.isBlank()) {
            throw new IllegalArgumentException("An operator needs a name; it is kept in the audit.");
        }
    }

    @Override
    public Operator expecting(String version) {
        if (version == null) {
            throw new IllegalArgumentException(
                    "A version is needed to expect; take it from SagaView.version(), or decide without expecting.");
        }
        return new Deciding(actor, version, branch, request, powers, notifier);
    }

    @Override
    public Operator at(int only) {
        return new Deciding(actor, expected, only, request, powers, notifier);
    }

    private SagaState decide(UUID saga, String action, String reason, Function<Decision, SagaState> operation) {
        SagaState state = operation.apply(new Decision(saga, action, actor, reason, expected, branch, request));
        notifier.directionChanged(saga);
        return state;
    }

    @Override
    public Operator once(UUID id) {
        if (id == null) {
            throw new IllegalArgumentException(
                    "An id is needed to decide once; make one for each request, or decide without once.");
        }
        return new Deciding(actor, expected, branch, id, powers, notifier);
    }

    @Override
    public SagaState retry(UUID saga, String reason) {
        return decide(saga, "retry", reason, powers.operations()::retry);
    }

    @Override
    public SagaState retryWithInput(UUID saga, Object input, String reason) {
        return decide(
                saga,
                "retry with edited input",
                reason,
                decision -> powers.operations().retryWithInput(decision, input));
    }

    @Override
    public SagaState skip(UUID saga, @Nullable Object output, String reason) {
        return decide(saga, "skip", reason, decision -> powers.operations().skip(decision, output));
    }

    @Override
    public SagaState resolveApplied(UUID saga, @Nullable Object output, String evidence) {
        return decide(
                saga,
                "resolve as applied",
                evidence,
                decision -> powers.operations().resolveApplied(decision, output));
    }

    @Override
    public SagaState resolveNotApplied(UUID saga, String evidence) {
        return decide(saga, "resolve as not applied", evidence, powers.operations()::resolveNotApplied);
    }

    @Override
    public SagaState compensate(UUID saga, String reason) {
        return decide(saga, "compensate", reason, powers.operations()::compensate);
    }

    @Override
    public SagaState forceCompensate(UUID saga, String reason) {
        return decide(saga, "compensate past the pivot", reason, powers.operations()::forceCompensate);
    }

    @Override
    public SagaState acceptResidue(UUID saga, String reason) {
        return decide(
                saga, "accept residue", reason, decision -> powers.operations().settleUndos(decision, true));
    }

    @Override
    public SagaState acceptResidue(UUID saga, Collection<String> effects, String reason) {
        return decide(
                saga, "accept residue", reason, decision -> powers.operations().acceptResidue(decision, effects));
    }

    @Override
    public SagaState markUndone(UUID saga, String evidence) {
        return decide(
                saga,
                "mark as undone",
                evidence,
                decision -> powers.operations().settleUndos(decision, false));
    }

    @Override
    public SagaState cancel(UUID saga, String reason) {
        return decide(saga, "cancel", reason, powers.operations()::cancel);
    }

    @Override
    public SagaState pause(UUID saga, String reason) {
        return decide(saga, "pause", reason, powers.operations()::pause);
    }

    @Override
    public SagaState resume(UUID saga, String reason) {
        return decide(saga, "resume", reason, powers.operations()::resume);
    }

    @Override
    public SagaState approve(UUID saga, String step, String comment) {
        return decide(saga, "approve", comment, decision -> powers.approvals().decide(decision, step, true));
    }

    @Override
    public SagaState reject(UUID saga, String step, String reason) {
        return decide(saga, "reject", reason, decision -> powers.approvals().decide(decision, step, false));
    }

    @Override
    public SagaState approveCall(UUID saga, String callId, String comment) {
        return decide(
                saga, "approve", comment, decision -> powers.approvals().decideCall(decision, callId, true, null));
    }

    @Override
    public SagaState approveCall(UUID saga, String callId, String editedArguments, String comment) {
        return decide(
                saga,
                "approve with edited arguments",
                comment,
                decision -> powers.approvals().decideCall(decision, callId, true, editedArguments));
    }

    @Override
    public SagaState rejectCall(UUID saga, String callId, String reason) {
        return decide(saga, "reject", reason, decision -> powers.approvals().decideCall(decision, callId, false, null));
    }

    @Override
    public SagaState raiseBudget(UUID saga, Budget budget, String reason) {
        return decide(
                saga,
                "raise the budget",
                reason,
                decision -> powers.operations().raiseBudget(decision, budget));
    }

    @Override
    public SagaState extendDeadline(UUID saga, Instant until, String reason) {
        return extendSaga(saga, Extension.to(until), reason);
    }

    @Override
    public SagaState extendDeadline(UUID saga, Duration by, String reason) {
        return extendSaga(saga, Extension.longer(by), reason);
    }

    private SagaState extendSaga(UUID saga, Extension extension, String reason) {
        return decide(
                saga,
                "extend the deadline",
                reason,
                decision -> powers.deadlines().extendSaga(decision, extension));
    }

    @Override
    public SagaState extendStepDeadline(UUID saga, Instant until, String reason) {
        return extendSteps(saga, Extension.to(until), reason);
    }

    @Override
    public SagaState extendStepDeadline(UUID saga, Duration by, String reason) {
        return extendSteps(saga, Extension.longer(by), reason);
    }

    private SagaState extendSteps(UUID saga, Extension extension, String reason) {
        return decide(
                saga,
                "extend the deadline of a step",
                reason,
                decision -> powers.deadlines().extendSteps(decision, extension));
    }

    @Override
    public SagaState resolve(UUID saga, String reason) {
        return decide(saga, "resolve", reason, powers.operations()::resolve);
    }

    @Override
    public Purged purge(UUID saga, String reason) {
        return powers.purges().one(new Decision(saga, "purge", actor, reason, expected, branch, request));
    }
}
