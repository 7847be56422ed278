package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Ask;
import dev.belay.dashboard.internal.pages.Decision.Confirmation;
import dev.belay.dashboard.internal.pages.Decision.Done;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refusals;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** For each decision about a saga the page that says what it would do and asks for what it needs, and the form's action. */
public final class DecisionPages implements Section {
    private final SagaDecisions decisions;
    private final Looks looks;

    DecisionPages(SagaDecisions decisions, Looks looks) {
        this.decisions = decisions;
        this.looks = looks;
    }

    /**
     * What is shown.
     *
     * @param refusal why it was not done, if it was tried
     * @param changes what was edited, if it was
     */
    public record Model(
            Decision decision,
            Situation situation,
            Confirmation confirmation,
            Optional<Refusals.Told> refusal,
            List<LineDiff.Line> changes) {
        /** Where the form goes. */
        public String action() {
            return page() + "/" + decision.name();
        }

        /** The saga's page. */
        public String page() {
            return "/sagas/" + situation.view().id();
        }

        /** Whether a change can be looked at before it is made. */
        public boolean comparable() {
            return confirmation.original().isPresent();
        }

        /** The waves of what would be undone, those at the same time together. */
        public List<Waves.Wave> waves() {
            return confirmation.forecast().map(Waves::of).orElse(List.of());
        }
    }

    @Override
    public List<Route> routes() {
        return SagaDecisions.all().stream().flatMap(this::routes).toList();
    }

    private Stream<Route> routes(Decision decision) {
        String pattern = "/sagas/{id}/" + decision.name();
        return Stream.of(
                Route.get(
                        pattern,
                        Access.of(decision.permission()),
                        "Asks before it is done: " + decision.summary(),
                        decision.parameters().stream()
                                .map(one -> Route.may(one.name(), one.type(), one.meaning()))
                                .toList(),
                        call -> ask(decision, call)),
                Route.post(
                        pattern,
                        Access.of(decision.permission()),
                        decision.summary(),
                        decision.parameters(),
                        call -> act(decision, call)));
    }

    private Answer ask(Decision decision, Call call) {
        Situation situation = decisions.situation(call);
        Confirmation confirmation = decisions.confirmation(decision, situation, call);
        recordLook(confirmation, situation, call);
        return Answer.page("saga-decide", new Model(decision, situation, confirmation, Optional.empty(), List.of()));
    }

    private void recordLook(Confirmation confirmation, Situation situation, Call call) {
        if (confirmation.original().isPresent()) {
            looks.record(call, situation.view().id(), "the input of a step, to edit it");
        }
    }

    private Answer act(Decision decision, Call call) {
        if (call.flag("preview")) {
            return again(decision, call, 200, Optional.empty());
        }
        try {
            Done done = decisions.decide(decision, call);
            return Answer.done(
                    done.path(),
                    done.words(),
                    call.principal().may(Permission.AUDIT_READ) && done.path().startsWith("/sagas/")
                            ? done.path() + "?tab=audit"
                            : done.path());
        } catch (RuntimeException e) {
            Refusals.Told told = Refusals.of(e);
            // A saga that is not there has no page to keep; what failed in here is told as everywhere.
            if (told.status() == 404 || told.status() >= 500) {
                throw e;
            }
            return again(decision, call, told.status(), Optional.of(told));
        }
    }

    /** The same page once more, with what was typed: nobody has to type it again. */
    private Answer again(Decision decision, Call call, int status, Optional<Refusals.Told> told) {
        Situation situation = decisions.situation(call);
        Confirmation asked = shown(decision, situation, call);
        recordLook(asked, situation, call);
        List<Ask> asks = asked.asks().stream().map(ask -> typed(ask, call)).toList();
        Confirmation kept = new Confirmation(
                asked.heading(),
                asked.effect(),
                asks,
                asked.button(),
                asked.forecast(),
                asked.original(),
                asked.impossible());
        List<LineDiff.Line> changes = asked.original()
                .flatMap(before ->
                        call.value("value").map(after -> LineDiff.of(Json.pretty(before), Json.pretty(after))))
                .orElse(List.of());
        return new Answer.Page(
                status,
                call.isPartial() ? "saga-refused" : "saga-decide",
                new Model(decision, situation, kept, told, changes));
    }

    private Confirmation shown(Decision decision, Situation situation, Call call) {
        try {
            return decisions.confirmation(decision, situation, call);
        } catch (RuntimeException e) {
            return Confirmation.impossible(decision.title(), Refusals.of(e).words());
        }
    }

    private static Ask typed(Ask ask, Call call) {
        Optional<String> typed = ask.kind() == Decision.Kind.JSON ? call.value(ask.name()) : call.text(ask.name());
        List<Decision.Option> options = ask.options().stream()
                .map(option -> new Decision.Option(
                        option.value(), option.words(), call.all(ask.name()).contains(option.value())))
                .toList();
        return new Ask(ask.kind(), ask.name(), ask.label(), ask.hint(), ask.required(), typed.orElse(""), options);
    }
}
