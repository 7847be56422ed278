package dev.belay.dashboard.internal.pages;

import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.query.Chip;
import dev.belay.dashboard.internal.query.Chips;
import dev.belay.dashboard.internal.query.Query;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkOperations.Forecast;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaFilter;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Decisions about many sagas: asked with what they would do, begun, watched, stopped. */
public final class BulkPage implements Section {
    private static final int ROWS = 100;
    private static final int MOST_CHOSEN = 100;
    private static final int MOST_UNTYPED = 100;
    private static final Access ACCESS = Access.of(Permission.BULK_RUN);
    private static final Access LOOK = Access.of(Permission.SAGA_VIEW);
    /** How sagas are meant. */
    public static final List<Route.Parameter> WHICH = List.of(
            Route.may("q", "string", "The query that finds them."),
            Route.may("ids", "uuids", "Or some that were chosen, one by one; at most " + MOST_CHOSEN + "."));

    private final Parts parts;

    /** For one dashboard. */
    public BulkPage(Parts parts) {
        this.parts = parts;
    }

    /**
     * Which sagas a decision is about.
     *
     * @param query the text of the query; empty text if they were chosen one by one
     * @param ids those that were chosen
     * @param at when that was asked: what a query counts from now is counted from then
     */
    public record Meant(String query, List<UUID> ids, SagaFilter filter, List<Chip> chips, Instant at) {}

    /**
     * What is asked before a decision.
     *
     * @param typed whether the number has to be typed: it is large, and what it does is grave
     */
    public record Ask(BulkAction action, Meant meant, Forecast forecast, boolean typed) {
        /** How many cannot in the state they are in. */
        public long unwilling() {
            return forecast.count().n() - forecast.willing();
        }

        /** How many are in which state, for people. */
        public Map<String, Long> states() {
            Map<String, Long> states = new LinkedHashMap<>();
            for (SagaState state : SagaState.values()) {
                long n = forecast.byState().getOrDefault(state.name(), 0L);
                if (n > 0) {
                    states.put(Words.state(state), n);
                }
            }
            return states;
        }

        /** How many there are. */
        public String counted() {
            return Words.number(forecast.count().n()) + (forecast.count().orMore() ? "+" : "");
        }

        /** Where this came from. */
        public String back() {
            return ListAddress.path(meant.query());
        }
    }

    /** The decisions there were. */
    public record Recent(List<BulkStatus> bulks) {}

    /**
     * One decision.
     *
     * @param items what came of each saga
     * @param result which of them are shown, if not all
     * @param asked whether what it asks for may be shown
     */
    public record Model(
            BulkStatus bulk, Page<BulkItem> items, Optional<BulkItem.Result> result, boolean first, boolean asked) {
        /** How many are through. */
        public long through() {
            return bulk.done() + bulk.refused() + bulk.failed();
        }

        /** How many had their turn with that result, or have it still before them. */
        public long count(BulkItem.Result of) {
            return switch (of) {
                case WAITING -> bulk.total() - through();
                case DONE -> bulk.done();
                case REFUSED -> bulk.refused();
                case FAILED -> bulk.failed();
            };
        }

        /** The path of this page, showing these. */
        public String path(Optional<BulkItem.Result> shown) {
            return "/bulk/" + bulk.id()
                    + shown.map(of -> "?result=" + of.name().toLowerCase(Locale.ROOT))
                            .orElse("");
        }

        /** The path of what follows. */
        public String after(String next) {
            String path = path(result);
            return path + (path.contains("?") ? "&" : "?") + "after=" + Frame.encoded(next);
        }

        /** What was asked for, if there are words for it. */
        public Optional<String> query() {
            return Queries.said(bulk.filter());
        }
    }

