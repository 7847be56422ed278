package dev.belay.dashboard.internal.pages;

import static dev.belay.dashboard.internal.pages.Asking.known;
import static dev.belay.dashboard.internal.pages.Asking.together;
import static dev.belay.dashboard.internal.pages.SagaDecisions.done;
import static dev.belay.dashboard.internal.pages.SagaDecisions.with;
import static dev.belay.dashboard.internal.web.Route.may;
import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.SagaState;
import dev.belay.UndoForecast;
import dev.belay.UndoForecast.Planned;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Ask;
import dev.belay.dashboard.internal.pages.Decision.Confirmation;
import dev.belay.dashboard.internal.pages.Decision.Doing;
import dev.belay.dashboard.internal.pages.Decision.Done;
import dev.belay.dashboard.internal.pages.Decision.Kind;
import dev.belay.dashboard.internal.pages.Decision.Offer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.PlannedStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What can be decided about undoing a saga, and about what could not be undone. */
final class UndoDecisions {
    private static final Route.Parameter REASON = must("reason", "string", "Why; kept in the audit.");
    private static final Route.Parameter BRANCH =
            may("branch", "integer", "The branch that is meant, if several wait for an operator.");

    private static final int MOST_BRANCHES = 50;
    private static final int MOST_NAMES = 10;

    private UndoDecisions() {}

    static List<Decision> all() {
        return List.of(compensate(), forceCompensate(), acceptResidue(), markUndone(), cancel(), resolve());
    }

    private static Decision compensate() {
        return new Decision(
                "compensate",
                "Undo the saga",
                "undo",
                Permission.SAGA_COMPENSATE,
                "danger",
                true,
                "Undoes a saga whose step has failed.",
                with(true, REASON),
                situation -> situation.state() == SagaState.SUSPENDED
                                && !situation.view().pivotPassed()
                        ? offer("Undo the saga")
                        : List.of(),
                (situation, call) -> situation.view().pivotPassed()
                        ? Confirmation.impossible("Undo the saga", pastPivot(situation))
                        : undoWords(situation, "Undo the saga", "Undo saga"),
                doing -> done(doing, doing.operator().compensate(doing.saga(), doing.reason()), "It is being undone."));
    }

    private static List<Offer> offer(String words) {
        return List.of(new Offer(words, "", Optional.empty()));
    }

    private static String pastPivot(Situation situation) {
        return "The saga has passed its pivot" + pivotName(situation)
                + " and only goes forward. Let it finish; if a step has failed, skip it, close the saga as it is, or undo what"
                + " can be undone in spite of the pivot.";
    }

    private static String pivotName(Situation situation) {
        return situation
                .pivot()
                .map(PlannedStep::name)
                .map(name -> ", " + name + ",")
                .orElse("");
    }

    private static Confirmation undoWords(Situation situation, String heading, String button) {
        UndoForecast forecast = situation.forecast();
        List<String> effect = new ArrayList<>();
        effect.add(
                forecast.undone().isEmpty()
                        ? "Nothing has been done yet that has to be undone; the saga ends as undone."
                        : "The saga turns back. "
                                + Words.count(forecast.undone().size(), "effect")
                                + " of it will be undone, in the order below; it takes no step forward any more.");
        if (!forecast.kept().isEmpty()) {
            effect.add(Words.count(forecast.kept().size(), "effect") + " will stay as "
                    + (forecast.kept().size() == 1 ? "it is." : "they are."));
        }
        forecast.why().ifPresent(effect::add);
        return new Confirmation(heading, effect, List.of(Asking.reason()), button).showing(forecast);
    }

