package dev.belay.inspect;

import dev.belay.StepKind;
import java.util.List;
import java.util.Optional;

/**
 * A step of the plan that a saga follows.
 *
 * @param line the branch it belongs to; empty for the saga's own steps
 * @param form CODE, PARALLEL, FAN_OUT, CHILD, SLEEP, SIGNAL, APPROVAL, LOCK or DEFERRED
 * @param routed whether it says itself what comes next
 * @param undo whether it has an undo of its own
 * @param savepoint whether the saga can go back to before it
 * @param input what its input looks like
 * @param output what its output looks like
 * @param begins the lines of the branches it begins
 */
public record PlannedStep(
        String name,
        String line,
        StepKind kind,
        String form,
        boolean routed,
        boolean transactional,
        boolean undo,
        boolean savepoint,
        Shape input,
        Shape output,
        List<String> begins) {

    /**
     * What a value looks like.
     *
     * @param type the name of its type
     * @param example a JSON text in the place of each value of which stands what it is, like {@code {"amount": "number"}}; empty
     *     if only the type's name is known
     */
    public record Shape(String type, Optional<String> example) {}
}
