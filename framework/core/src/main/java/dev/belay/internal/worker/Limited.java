package dev.belay.internal.worker;

import dev.belay.Handlers;
import dev.belay.Limit;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.queue.LimitTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Asks for what a limited step needs before its code runs. */
final class Limited {
    private final StepCode steps;

    Limited(StepCode steps) {
        this.steps = steps;
    }

    /** Empty if the step may run; else the job rests. Its retries are not used up by that, and no attempt is recorded. */
    Optional<Wish> hold(SagaRun run, StepDefinition step, StepRunner runner) throws Exception {
        if (step.rules().limits().isEmpty()) {
            return Optional.empty();
        }
        Map<String, LimitTable.Wanted> wanted = new TreeMap<>();
        for (StepDefinition.Limited limited : step.rules().limits()) {
            Limit limit = limited.limit();
            String key = limited.key().isEmpty()
                    ? limit.name()
                    : limit.name() + "/"
                            + key(run, step, runner, limit, limited.key().get());
            Duration period = limit.period().orElse(null);
            wanted.put(key + (period == null ? "" : "\n"), new LimitTable.Wanted(key, limit.permits(), period));
        }
        LimitTable.Answer answer = runner.acquire(run, List.copyOf(wanted.values()));
        if (answer.isGranted()) {
            return Optional.empty();
        }
        if (run.job().isOverdue()) {
            throw new WaitCode.WaitOver("Limit \""
                    + (answer.busy() == null ? answer.later() : answer.busy()) + "\" did not let step \""
                    + step.name() + "\" run within "
                    + step.rules().deadline().map(String::valueOf).orElse("its time") + ".");
        }
        return Optional.of(
                answer.busy() != null
                        ? new Wish.Rest(run.job(), null, Awaited.limit(answer.busy()), null)
                        : new Wish.Rest(run.job(), null, Awaited.rate(String.valueOf(answer.later())), answer.in()));
    }

    private String key(SagaRun run, StepDefinition step, StepRunner runner, Limit limit, Handlers.LimitKey<?> of)
            throws Exception {
        Handlers.LimitKey<Object> keyOf = StepCode.cast(of);
        return steps.inUserCode(run, runner, step, context -> {
            String key = keyOf.of(context);
            if (key == null) {
                throw new SagaException(
                        "The key of limit \"" + limit.name() + "\" of step \"" + step.name() + "\" is null.");
            }
            return key;
        });
    }
}