    private static Decision forceCompensate() {
        return new Decision(
                "force-compensate",
                "Undo in spite of the pivot",
                "undo-alert",
                Permission.SAGA_COMPENSATE,
                "danger",
                true,
                "Undoes a saga whose step has failed although it has passed its pivot, which itself stays as it is.",
                with(true, REASON),
                situation -> situation.state() == SagaState.SUSPENDED
                                && situation.view().pivotPassed()
                        ? offer("Undo in spite of the pivot")
                        : List.of(),
                (situation, call) -> {
                    if (situation.state() != SagaState.SUSPENDED) {
                        return Confirmation.impossible(
                                "Undo in spite of the pivot",
                                "This needs a saga whose step has failed. This one is now: "
                                        + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".");
                    }
                    Confirmation words = undoWords(situation, "Undo in spite of the pivot", "Undo what can be undone");
                    List<String> effect = new ArrayList<>();
                    effect.add("The saga has passed its pivot" + pivotName(situation)
                            + " which stays done: this leaves the pivot without what was to come with it.");
                    effect.add(words.effect().get(0));
                    return new Confirmation(words.heading(), effect, words.asks(), words.button())
                            .showing(situation.forecast());
                },
                doing -> done(
                        doing,
                        doing.operator().forceCompensate(doing.saga(), doing.reason()),
                        "It is being undone; the pivot stays."));
    }

    private static Decision acceptResidue() {
        return new Decision(
                "accept-residue",
                "Leave it as it is",
                "skip",
                Permission.SAGA_COMPENSATE,
                "",
                true,
                "Leaves what could not be undone as it is, all of it or what is named, and undoes the rest.",
                with(
                        true,
                        may(
                                "effects",
                                "string",
                                "Names of the steps or activities to leave: a list, or separated by commas. A program that leaves"
                                        + " this out means all."),
                        BRANCH,
                        REASON),
                UndoDecisions::residues,
                UndoDecisions::residueWords,
                doing -> {
                    List<String> named = effects(doing.call());
                    SagaState state = named.isEmpty()
                            ? doing.operator().acceptResidue(doing.saga(), doing.reason())
                            : doing.operator().acceptResidue(doing.saga(), named, doing.reason());
                    return done(
                            doing,
                            state,
                            (named.isEmpty() ? "What could not be undone" : String.join(", ", named))
                                    + " is left as it is.");
                });
    }

    /**
     * Boxes that were ticked, or an API's list; empty if it means all.
     *
     * @throws Refused if none was ticked, or the list is empty: nobody may mean all of them by naming none
     */
    private static List<String> effects(Call call) {
        boolean meansAll = call.body()
                .map(body -> body.path("effects").isMissingNode()
                        || body.path("effects").isNull())
                .orElse(false);
        if (meansAll) {
            return List.of();
        }
        List<String> names = named(call);
        if (names.isEmpty()) {
            throw Refused.unprocessable(
                    call.route().isApi()
                            ? "\"effects\" names nothing. Name at least one effect, or leave \"effects\" out to mean all of them."
                            : "Tick at least one of them. What is not ticked still waits for an operator.");
        }
        return names;
    }

    private static List<String> named(Call call) {
        boolean isText =
                call.body().map(body -> !body.path("effects").isArray()).orElse(false);
        List<String> names = isText
                ? call.text("effects").map(text -> List.of(text.split(","))).orElse(List.of())
                : call.all("effects");
        return names.stream().map(String::strip).filter(name -> !name.isEmpty()).toList();
    }

    /** How many effects of each name could not be undone. */
    private static Map<String, Integer> failed(Situation situation, Optional<Integer> branch) {
        Map<String, Integer> names = new LinkedHashMap<>();
        situation.failedUndos().stream()
                .filter(undo -> branch.isEmpty() || branch.get() == undo.branch())
                .forEach(undo -> names.merge(Situation.name(undo), 1, Integer::sum));
        return names;
    }

    /** The branches in which an undo has failed, the first {@link #MOST_BRANCHES} of them. */
    private static List<Integer> failedBranches(Situation situation) {
        return situation.failedUndos().stream()
                .map(Planned::branch)
                .distinct()
                .limit(MOST_BRANCHES)
                .toList();
    }

    /** The words of an offer about one branch, which they name if it is not the only one. */
    private static Offer at(Situation situation, int branch, String words, String query) {
        boolean several = situation.stuckCount() > 1;
        String place = several ? "branch=" + branch : "";
        return new Offer(
                words + (several ? " (branch " + branch + ")" : ""),
                query + (query.isEmpty() || place.isEmpty() ? "" : "&") + place,
                Optional.of(branch));
    }

