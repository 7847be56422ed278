package dev.belay;

import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds what cannot be meant in a definition, before any saga runs on it. */
final class Lint {
    private static final int LONGEST_NAME = 100;

    private final SagaDefinition<?, ?> definition;
    private final List<StepDefinition> steps;
    private final List<Step<?, ?>> written;
    private final List<String> problems = new ArrayList<>();

    private Lint(SagaDefinition<?, ?> definition, List<Step<?, ?>> written) {
        this.definition = definition;
        this.steps =
                written.stream().map(step -> step.finish(FailurePolicy.SUSPEND)).toList();
        this.written = written;
    }

    /** One sentence for each problem; empty when the definition can be used. */
    static List<String> of(
            SagaDefinition<?, ?> definition,
            List<Step<?, ?>> written,
            List<StepRef<?>> refs,
            List<Branch<?>> branches) {
        Lint lint = new Lint(definition, written);
        lint.names();
        lint.branches(branches);
        lint.rules();
        lint.refsAreWritten(refs);
        lint.pivots();
        lint.undos();
        lint.deferred();
        if (lint.problems.isEmpty()) {
            lint.flow();
        }
        lint.primitives();
        lint.payloadNames();
        return lint.problems;
    }

    private void names() {
        if (definition.version() < 1) {
            problems.add("the version must be at least 1, got " + definition.version());
        }
        checkName("the definition's name", definition.name());
        checkName("the queue's name", definition.queue());
        if (steps.isEmpty()) {
            problems.add("it has no step");
        }
        Set<String> seen = new HashSet<>();
        for (StepDefinition step : steps) {
            checkName("a step's name", step.name());
            if (!seen.add(step.name())) {
                problems.add("two steps are called \"" + step.name() + "\"; names must differ");
            }
        }
    }

    private void checkName(String what, String name) {
        if (name.isBlank() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            problems.add(what + " must have 1 to " + LONGEST_NAME + " visible characters, got \"" + name + "\"");
        }
    }

    private void branches(List<Branch<?>> branches) {
        Set<String> seen = new HashSet<>();
        for (Branch<?> branch : branches) {
            checkName("a branch's name", branch.name());
            if (!seen.add(branch.name())) {
                problems.add("two branches are called \"" + branch.name() + "\"; names must differ");
            }
            if (branch.name().startsWith(Deferred.LINE)) {
                problems.add("branch \"" + branch.name() + "\" begins with \"" + Deferred.LINE
                        + "\", which is kept for effects that are held back; give it another name");
            }
            if (branch.begunBy() == null) {
                problems.add("branch \"" + branch.name() + "\" is never run; give it to .parallel(…) or .fanOut(…)");
            }
            if (steps.stream().noneMatch(step -> step.line().equals(branch.name()))) {
                problems.add("branch \"" + branch.name() + "\" has no step");
            }
            for (StepDefinition step : steps) {
                if (step.line().equals(branch.name()) && step.name().equals(branch.begunBy())) {
                    problems.add("branch \"" + branch.name() + "\" is run by its own step \"" + step.name() + "\"");
                }
            }
        }
        pivotsInBranches(branches);
    }

    /** Past the pivot nothing is undone, and a branch beside it may still have to be. */
    private void pivotsInBranches(List<Branch<?>> branches) {
        for (StepDefinition pivot : steps) {
            if (pivot.kind() != StepKind.PIVOT || pivot.line().isEmpty()) {
                continue;
            }
            StepDefinition group = steps.stream()
                    .filter(step -> step.lines().contains(pivot.line()))
                    .findFirst()
                    .orElse(null);
            if (group == null) {
                continue;
            }
            if (group.body() instanceof StepDefinition.Body.FanOut) {
                problems.add("the pivot \"" + pivot.name() + "\" is run once for each item of \"" + group.name()
                        + "\", but a saga can pass only one point of no return");
            }
            for (StepDefinition step : steps) {
                boolean beside =
                        group.lines().contains(step.line()) && !step.line().equals(pivot.line());
                if (beside && (step.undo().isPresent() || isUndoneChild(step))) {
                    problems.add("step \"" + step.name() + "\" can be undone and runs beside the pivot \""
                            + pivot.name() + "\"; put the pivot after \"" + group.name() + "\"");
                }
            }
        }
    }

