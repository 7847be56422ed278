package dev.belay.internal.worker;

import dev.belay.Failure;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.StepDefinition.Body;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.List;
import java.util.UUID;

/**
 * Runs a step that starts a saga of its own: says what the child is given, and each time the step is looked at again, what became
 * of it. A step that is run again after its child ended badly starts another.
 */
final class ChildCode {
    /** The failure type of a step whose child was undone without a failure of its own. */
    private static final String UNDONE = "CHILD_UNDONE";
    /** The failure type of a step whose child an operator closed. */
    private static final String RESOLVED = "CHILD_RESOLVED";

    private final StepCode steps;
    private final Payloads payloads;

    ChildCode(StepCode steps, Payloads payloads) {
        this.steps = steps;
        this.payloads = payloads;
    }

    Wish run(SagaRun run, StepDefinition step, Body.Child body, StepRunner runner, long from) throws Exception {
        List<JournalRow> begun = run.waitsBegun();
        if (begun.isEmpty()) {
            return start(run, step, body, runner, 1);
        }
        JournalRow last = begun.get(begun.size() - 1);
        UUID id = UUID.fromString(String.valueOf(last.target()));
        SagaRow child = runner.saga(id)
                .orElseThrow(() -> new SagaException("Child saga " + id + " of step \"" + step.name()
                        + "\" is gone; its rows were deleted by hand. Restore them, or skip the step."));
        JobRow job = run.job();
        return switch (child.state()) {
            case COMPLETED ->
                steps.chained(
                        run,
                        StepRunner.row(run, Result.SUCCEEDED, StepCode.micros(from))
                                .returning(child.output(), null, null));
            case COMPENSATED ->
                run.hasFailedSince(last)
                        ? start(run, step, body, runner, begun.size() + 1)
                        : steps.turnBack(run, Result.REJECTED, undone(step, child), StepCode.micros(from));
            case RESOLVED ->
                run.hasFailedSince(last)
                        ? start(run, step, body, runner, begun.size() + 1)
                        : steps.suspend(run, resolved(step, child), StepCode.micros(from));
            case RUNNING, SUSPENDED, COMPENSATING, COMPENSATION_FAILED -> {
                if (job.isOverdue()) {
                    runner.stopChild(job, id);
                }
                yield new Wish.Rest(job, null, Awaited.child(id), null);
            }
        };
    }

    private Wish start(SagaRun run, StepDefinition step, Body.Child body, StepRunner runner, int nth) throws Exception {
        SagaDefinition<?, ?> definition = runner.newest(body.definition());
        int plan = runner.planFor(definition);
        Handlers.Chain<Object, Object> input = StepCode.cast(body.input());
        Object[] value = new Object[1];
        steps.inUserCode(run, runner, step, context -> {
            value[0] = input.run(context);
            return true;
        });
        Payload payload = payloads.encode(value[0], definition.input(), "The input of child saga " + definition);
        if (payload == null && definition.input() != Void.class) {
            throw new SagaException("Child saga " + definition + " of step \"" + step.name()
                    + "\" needs an input of type " + definition.input().getSimpleName() + ", got null.");
        }
        return new Wish.StartChild(
                run.job(), plan, payload, nth, definition.deadline().orElse(null));
    }

    /** What had failed in the child is what failed here. */
    private Failure undone(StepDefinition step, SagaRow child) {
        Failure original = Failures.parse(payloads, child.failure());
        String what = "Child saga " + child.id() + " was undone";
        return original == null
                ? new Failure(step.name(), UNDONE, what + (child.cause() == null ? "" : ": " + child.cause()) + ".", "")
                : new Failure(
                        step.name(),
                        original.type(),
                        what + ", because its step \"" + original.step() + "\" failed: " + original.message(),
                        original.stack());
    }

    private static Failure resolved(StepDefinition step, SagaRow child) {
        return new Failure(
                step.name(),
                RESOLVED,
                "Child saga " + child.id()
                        + " was closed by an operator and returned nothing. Retry to start another, skip"
                        + " the step with what it should have returned, or compensate.",
                "");
    }
}