    private static List<Offer> residues(Situation situation) {
        List<Offer> offers = new ArrayList<>();
        for (int branch : failedBranches(situation)) {
            failed(situation, Optional.of(branch)).keySet().stream()
                    .limit(MOST_NAMES)
                    .forEach(name -> offers.add(
                            at(situation, branch, "Leave " + name + " as it is", "effects=" + Frame.encoded(name))));
        }
        int all = situation.failedUndos().size();
        if (all > 1) {
            offers.add(new Offer("Leave all " + Words.number(all) + " as they are", "", Optional.empty()));
        }
        return offers;
    }

    private static Confirmation residueWords(Situation situation, Call call) {
        Map<String, Integer> names = failed(situation, SagaDecisions.branch(call));
        if (names.isEmpty()) {
            return Confirmation.impossible("Leave as it is", noUndoFailed(situation));
        }
        List<String> asked = named(call);
        List<Decision.Option> options = names.entrySet().stream()
                .map(entry -> new Decision.Option(
                        entry.getKey(),
                        entry.getKey() + (entry.getValue() == 1 ? "" : " (" + entry.getValue() + " times)"),
                        asked.isEmpty() || asked.contains(entry.getKey())))
                .toList();
        List<String> effect = new ArrayList<>();
        effect.add("What is ticked stays as it is: its undo is not tried again. The rest of the saga is undone.");
        effect.add("When the saga ends, it says that something was left undone, so that it can be found later.");
        aboutBranches(situation, call, effect);
        ForwardDecisions.paused(situation, effect);
        return new Confirmation(
                (asked.size() == 1 ? "Leave " + asked.get(0) + " as it is" : "Leave what could not be undone")
                        + ofBranch(call),
                effect,
                together(
                        known(call, "branch"),
                        new Ask(
                                Kind.SOME_OF,
                                "effects",
                                "Leave as it is",
                                "What is not ticked still waits for an operator.",
                                true,
                                "",
                                options),
                        Asking.reason()),
                "Leave as it is");
    }

    /** Says which branches a decision is about, where there are several. */
    private static void aboutBranches(Situation situation, Call call, List<String> effect) {
        int branches = failedBranches(situation).size();
        if (SagaDecisions.branch(call).isPresent()) {
            effect.add("Only this branch is meant; what could not be undone in others still waits.");
        } else if (branches > 1) {
            effect.add("All branches are meant in which an undo has failed.");
        }
    }

    private static String ofBranch(Call call) {
        return SagaDecisions.branch(call)
                .map(branch -> " (branch " + branch + ")")
                .orElse("");
    }

    private static String noUndoFailed(Situation situation) {
        return "No undo has failed and waits for an operator. The saga is now: "
                + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".";
    }

    private static Decision markUndone() {
        return new Decision(
                "mark-undone",
                "Undone by hand",
                "hand",
                Permission.SAGA_COMPENSATE,
                "",
                true,
                "Says that what could not be undone was undone by hand, and undoes the rest.",
                with(true, BRANCH, REASON),
                UndoDecisions::undonesByHand,
                UndoDecisions::undoneWords,
                doing -> done(
                        doing, doing.operator().markUndone(doing.saga(), doing.reason()), "Noted as undone by hand."));
    }

    private static List<Offer> undonesByHand(Situation situation) {
        List<Offer> offers = new ArrayList<>();
        for (int branch : failedBranches(situation)) {
            List<String> names =
                    List.copyOf(failed(situation, Optional.of(branch)).keySet());
            offers.add(at(
                    situation,
                    branch,
                    names.size() == 1
                            ? names.get(0) + " was undone by hand"
                            : "All " + names.size() + " were undone by hand",
                    ""));
        }
        if (offers.size() > 1) {
            offers.add(new Offer(
                    "All " + Words.number(situation.failedUndos().size()) + " were undone by hand",
                    "",
                    Optional.empty()));
        }
        return offers;
    }