    /** Whether a step is undone by undoing the saga it starts; one that passes a pivot of its own may not be. */
    private static boolean isUndoneChild(StepDefinition step) {
        return step.body() instanceof StepDefinition.Body.Child child
                && child.definition().steps().stream().noneMatch(inner -> inner.kind() == StepKind.PIVOT);
    }

    private void rules() {
        for (StepDefinition step : steps) {
            StepDefinition.Rules rules = step.rules();
            if (rules.verification().isPresent() && !rules.atMostOnce()) {
                problems.add("step \"" + step.name() + "\" has a .verify(…), which only a step .atMostOnce() asks");
            }
            if (rules.onUnknown() == UnknownPolicy.COMPENSATE && step.kind() == StepKind.PIVOT) {
                problems.add("the pivot \"" + step.name()
                        + "\" cannot be undone when its outcome is unknown; leave it to an operator");
            }
            if (rules.atMostOnce() && (step.isWait() || step.body() instanceof StepDefinition.Body.Transactional)) {
                problems.add("step \"" + step.name() + "\" is .atMostOnce(), but "
                        + (step.isWait() ? "it only waits" : "its transaction takes effect exactly once anyway"));
            }
            savePoint(step);
            boolean asks = step.body() instanceof StepDefinition.Body.Approve;
            if (!asks && (rules.returnsRejections() || rules.escalateAfter().isPresent())) {
                problems.add("step \"" + step.name() + "\" asks nobody, but has a ."
                        + (rules.returnsRejections() ? "returningRejections()" : "escalateAfter(…)")
                        + ", which is for an approval");
            }
            if (rules.replans() > 0 && !step.line().isEmpty()) {
                problems.add("save-point \"" + step.name() + "\" is in branch \"" + step.line()
                        + "\"; a saga goes back as a whole, so put it before the branches");
            }
            if (rules.failsIfLocked() && !(step.body() instanceof StepDefinition.Body.Lock)) {
                problems.add("step \"" + step.name() + "\" takes no lock, but is told .orFail()");
            }
            if (rules.onUnknown() == UnknownPolicy.COMPENSATE && !rules.atMostOnce()) {
                problems.add(
                        "step \"" + step.name() + "\" has an .onUnknown(…), which only a step .atMostOnce() comes to");
            }
            if (!step.lines().isEmpty() && rules.deadline().isPresent()) {
                problems.add("step \"" + step.name()
                        + "\" runs branches and has a .within(…), which would leave them running;"
                        + " give it to the steps of the branches, or the saga a deadline");
            }
            if (step.body() instanceof StepDefinition.Body.FanOut fanOut
                    && step.undo().isPresent()) {
                undoOfAll(step, fanOut.perItem());
            }
            if (step.isRouted() && rules.onlyIf().isPresent()) {
                problems.add("routed step \"" + step.name() + "\" has an .onlyIf(…); let the step before it choose");
            }
        }
    }

    private void savePoint(StepDefinition step) {
        if (step.rules().replans() == 0) {
            return;
        }
        if (step.isWait()) {
            problems.add("save-point \"" + step.name()
                    + "\" only waits; make the step a save-point that is to find another way");
        }
        int pivot = 0;
        while (pivot < steps.size() && steps.get(pivot).kind() != StepKind.PIVOT) {
            pivot++;
        }
        if (steps.indexOf(step) >= pivot) {
            problems.add("save-point \"" + step.name()
                    + (step.kind() == StepKind.PIVOT ? "\" is the pivot" : "\" comes after the pivot")
                    + ", but a saga never goes back over its pivot; put the save-point before it");
        }
    }

