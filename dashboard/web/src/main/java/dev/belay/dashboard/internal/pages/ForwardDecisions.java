package dev.belay.dashboard.internal.pages;

import static dev.belay.dashboard.internal.pages.Asking.known;
import static dev.belay.dashboard.internal.pages.Asking.together;
import static dev.belay.dashboard.internal.pages.SagaDecisions.done;
import static dev.belay.dashboard.internal.pages.SagaDecisions.with;
import static dev.belay.dashboard.internal.web.Route.may;
import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Confirmation;
import dev.belay.dashboard.internal.pages.Decision.Doing;
import dev.belay.dashboard.internal.pages.Decision.Offer;
import dev.belay.dashboard.internal.pages.Situation.Stuck;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.PlannedStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What can be decided about a step that has failed, or of which nobody knows how it ended. */
final class ForwardDecisions {
    private static final Route.Parameter BRANCH =
            may("branch", "integer", "The branch that is meant, if several wait for an operator.");
    private static final Route.Parameter REASON = must("reason", "string", "Why; kept in the audit.");
    private static final PlannedStep.Shape ANYTHING = new PlannedStep.Shape("value", Optional.empty());

    private ForwardDecisions() {}

    static List<Decision> all() {
        return List.of(retry(), retryWithInput(), skip(), applied(), notApplied());
    }

    private static Decision retry() {
        return new Decision(
                "retry",
                "Retry",
                "retry",
                Permission.STEP_RETRY,
                "primary",
                true,
                "Runs what failed again, with fresh retries.",
                with(true, BRANCH, may("reason", "string", "Why; kept in the audit.")),
                ForwardDecisions::retries,
                ForwardDecisions::retryWords,
                doing -> done(
                        doing,
                        doing.operator().retry(doing.saga(), doing.reason("retried on the dashboard")),
                        "It runs again."));
    }

    private static List<Offer> retries(Situation situation) {
        List<Stuck> able =
                situation.stuck().stream().filter(one -> !one.unknown()).toList();
        if (able.isEmpty()) {
            return List.of();
        }
        if (situation.stuckCount() == 1) {
            return List.of(new Offer(again(situation, able.get(0)), "", Optional.of(branch(able.get(0)))));
        }
        List<Offer> offers = new ArrayList<>();
        if (able.size() == situation.stuck().size()) {
            offers.add(
                    new Offer("Retry all " + Words.number(situation.stuckCount()) + " branches", "", Optional.empty()));
        }
        able.forEach(one -> offers.add(new Offer(
                again(situation, one) + " (branch " + branch(one) + ")",
                "branch=" + branch(one),
                Optional.of(branch(one)))));
        return offers;
    }

    private static String again(Situation situation, Stuck stuck) {
        if (!stuck.job().undoing()) {
            return "Retry " + stuck.step();
        }
        List<String> failed = failedUndos(situation, stuck);
        return failed.size() <= 1
                ? "Run the undo of " + (failed.isEmpty() ? stuck.step() : failed.get(0)) + " again"
                : "Run " + failed.size() + " failed undos again";
    }

    private static List<String> failedUndos(Situation situation, Stuck stuck) {
        return situation.failedUndos().stream()
                .filter(undo -> undo.branch() == branch(stuck))
                .map(Situation::name)
                .distinct()
                .toList();
    }

    private static int branch(Stuck stuck) {
        return stuck.job().branch();
    }

    private static Confirmation retryWords(Situation situation, Call call) {
        List<Stuck> meant = meant(situation, call);
        if (meant.isEmpty()) {
            return Confirmation.impossible("Retry", nothingWaits(situation));
        }
        Optional<Stuck> unknown = meant.stream().filter(Stuck::unknown).findFirst();
        if (unknown.isPresent()) {
            return Confirmation.impossible(
                    "Retry",
                    "Nobody knows whether " + unknown.get().step() + " took effect, and it must not do so twice."
                            + " Say first how it ended.");
        }
        Stuck first = meant.get(0);
        List<String> effect = new ArrayList<>();
        if (first.job().undoing()) {
            effect.add("What could not be undone is tried again, with fresh retries and the same idempotency key.");
            effect.add("If it succeeds now, the saga is undone further, in the same order as before.");
            if (meant.size() > 1) {
                effect.add("All " + Words.number(situation.stuckCount()) + " branches that wait are meant.");
            }
            List<String> undos = failedUndos(situation, first);
            if (undos.size() > 1) {
                effect.add(
                        "What failed in one branch is tried together: "
                                + String.join(", ", undos.stream().limit(10).toList())
                                + (undos.size() > 10 ? " and " + (undos.size() - 10) + " more" : "")
                                + ". What is not to be tried again is to be left as it is first, which can be said of each alone.");
            }
        } else if (meant.size() == 1) {
            effect.add("Step " + first.step()
                    + " runs again, with fresh retries, the same input and the same idempotency key.");
            if (BudgetDecisions.isStopped(first)) {
                effect.add("A budget has stopped it, and stops it again at once unless that is raised first.");
            }
            effect.add(
                    "Calls that it recorded are not made again. If it succeeds, the saga goes on with the step after it.");
        } else {
            effect.add(Words.number(situation.stuckCount())
                    + " branches run the step again that failed in each, with fresh retries, the same input and the same"
                    + " idempotency key.");
            effect.add("Calls that they recorded are not made again.");
        }
        paused(situation, effect);
        String heading = meant.size() > 1
                ? "Retry all that failed"
                : again(situation, first) + (situation.stuckCount() > 1 ? " (branch " + branch(first) + ")" : "");
        return new Confirmation(
                heading,
                effect,
                together(known(call, "branch"), Asking.reasonIfAny()),
                first.job().undoing() ? "Run undo again" : meant.size() == 1 ? "Retry step" : "Retry all");
    }

