package dev.belay.internal;

import dev.belay.Operator;
import dev.belay.Purged;
import dev.belay.SagaState;
import dev.belay.internal.coordinator.Operations;
import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.coordinator.Purges;
import dev.belay.internal.worker.Notifier;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An operator who decides; workers are told after each decision. */
record Deciding(
        String actor,
        @Nullable String expected,
        @Nullable Integer branch,
        Operations operations,
        Purges purges,
        Notifier notifier)
        implements Operator {

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
        return new Deciding(actor, version, branch, operations, purges, notifier);
    }

    @Override
    public Operator at(int only) {
        return new Deciding(actor, expected, only, operations, purges, notifier);
    }

    private SagaState decide(UUID saga, String action, String reason, Function<Decision, SagaState> operation) {
        SagaState state = operation.apply(new Decision(saga, action, actor, reason, expected, branch));
        notifier.directionChanged(saga);
        return state;
    }

    @Override
    public SagaState retry(UUID saga, String reason) {
        return decide(saga, "retry", reason, operations::retry);
    }

    @Override
    public SagaState retryWithInput(UUID saga, Object input, String reason) {
        return decide(saga, "retry with edited input", reason, decision -> operations.retryWithInput(decision, input));
    }

    @Override
    public SagaState skip(UUID saga, @Nullable Object output, String reason) {
        return decide(saga, "skip", reason, decision -> operations.skip(decision, output));
    }

    @Override
    public SagaState resolveApplied(UUID saga, @Nullable Object output, String evidence) {
        return decide(saga, "resolve as applied", evidence, decision -> operations.resolveApplied(decision, output));
    }

    @Override
    public SagaState resolveNotApplied(UUID saga, String evidence) {
        return decide(saga, "resolve as not applied", evidence, operations::resolveNotApplied);
    }

    @Override
    public SagaState compensate(UUID saga, String reason) {
        return decide(saga, "compensate", reason, operations::compensate);
    }

    @Override
    public SagaState forceCompensate(UUID saga, String reason) {
        return decide(saga, "compensate past the pivot", reason, operations::forceCompensate);
    }

    @Override
    public SagaState acceptResidue(UUID saga, String reason) {
        return decide(saga, "accept residue", reason, decision -> operations.settleUndos(decision, true));
    }

    @Override
    public SagaState acceptResidue(UUID saga, Collection<String> effects, String reason) {
        return decide(saga, "accept residue", reason, decision -> operations.acceptResidue(decision, effects));
    }

    @Override
    public SagaState markUndone(UUID saga, String evidence) {
        return decide(saga, "mark as undone", evidence, decision -> operations.settleUndos(decision, false));
    }

    @Override
    public SagaState cancel(UUID saga, String reason) {
        return decide(saga, "cancel", reason, operations::cancel);
    }

    @Override
    public SagaState pause(UUID saga, String reason) {
        return decide(saga, "pause", reason, operations::pause);
    }

    @Override
    public SagaState resume(UUID saga, String reason) {
        return decide(saga, "resume", reason, operations::resume);
    }

    @Override
    public SagaState resolve(UUID saga, String reason) {
        return decide(saga, "resolve", reason, operations::resolve);
    }

    @Override
    public Purged purge(UUID saga, String reason) {
        return purges.one(new Decision(saga, "purge", actor, reason, expected, branch));
    }
}