    /** An undo for all items knows the items and not what their steps began beside them. */
    private void undoOfAll(StepDefinition group, String line) {
        for (StepDefinition step : steps) {
            boolean begins = step.body() instanceof StepDefinition.Body.Child
                    || !step.lines().isEmpty();
            if (step.line().equals(line) && begins) {
                problems.add("fan-out \"" + group.name() + "\" is undone as a whole, but its items begin \""
                        + step.name() + "\", which that would leave as it is; let each item be undone by itself");
            }
        }
    }

    private void refsAreWritten(List<StepRef<?>> refs) {
        for (StepRef<?> ref : refs) {
            StepDefinition step = find(ref.name());
            if (step == null) {
                problems.add("step \"" + ref.name() + "\" is referred to, but never written");
            } else if (!step.isRouted() || !step.input().equals(ref.input())) {
                problems.add("step \"" + ref.name() + "\" is referred to as a routed step that takes "
                        + ref.input().getSimpleName() + ", but is written otherwise");
            }
        }
    }

    private void pivots() {
        List<String> pivots = steps.stream()
                .filter(s -> s.kind() == StepKind.PIVOT)
                .map(StepDefinition::name)
                .toList();
        if (pivots.size() > 1) {
            problems.add("it has " + pivots.size() + " pivots (" + String.join(", ", pivots)
                    + "), but a saga can pass only one point of no return");
        }
        if (pivots.isEmpty()) {
            return;
        }
        for (int i = 0; i < steps.size() && steps.get(i).kind() != StepKind.PIVOT; i++) {
            StepDefinition step = steps.get(i);
            boolean silent = step.undo().isEmpty() && !written.get(i).saysWhyWithoutUndo();
            if (step.kind() == StepKind.EFFECT && silent && !isUndoneChild(step)) {
                problems.add("step \"" + step.name() + "\" has an effect before the pivot \"" + pivots.get(0)
                        + "\" and no undo; give it .undo(…), or say .pure() or .withoutUndo(reason)");
            }
        }
    }

    private void undos() {
        for (Undo<?> undo : definition.undos()) {
            checkName("an undo's name", undo.name());
        }
        for (StepDefinition step : steps) {
            if (step.body() instanceof StepDefinition.Body.Child && step.undo().isPresent()) {
                problems.add("step \"" + step.name()
                        + "\" starts a child saga and has an undo; the child is undone by its own, so drop it");
            }
            boolean forAllItems = step.body() instanceof StepDefinition.Body.FanOut;
            if (step.kind() == StepKind.PURE && step.undo().isPresent() && !forAllItems) {
                problems.add("step \"" + step.name() + "\" is pure and has an undo; drop one of the two");
            }
            if (step.kind() == StepKind.PIVOT && step.undo().isPresent()) {
                problems.add(
                        "the pivot \"" + step.name() + "\" has an undo, but a saga never goes back over its pivot");
            }
        }
    }

    /** Follows every way through the steps; what is never met can never run. */
    private void flow() {
        boolean routed = steps.stream().anyMatch(StepDefinition::isRouted);
        StepDefinition trunk = first("");
        if (trunk == null) {
            problems.add("it has branches and no step of its own that runs them");
            return;
        }
        if (trunk.isRouted() && !trunk.input().equals(definition.input())) {
            problems.add("the first step \"" + trunk.name() + "\" takes "
                    + trunk.input().getSimpleName() + ", but the saga takes "
                    + definition.input().getSimpleName());
        }
        if (!routed && definition.resultOf().isEmpty() && definition.result() != Void.class) {
            problems.add("it says that it returns " + definition.result().getSimpleName()
                    + ", but neither a routed step nor a result function makes one");
        }
        Set<String> met = new HashSet<>();
        Deque<Integer> open = new ArrayDeque<>(List.of(steps.indexOf(trunk)));
        while (!open.isEmpty()) {
            int at = open.pop();
            StepDefinition step = steps.get(at);
            if (!met.add(step.name())) {
                continue;
            }
            for (String line : step.lines()) {
                StepDefinition begins = first(line);
                if (begins != null) {
                    open.push(steps.indexOf(begins));
                }
            }
            if (!step.isRouted()) {
                StepDefinition next = after(at);
                if (next != null) {
                    checkFallThrough(step, next);
                    open.push(steps.indexOf(next));
                }
            } else if (step.goesTo().isEmpty()) {
                for (int i = 0; i < steps.size(); i++) {
                    if (steps.get(i).isRouted() && steps.get(i).line().equals(step.line())) {
                        open.push(i);
                    }
                }
            } else {
                for (String target : step.goesTo()) {
                    StepDefinition next = find(target);
                    if (next == null) {
                        problems.add("step \"" + step.name() + "\" says it goes to \"" + target
                                + "\", but there is no such step");
                    } else if (!next.line().equals(step.line())) {
                        problems.add("step \"" + step.name() + "\" says it goes to \"" + target
                                + "\", which is in another branch");
                    } else {
                        open.push(steps.indexOf(next));
                    }
                }
            }
        }
        for (StepDefinition step : steps) {
            if (!met.contains(step.name()) && !isDeferred(step)) {
                problems.add("step \"" + step.name()
                        + "\" can never run: no step leads to it; name it in .goesTo(…) of a routed step, or move it");
            }
        }
    }

