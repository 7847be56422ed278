package dev.belay.oracle;

import dev.belay.FailurePolicy;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.StepContext;
import dev.belay.StepRejected;
import dev.belay.Undo;
import dev.belay.UndoContext;
import dev.belay.oracle.Shape.Activity;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A shape, written as a saga definition whose code asks the gate how to end, and notes that it was called. */
final class Code {
    static final Duration RETRY = Duration.ofMinutes(1);

    private final Gate gate;
    private final List<String> calls = new CopyOnWriteArrayList<>();

    Code(Gate gate) {
        this.gate = gate;
    }

    private static final class FailedForGood extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    List<String> calls() {
        return List.copyOf(calls);
    }

    void forget() {
        calls.clear();
    }

    SagaDefinition<String, Void> of(Shape shape) {
        Saga<String> saga = Saga.define(shape.name(), String.class);
        Undo<String> undo = saga.undo("activity", String.class, this::undoActivity);
        for (Shape.Step step : shape.steps()) {
            var written = step.kind() == Shape.Kind.PIVOT
                    ? saga.pivot(step.name(), String.class, ctx -> run(step, undo, ctx))
                    : saga.step(step.name(), String.class, ctx -> run(step, undo, ctx));
            written.retry(retries(step.tries()))
                    .undoRetry(retries(step.undoTries()))
                    .onFailure(step.compensates() ? FailurePolicy.COMPENSATE : FailurePolicy.SUSPEND);
            if (step.kind() == Shape.Kind.PURE) {
                written.pure();
            } else if (step.undo()) {
                written.undo(this::undoStep);
            } else {
                written.withoutUndo("nothing to undo");
            }
        }
        return saga.returnsNothing();
    }

    private static RetryPolicy retries(int tries) {
        return RetryPolicy.fixed(RETRY).upTo(tries).notOn(FailedForGood.class);
    }

    private String run(Shape.Step step, Undo<String> undo, StepContext<String> ctx) {
        String saga = saga(ctx.input());
        String name = name(ctx.step(), ctx.idempotencyKey());
        if (step.activity() == Activity.BEFORE) {
            ctx.activity("activity", String.class)
                    .undo(undo, saga + " " + name)
                    .run(() -> note(saga, name + "/activity"));
        }
        note(saga, name);
        if (step.activity() != Activity.AROUND) {
            return end(gate.verdict(saga, ctx.step(), false));
        }
        return ctx.activity("activity", String.class)
                .undo(undo, saga + " " + name)
                .run(() -> end(gate.verdict(saga, ctx.step(), false)));
    }

    private void undoStep(UndoContext<String, String> undo) {
        endUndo(saga(undo.input()), name(undo.step(), undo.idempotencyKeyOfStep()), undo);
    }

    private void undoActivity(String data, UndoContext<String, Object> undo) {
        endUndo(saga(data), data.substring(data.indexOf(' ') + 1) + "/activity", undo);
    }

    private void endUndo(String saga, String what, UndoContext<?, ?> undo) {
        note(saga, "undo " + what + " " + undo.outcome() + " " + undo.cause());
        Event how = gate.verdict(saga, undo.step(), true);
        if (how == Event.FIND_NOTHING) {
            undo.nothingToUndo();
        } else {
            end(how);
        }
    }

    /** An input begins with the key its saga was started by. */
    private static String saga(String input) {
        return input.substring(0, input.indexOf(' '));
    }

    private static String end(Event how) {
        switch (how) {
            case SUCCEED -> {
                return "done";
            }
            case FAIL -> throw new IllegalStateException("failed, as the test had asked");
            case FAIL_FOR_GOOD -> throw new FailedForGood();
            case REJECT -> throw new StepRejected("rejected, as the test had asked");
            case ABORT -> throw new SagaAborted("aborted, as the test had asked");
            default -> throw new IllegalArgumentException("Code does not end by " + how);
        }
    }

    /** The step, and the run that stands at the end of its key: saga/branch/seq/run. */
    private static String name(String step, String key) {
        return step + key.substring(key.lastIndexOf('/'));
    }

    private String note(String saga, String line) {
        if (gate.isExpected(saga)) {
            calls.add(line);
        }
        return line;
    }
}