    @Override
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        for (BulkAction action : BulkAction.values()) {
            String what = BulkWords.verb(action).toLowerCase(Locale.ROOT);
            routes.add(Route.get(
                    BulkWords.path(action),
                    ACCESS,
                    "Asks whether to " + what + " many sagas, with what that would do.",
                    WHICH,
                    call -> Answer.page("bulk-ask", ask(call, action))));
            routes.add(Route.post(
                    BulkWords.path(action),
                    ACCESS,
                    "Begins to " + what + " many sagas; needs "
                            + BulkWords.permission(action).word() + " too.",
                    Stream.concat(
                                    WHICH.stream(),
                                    Stream.of(
                                            Route.must("reason", "string", "Why."),
                                            Route.must("shown", "integer", "How many were said to be meant."),
                                            Route.must("at", "string", "When that was said."),
                                            Route.may("typed", "integer", "The same number, typed.")))
                            .toList(),
                    call -> begun(call, action)));
        }
        routes.add(Route.get("/bulk", LOOK, "The decisions about many sagas there were.", List.of(), this::recent));
        routes.add(Route.get(
                "/bulk/live",
                LOOK,
                "A stream that tells when a decision about many sagas begins, goes on or ends.",
                List.of(),
                this::watchAll));
        routes.add(Route.get(
                "/bulk/{id}",
                LOOK,
                "A decision about many sagas, and what came of each.",
                List.of(
                        Route.may("result", "string", "Only those: waiting, done, refused or failed."),
                        Route.may("after", "string", "What the page before said is next.")),
                this::show));
        routes.add(
                Route.get("/bulk/{id}/live", LOOK, "A stream that tells how far it has come.", List.of(), this::watch));
        routes.add(Route.get("/bulk/{id}/stop", ACCESS, "Asks whether to stop it.", List.of(), this::askStop));
        routes.add(Route.post(
                "/bulk/{id}/stop",
                ACCESS,
                "Stops it: what was not done yet is not done.",
                List.of(Route.must("reason", "string", "Why.")),
                this::stopped));
        return routes;
    }

    // ---- before it begins

    /** What such a decision would do. */
    public Ask ask(Call call, BulkAction action) {
        call.demand(BulkWords.permission(action));
        Meant meant = meant(call, Instant.now());
        Forecast forecast = forecast(call, action, meant);
        return new Ask(
                action, meant, forecast, mustType(action, forecast.count().n()));
    }

    private Forecast forecast(Call call, BulkAction action, Meant meant) {
        return parts.belay()
                .bulk()
                .forecast(meant.filter(), action, call.principal().scope());
    }

    private static boolean mustType(BulkAction action, long count) {
        return BulkWords.isGrave(action) && count > MOST_UNTYPED;
    }

    private Meant meant(Call call, Instant at) {
        List<UUID> ids = call.all("ids").stream().distinct().map(BulkPage::id).toList();
        if (ids.size() > MOST_CHOSEN) {
            throw Refused.unprocessable("At most " + MOST_CHOSEN + " sagas can be chosen one by one, not " + ids.size()
                    + ". Ask for them by a query.");
        }
        if (!ids.isEmpty()) {
            String[] texts = ids.stream().map(UUID::toString).toArray(String[]::new);
            return new Meant("", ids, SagaFilter.where(Condition.is(Field.ID, texts)), List.of(), at);
        }
        Query query = Queries.read(parts, call, call.text("q").orElse(""), at);
        if (!query.isSound()) {
            throw Refused.unprocessable(query.problems().get(0).message());
        }
        return new Meant(query.text(), List.of(), query.filter(), Chips.of(query), at);
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw Refused.unprocessable("\"" + Words.cut(text, 60) + "\" is no id of a saga.");
        }
    }

    private Answer begun(Call call, BulkAction action) {
        BulkStatus bulk = begin(call, action);
        return toast(
                call,
                bulk.id(),
                BulkWords.doing(action) + " " + Words.count(bulk.total(), "saga") + ". This page follows it.");
    }

    /** Begins one. */
    public BulkStatus begin(Call call, BulkAction action) {
        call.demand(BulkWords.permission(action));
        String reason = call.need("reason");
        UUID request = call.requestId();
        if (parts.inspector(call).bulk(request).isEmpty()) {
            check(call, action);
        }
        return parts.belay()
                .bulk()
                .begin(
                        request,
                        meant(call, at(call)).filter(),
                        action,
                        call.principal().scope(),
                        call.principal().name(),
                        reason);
    }

    /** Refuses what was asked about fewer sagas than it would be about now, or was not read. */
    private void check(Call call, BulkAction action) {
        if (call.route().isApi() && call.text("shown").isEmpty()) {
            // A program says how many it expects if it wants to be held to that.
            return;
        }
        long shown = number(call, "shown").orElseThrow(() -> Refused.unprocessable("\"shown\" is missing."));
        if (!call.route().isApi()
                && mustType(action, shown)
                && number(call, "typed").orElse(-1) != shown) {
            throw Refused.unprocessable("Type the number of sagas, " + shown + ", to show that you have read it.");
        }
        long count = forecast(call, action, meant(call, at(call))).count().n();
        if (count > shown) {
            throw new Refused(
                    409,
                    "There were " + Words.count(shown, "saga") + " when you looked, and there are "
                            + Words.number(count) + " now. Nothing was begun. Look again, and decide about these.");
        }
    }

    private static OptionalLong number(Call call, String name) {
        // People copy the number with the thin spaces it is shown with.
        String digits = call.text(name).orElse("").replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 9 ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
    }

    private static Instant at(Call call) {
        if (call.route().isApi() && call.text("at").isEmpty()) {
            return Instant.now();
        }
        try {
            return Instant.parse(call.need("at"));
        } catch (DateTimeException e) {
            throw Refused.unprocessable("\"at\" is no time. Load the page again.");
        }
    }

    // ---- its course

    private Answer recent(Call call) {
        return Answer.page("bulks", new Recent(parts.inspector(call).bulks()));
    }

    private Answer watchAll(Call call) {
        Inspector inspector = parts.inspector(call);
        Pulse.Topic topic = new Pulse.Topic("bulks " + call.principal().scope(), inspector::bulks);
        return new Answer.Events(sink -> parts.pulse().watch(sink, topic));
    }

    /** The one that the path names. */
    public BulkStatus status(Call call) {
        return parts.inspector(call)
                .bulk(call.id("id"))
                .orElseThrow(() -> Refused.notFound("There is no such decision about many sagas."));
    }

    private Answer show(Call call) {
        BulkStatus bulk = status(call);
        Optional<BulkItem.Result> result = call.text("result").map(BulkPage::result);
        Page<BulkItem> items = parts.inspector(call)
                .bulkItems(bulk.id(), result.map(Set::of).orElse(Set.of()), call.text("after"), ROWS);
        return Answer.page(
                "bulk",
                new Model(
                        bulk,
                        items,
                        result,
                        call.text("after").isEmpty(),
                        Queries.isShown(parts, call, bulk.filter())));
    }

    /** A result by its word. */
    public static BulkItem.Result result(String word) {
        return Stream.of(BulkItem.Result.values())
                .filter(result -> result.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.unprocessable(
                        "\"result\" is waiting, done, refused or failed, not \"" + Words.cut(word, 60) + "\"."));
    }

    private Answer watch(Call call) {
        BulkStatus bulk = status(call);
        String seen = call.text("seen").orElse("");
        Pulse.Topic topic =
                new Pulse.Topic("bulk " + bulk.id(), () -> parts.inspector(call).bulk(bulk.id()));
        return new Answer.Events(sink -> {
            parts.pulse().watch(sink, topic);
            // What was done between the page and its stream would else be told with the next change, or never.
            long through = bulk.done() + bulk.refused() + bulk.failed();
            if (!seen.isEmpty() && !seen.equals(String.valueOf(through))) {
                sink.send("changed", topic.name());
            }
        });
    }

    private Answer askStop(Call call) {
        return Answer.page("bulk-stop", status(call));
    }

    /** Stops the one that the path names. */
    public BulkStatus stop(Call call) {
        return parts.belay()
                .bulk()
                .stop(
                        status(call).id(),
                        call.principal().scope(),
                        call.principal().name(),
                        call.need("reason"));
    }

    private Answer stopped(Call call) {
        BulkStatus bulk = stop(call);
        return toast(
                call,
                bulk.id(),
                bulk.stopped().isPresent()
                        ? "Stopped. What was done stays done."
                        : "It was through before it could be stopped.");
    }

    private static Answer toast(Call call, UUID id, String words) {
        Optional<String> record =
                call.principal().may(Permission.AUDIT_READ) ? Optional.of("/audit") : Optional.empty();
        return new Answer.GoTo("/bulk/" + id, Optional.of(new Answer.Toast(true, words, record)));
    }
}