    private static boolean isDeferred(StepDefinition step) {
        return step.body() instanceof StepDefinition.Body.Deferred;
    }

    private void deferred() {
        boolean pivot = steps.stream().anyMatch(step -> step.kind() == StepKind.PIVOT);
        for (StepDefinition step : steps) {
            if (isDeferred(step) && !pivot) {
                problems.add(
                        "\"" + step.name()
                                + "\" is held back until the pivot has passed, but there is no pivot; write one, or call it in a step");
            }
        }
    }

    private @Nullable StepDefinition first(String line) {
        return steps.stream()
                .filter(step -> step.line().equals(line))
                .findFirst()
                .orElse(null);
    }

    private @Nullable StepDefinition after(int at) {
        String line = steps.get(at).line();
        return steps.stream()
                .skip(at + 1L)
                .filter(step -> step.line().equals(line))
                .findFirst()
                .orElse(null);
    }

    private void checkFallThrough(StepDefinition step, StepDefinition next) {
        if (next.isRouted() && !next.input().equals(step.output())) {
            problems.add("step \"" + step.name() + "\" returns " + step.output().getSimpleName()
                    + " and is followed by \"" + next.name() + "\", which takes "
                    + next.input().getSimpleName());
        }
    }

    /** A value read back is an object, which no primitive type is a type of. */
    private void primitives() {
        checkPrimitive("the saga's input", definition.input());
        checkPrimitive("the saga's result", definition.result());
        for (StepDefinition step : steps) {
            if (step.isRouted()) {
                checkPrimitive("the input of step \"" + step.name() + "\"", step.input());
            }
            checkPrimitive("the output of step \"" + step.name() + "\"", step.output());
        }
        for (Undo<?> undo : definition.undos()) {
            checkPrimitive("the data of undo \"" + undo.name() + "\"", undo.data());
        }
    }

    private void checkPrimitive(String what, Class<?> type) {
        if (type.isPrimitive()) {
            Class<?> wrapper = MethodType.methodType(type).wrap().returnType();
            problems.add(what + " is of the primitive type " + type.getName() + "; use " + wrapper.getSimpleName());
        }
    }

    private void payloadNames() {
        Map<String, Class<?>> names = new HashMap<>();
        List<Class<?>> types = new ArrayList<>(List.of(definition.input(), definition.result()));
        steps.forEach(step -> {
            types.add(step.input());
            types.add(step.output());
        });
        definition.undos().forEach(undo -> types.add(undo.data()));
        for (Class<?> type : types) {
            String name = PayloadName.Of.type(type);
            Class<?> other = names.putIfAbsent(name, type);
            if (other != null && other != type) {
                problems.add("the payload types " + other.getName() + " and " + type.getName()
                        + " are both stored under the name \"" + name + "\"; give one of them @PayloadName");
            }
        }
    }

    private @Nullable StepDefinition find(String name) {
        return steps.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
    }
}