    private static Confirmation undoneWords(Situation situation, Call call) {
        Map<String, Integer> names = failed(situation, SagaDecisions.branch(call));
        if (names.isEmpty()) {
            return Confirmation.impossible("Undone by hand", noUndoFailed(situation));
        }
        List<String> effect = new ArrayList<>();
        effect.add("These count as undone from now on, and their undo is not tried again: "
                + names.entrySet().stream()
                        .limit(MOST_NAMES)
                        .map(entry ->
                                entry.getKey() + (entry.getValue() == 1 ? "" : " (" + entry.getValue() + " times)"))
                        .collect(Collectors.joining(", "))
                + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more." : "."));
        if (names.size() > 1) {
            effect.add(
                    "What failed in one branch is noted together. If only some of it was undone by hand, leave the rest as"
                            + " it is first, which can be said of each alone, or run the undos again.");
        }
        effect.add("The rest of the saga is undone.");
        aboutBranches(situation, call, effect);
        ForwardDecisions.paused(situation, effect);
        return new Confirmation(
                "Undone by hand" + ofBranch(call),
                effect,
                together(known(call, "branch"), Asking.evidence("How was it undone, and how is that known?")),
                "Mark as undone");
    }

    private static Decision cancel() {
        return new Decision(
                "cancel",
                "Cancel",
                "undo",
                Permission.SAGA_CANCEL,
                "danger",
                true,
                "Cancels a saga: what it did is undone, as far as it can be.",
                with(true, may("anyway", "boolean", "Cancel it even if it has gone on since you looked."), REASON),
                situation -> situation.state() == SagaState.RUNNING
                                && !situation.view().pivotPassed()
                                && !situation.view().cancelRequested()
                        ? offer("Cancel and undo")
                        : List.of(),
                UndoDecisions::cancelWords,
                UndoDecisions::cancelNow);
    }

    private static Done cancelNow(Doing doing) {
        SagaState state = doing.operator().cancel(doing.saga(), doing.reason());
        return done(
                doing,
                state,
                state == SagaState.RUNNING
                        ? "The cancel is kept: its pivot may be taking effect at this moment, and decides."
                        : "It is cancelled.");
    }

    private static Confirmation cancelWords(Situation situation, Call call) {
        if (situation.view().pivotPassed() && situation.isOpen()) {
            return Confirmation.impossible("Cancel", pastPivot(situation));
        }
        UndoForecast forecast = situation.forecast();
        boolean forward = situation.state() == SagaState.RUNNING || situation.state() == SagaState.SUSPENDED;
        if (!forecast.cancellable() || !forward) {
            return Confirmation.impossible(
                    "Cancel",
                    "This saga cannot be cancelled. It is now: "
                            + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".");
        }
        Confirmation words = undoWords(situation, "Cancel and undo", "Cancel and undo");
        List<String> effect = new ArrayList<>(words.effect());
        if (situation.view().jobs().stream().anyMatch(job -> job.state().equals("CLAIMED"))) {
            effect.add("What runs at this moment is asked to stop, and undone when it has.");
        }
        return new Confirmation(
                        words.heading(),
                        effect,
                        List.of(
                                new Ask(
                                        Kind.TICK,
                                        "anyway",
                                        "Even if the saga has gone on meanwhile",
                                        "Else you are asked again if anything has changed since this was shown.",
                                        false,
                                        ""),
                                Asking.reason()),
                        words.button())
                .showing(forecast);
    }

    private static Decision resolve() {
        return new Decision(
                "resolve",
                "Close as it is",
                "hand",
                Permission.SAGA_COMPENSATE,
                "danger",
                true,
                "Closes a saga that waits for an operator as it is: nothing more is run or undone.",
                with(true, REASON),
                situation ->
                        situation.state() == SagaState.SUSPENDED || situation.state() == SagaState.COMPENSATION_FAILED
                                ? offer("Close as it is")
                                : List.of(),
                (situation, call) -> {
                    if (situation.state() != SagaState.SUSPENDED
                            && situation.state() != SagaState.COMPENSATION_FAILED) {
                        return Confirmation.impossible(
                                "Close as it is",
                                "Only a saga that waits for an operator can be closed. This one is now: "
                                        + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".");
                    }
                    return new Confirmation(
                            "Close as it is",
                            List.of(
                                    "The saga ends as closed by hand. Nothing more of it is run, and nothing is undone: what it"
                                            + " did stays.",
                                    "Whoever waits for its result is told that it was closed. This cannot be taken back."),
                            List.of(Asking.reason()),
                            "Close saga");
                },
                doing -> done(doing, doing.operator().resolve(doing.saga(), doing.reason()), "It is closed."));
    }
}