    static void paused(Situation situation, List<String> effect) {
        if (situation.view().paused()) {
            effect.add("The saga is paused: nothing of this happens before it is resumed.");
        }
    }

    private static List<Stuck> meant(Situation situation, Call call) {
        Optional<Integer> branch = SagaDecisions.branch(call);
        return situation.stuck().stream()
                .filter(one -> branch.isEmpty() || branch.get() == branch(one))
                .toList();
    }

    private static String nothingWaits(Situation situation) {
        return "Nothing here has failed and waits for an operator. The saga is now: "
                + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".";
    }

    /** One offer for each branch that fits; the branch is named if there are several. */
    private static List<Offer> each(Situation situation, Predicate<Stuck> which, String words) {
        boolean several = situation.stuckCount() > 1;
        return situation.stuck().stream()
                .filter(one -> !one.job().undoing() && which.test(one))
                .map(one -> new Offer(
                        words.replace("%", one.step()) + (several ? " (branch " + branch(one) + ")" : ""),
                        several ? "branch=" + branch(one) : "",
                        Optional.of(branch(one))))
                .toList();
    }

    /** The one step that a call is about; or why there is none. */
    private static Stuck one(Situation situation, Call call, Predicate<Stuck> which, String otherwise) {
        List<Stuck> meant = meant(situation, call).stream()
                .filter(one -> !one.job().undoing())
                .toList();
        if (meant.isEmpty()) {
            throw new Refused(409, nothingWaits(situation));
        }
        List<Stuck> fitting = meant.stream().filter(which).toList();
        if (fitting.isEmpty()) {
            throw new Refused(409, otherwise);
        }
        if (fitting.size() > 1) {
            throw Refused.unprocessable("The branches "
                    + fitting.stream().map(ForwardDecisions::branch).toList()
                    + " wait for an operator. Say which one is meant: \"branch\".");
        }
        return fitting.get(0);
    }

    private static Decision retryWithInput() {
        return new Decision(
                "retry-with-input",
                "Retry with edited input",
                "edit",
                Permission.STEP_EDIT,
                "",
                true,
                "Runs the failed step again with another input, as a new run of it.",
                with(true, must("value", "json", "The input."), BRANCH, REASON),
                situation -> each(situation, stuck -> !stuck.unknown(), "Retry % with edited input"),
                ForwardDecisions::editWords,
                doing -> done(
                        doing,
                        doing.operator().retryWithInput(doing.saga(), doing.value(), doing.reason()),
                        "It runs again, with the edited input."));
    }

    private static Confirmation editWords(Situation situation, Call call) {
        Stuck stuck = one(situation, call, any -> !any.unknown(), HOW_IT_ENDED_IS_UNKNOWN);
        Optional<String> input = situation.inputOf(branch(stuck), stuck.job().seq(), stuck.step());
        List<String> effect = new ArrayList<>();
        effect.add(
                "Step " + stuck.step()
                        + " runs again with the input below, as a new run: with a new idempotency key, and every call is made anew.");
        effect.add("What its earlier runs did is still undone if the saga is. Later steps take what they always take.");
        paused(situation, effect);
        return new Confirmation(
                        "Retry " + stuck.step() + " with edited input",
                        effect,
                        together(
                                known(call, "branch"),
                                Asking.json(
                                        "Input of " + stuck.step(),
                                        situation
                                                .planned(stuck.step())
                                                .map(PlannedStep::input)
                                                .orElse(ANYTHING),
                                        input),
                                Asking.reason()),
                        "Retry with this input")
                .comparing(input);
    }

    private static final String HOW_IT_ENDED_IS_UNKNOWN =
            "Nobody knows whether this step took effect, and it must not do so twice. Say first how it ended.";
    private static final String HOW_IT_ENDED_IS_KNOWN =
            "How this step ended is known: it failed. Retry it, skip it, or undo the saga.";

