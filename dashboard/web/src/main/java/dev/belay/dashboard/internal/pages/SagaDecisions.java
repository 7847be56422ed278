package dev.belay.dashboard.internal.pages;

import dev.belay.Operator;
import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Doing;
import dev.belay.dashboard.internal.pages.Decision.Done;
import dev.belay.dashboard.internal.pages.Decision.Offer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Everything that can be decided about one saga, and the one way in which that is done: whoever decides must have the permission, the
 * saga must exist for them, it must be as they saw it, and a request sent twice acts once. Thread-safe.
 */
public final class SagaDecisions {
    private static final List<Decision> ALL = Stream.of(
                    BudgetDecisions.all(), ForwardDecisions.all(), UndoDecisions.all(), CourseDecisions.all())
            .flatMap(List::stream)
            .toList();

    private final Parts parts;
    private final Redaction redaction;
    private final OnceHere once = new OnceHere();

    /** Decisions for one dashboard. */
    public SagaDecisions(Parts parts) {
        this.parts = parts;
        this.redaction = parts.redaction();
    }

    /** All of them, those first that are wanted first. */
    public static List<Decision> all() {
        return ALL;
    }

    /** A decision with one way in which it is offered now. */
    public record Offered(Decision decision, Offer offer) {
        /** Where it is confirmed, in the saga's page. */
        public String path(UUID saga) {
            return "/sagas/" + saga + "/" + decision.name() + (offer.query().isEmpty() ? "" : "?" + offer.query());
        }
    }

    /** What is offered in a situation to somebody with those permissions. */
    public static List<Offered> offered(Situation situation, dev.belay.dashboard.Principal principal) {
        return ALL.stream()
                .filter(decision -> principal.may(decision.permission()))
                .flatMap(
                        decision -> decision.offers().in(situation).stream().map(offer -> new Offered(decision, offer)))
                .toList();
    }

    /** The saga a call is about; 404 if it does not exist for its principal. */
    public Situation situation(Call call) {
        UUID id = call.id("id");
        var inspector = parts.inspector(call);
        return new Situation(
                inspector
                        .saga(id)
                        .orElseThrow(() -> Refused.notFound(
                                "There is no saga " + id + " here. It may have been purged, or be none of yours.")),
                inspector,
                () -> parts.belay().saga(id).undoForecast(),
                () -> parts.belay().agents().usage(id));
    }

    /**
     * Carries a decision out for whoever calls. Their route must demand {@link Decision#permission} too: this asks again.
     *
     * @throws dev.belay.OperationRefused if the saga's state does not allow it, or the saga has changed since they looked
     */
    public Done decide(Decision decision, Call call) {
        call.demand(decision.permission());
        Situation situation = situation(call);
        UUID saga = situation.view().id();
        UUID request = call.requestId();
        Operator operator = parts.belay().operator(call.principal().name()).once(request);
        Optional<String> version = decision.versioned() && !call.flag("anyway") ? version(call) : Optional.empty();
        if (version.isPresent()) {
            operator = operator.expecting(version.get());
        }
        Optional<Integer> branch = branch(call);
        if (branch.isPresent()) {
            operator = operator.at(branch.get());
        }
        return decision.act()
                .by(new Doing(
                        situation,
                        call,
                        saga,
                        operator,
                        json(decision, situation, call),
                        parts.belay(),
                        once,
                        request));
    }

    /** Forms always say what they showed; programs may. */
    private static Optional<String> version(Call call) {
        return call.route().isApi() ? call.text("version") : Optional.of(call.need("version"));
    }

    static Optional<Integer> branch(Call call) {
        return call.text("branch").map(text -> call.number("branch", 0, 0, Integer.MAX_VALUE));
    }

    private Optional<JsonNode> json(Decision decision, Situation situation, Call call) {
        if (decision.parameters().stream()
                .noneMatch(parameter -> parameter.type().equals("json"))) {
            return Optional.empty();
        }
        Optional<JsonNode> sent = call.body().isPresent()
                ? Optional.ofNullable(call.body().get().get("value"))
                : call.value("value").map(text -> Json.read(text, "The value"));
        if (sent.isEmpty() || !sent.get().toString().contains(Redaction.MASK)) {
            return sent;
        }
        Optional<JsonNode> original =
                decision.wording().of(situation, call).original().map(text -> Json.read(text, "The value as it was"));
        return sent.map(value -> redaction.restored(value, original));
    }

    /** What is confirmed, as it may be shown to whoever asks. */
    Decision.Confirmation confirmation(Decision decision, Situation situation, Call call) {
        Decision.Confirmation whole = decision.wording().of(situation, call);
        boolean may = call.principal().may(Permission.PAYLOAD_READ);
        List<Decision.Ask> asks = whole.asks().stream()
                .map(ask -> ask.kind() != Decision.Kind.JSON || ask.value().isEmpty()
                        ? ask
                        : new Decision.Ask(
                                ask.kind(),
                                ask.name(),
                                ask.label(),
                                may
                                        ? ask.hint()
                                        : ask.hint() + " What it is now is not shown: you may not see payloads"
                                                + " (payload.read).",
                                ask.required(),
                                may ? Json.pretty(redaction.whole(ask.value())) : ""))
                .toList();
        return new Decision.Confirmation(
                whole.heading(),
                whole.effect(),
                asks,
                whole.button(),
                whole.forecast(),
                may ? whole.original().map(redaction::whole) : Optional.empty(),
                whole.impossible());
    }

    /** What every decision about a saga reads beside its own parameters. */
    static List<Route.Parameter> with(boolean versioned, Route.Parameter... own) {
        return Stream.concat(
                        Stream.of(own),
                        versioned
                                ? Stream.of(
                                        Route.may(
                                                "version",
                                                "string",
                                                "The version of the saga as you saw it: the decision is refused if it has changed since."))
                                : Stream.empty())
                .toList();
    }

    /** The toast of a decision after which the saga is in {@code state}. */
    static Done done(Doing doing, SagaState state, String words) {
        return new Done(Optional.of(state), words + " " + now(state), "/sagas/" + doing.saga());
    }

    private static String now(SagaState state) {
        return "The saga is now: " + Words.state(state).toLowerCase(java.util.Locale.ROOT) + ".";
    }
}