    private static Decision skip() {
        return new Decision(
                "skip",
                "Skip with a value",
                "skip",
                Permission.STEP_SKIP,
                "",
                true,
                "Goes on as if the failed step had returned a value.",
                with(true, must("value", "json", "What the step would have returned."), BRANCH, REASON),
                situation -> each(situation, any -> true, "Skip % with a value"),
                ForwardDecisions::skipWords,
                doing -> done(
                        doing,
                        doing.operator().skip(doing.saga(), doing.value(), doing.reason()),
                        "The step is skipped."));
    }

    private static Confirmation skipWords(Situation situation, Call call) {
        Stuck stuck = one(situation, call, any -> true, "");
        List<String> effect = new ArrayList<>();
        effect.add("The saga goes on as if " + stuck.step() + " had returned the value below. The step does not run.");
        effect.add("If the saga is undone later, the undo of " + stuck.step()
                + " does not run, whatever its attempts did; the undos of its recorded calls do.");
        if (stuck.unknown()) {
            effect.add(
                    "Nobody knows whether it took effect. If you know that it did, say so instead: then it is undone with"
                            + " the saga.");
        }
        passesPivot(situation, stuck, effect);
        paused(situation, effect);
        return new Confirmation(
                "Skip " + stuck.step() + " with a value",
                effect,
                together(known(call, "branch"), output(situation, stuck), Asking.reason()),
                "Skip step");
    }

    private static void passesPivot(Situation situation, Stuck stuck, List<String> effect) {
        if (situation.pivot().filter(pivot -> pivot.name().equals(stuck.step())).isPresent()) {
            effect.add(stuck.step() + " is the pivot: after this the saga only goes forward.");
        }
    }

    private static Decision.Ask output(Situation situation, Stuck stuck) {
        PlannedStep.Shape shape =
                situation.planned(stuck.step()).map(PlannedStep::output).orElse(ANYTHING);
        boolean nothing = Words.simpleType(shape.type()).equals("Void");
        boolean routed =
                situation.planned(stuck.step()).map(PlannedStep::routed).orElse(false);
        Decision.Ask ask = Asking.json(
                "Value that " + stuck.step() + " would have returned",
                shape,
                nothing ? Optional.of("null") : Optional.empty());
        return routed
                ? new Decision.Ask(
                        ask.kind(),
                        ask.name(),
                        ask.label(),
                        "The step says itself what comes next: {\"to\": \"step\", \"input\": …}, or {\"end\": result}.",
                        true,
                        ask.value())
                : ask;
    }

    private static Decision applied() {
        return new Decision(
                "applied",
                "It took effect",
                "check",
                Permission.STEP_SKIP,
                "",
                true,
                "Says that a step of which nobody knew did take effect, and what it returned.",
                with(true, must("value", "json", "What the step returned."), BRANCH, REASON),
                situation -> each(situation, Stuck::unknown, "% took effect"),
                (situation, call) -> {
                    Stuck stuck = one(situation, call, Stuck::unknown, HOW_IT_ENDED_IS_KNOWN);
                    List<String> effect = new ArrayList<>();
                    effect.add("The saga goes on with the value below, as what " + stuck.step() + " returned.");
                    effect.add("Unlike a skipped step it is undone if the saga is.");
                    passesPivot(situation, stuck, effect);
                    paused(situation, effect);
                    return new Confirmation(
                            stuck.step() + " took effect",
                            effect,
                            together(
                                    known(call, "branch"),
                                    output(situation, stuck),
                                    Asking.evidence("How was that found out?")),
                            "It took effect");
                },
                doing -> done(
                        doing,
                        doing.operator().resolveApplied(doing.saga(), doing.value(), doing.reason()),
                        "Noted: it took effect."));
    }

    private static Decision notApplied() {
        return new Decision(
                "not-applied",
                "It did not take effect",
                "close",
                Permission.STEP_SKIP,
                "",
                true,
                "Says that a step of which nobody knew did not take effect, and never will: it runs again.",
                with(true, BRANCH, REASON),
                situation -> each(situation, Stuck::unknown, "% did not take effect"),
                (situation, call) -> {
                    Stuck stuck = one(situation, call, Stuck::unknown, HOW_IT_ENDED_IS_KNOWN);
                    List<String> effect = new ArrayList<>();
                    effect.add(
                            situation.view().cancelRequested()
                                    ? "The saga was cancelled meanwhile: it is undone instead of running the step again."
                                    : "Step " + stuck.step()
                                            + " runs again. If it did take effect after all, it will have done so"
                                            + " twice.");
                    paused(situation, effect);
                    return new Confirmation(
                            stuck.step() + " did not take effect",
                            effect,
                            together(known(call, "branch"), Asking.evidence("How was that found out?")),
                            "It did not take effect");
                },
                (Doing doing) -> done(
                        doing,
                        doing.operator().resolveNotApplied(doing.saga(), doing.reason()),
                        "Noted: it did not take effect."));
    }
}
