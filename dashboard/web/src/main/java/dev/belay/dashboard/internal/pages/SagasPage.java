package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.query.Chips;
import dev.belay.dashboard.internal.query.Query;
import dev.belay.dashboard.internal.query.Suggestion;
import dev.belay.dashboard.internal.query.Suggestions;
import dev.belay.dashboard.internal.query.SystemViews;
import dev.belay.dashboard.internal.query.Term;
import dev.belay.dashboard.internal.store.SavedView;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Count;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.SagaSummary;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The list of sagas: one query, what it finds, and what can be done with that. */
public final class SagasPage implements Section {
    private static final int ROWS = 50;
    private static final int MOST_DROPPED = 5;
    private static final String KEYS = new String(Json.bytes(keys()), StandardCharsets.UTF_8);

    private final Parts parts;
    private final Views views;

    SagasPage(Parts parts, Views views) {
        this.parts = parts;
        this.views = views;
    }

    /**
     * What the page shows.
     *
     * @param query what is in the box
     * @param chips what the query asks for, each with the way to the list without it
     * @param shown the list under it: of the query, or of the one before as long as this one cannot be understood
     * @param keys what can be asked for, as JSON
     */
    public record Model(
            ListAddress address,
            Query query,
            List<ChipLink> chips,
            List<ViewLink> views,
            Optional<Shown> shown,
            String keys) {

        /** What can be asked for. */
        public List<Suggestion> suggestions() {
            return Suggestions.all();
        }

        /** All columns a list can have. */
        public List<Column> columns() {
            return List.of(Column.values());
        }

        /** What to hand back as the list that is shown. */
        public String was() {
            return shown.map(list -> list.query().text()).orElse("");
        }

        /** Whether the list is that of an earlier query. */
        public boolean isEarlier() {
            return !query.isSound() && shown.isPresent();
        }
    }

    /** A part of the query, and the path of the list without it. */
    public record ChipLink(String label, String without) {}

    /** A view by its name. */
    public record ViewLink(String name, String help, String path, boolean current, boolean saved) {}

    /** What a list would have without one part of its query. */
    public record Drop(String label, String path, Count count) {}

    /** The most important of one saga; its input only for whoever may read it. */
    public record Peek(SagaSummary saga, Optional<Redaction.Shown> input) {}

    /**
     * A list.
     *
     * @param query what it lists
     * @param address its address
     * @param first whether it begins here
     * @param drops if nothing was found: which parts of the query keep what out
     */
    public record Shown(
            Query query, ListAddress address, Page<SagaSummary> page, boolean first, Count count, List<Drop> drops) {

        /** How many there are, as far as they were counted. */
        public String counted() {
            return Words.number(count.n()) + (count.orMore() ? "+" : "") + (count.n() == 1 ? " saga" : " sagas");
        }

        /** The list of what has this value too, or instead. */
        public String only(String key, String value) {
            return address.asking(query.with(key, value)).path();
        }

        /** How long a saga took, or has taken. */
        public static String took(SagaSummary saga, Instant now) {
            Duration took = Duration.between(saga.startedAt(), saga.endedAt().orElse(now));
            return Words.length(took.isNegative() ? Duration.ZERO : took);
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/sagas",
                        Access.of(Permission.SAGA_VIEW),
                        "The sagas that a query finds.",
                        List.of(
                                Route.may("q", "string", "The query."),
                                Route.may("cols", "string", "What is said of each saga, by the columns' names."),
                                Route.may("after", "string", "What the page before said is next."),
                                Route.may("was", "string", "The query of the list that was shown before.")),
                        this::show),
                Route.get(
                        "/sagas/{id}/peek",
                        Access.of(Permission.SAGA_VIEW),
                        "The most important of one saga, to be read in the list.",
                        List.of(),
                        this::peek),
                export("csv"),
                export("json"));
    }

    private Route export(String kind) {
        return Route.get(
                "/sagas/export." + kind,
                Access.of(Permission.SAGA_VIEW),
                "The sagas that a query finds as a file, at most " + SagasExport.MOST + ", without payloads.",
                List.of(Route.may("q", "string", "The query.")),
                call -> export(call, kind));
    }

    private Answer show(Call call) {
        ListAddress address = ListAddress.of(call);
        Instant now = Instant.now();
        Query query = Queries.read(parts, call, address.query(), now);
        boolean unclean = !call.all("was").isEmpty() || !call.all("col").isEmpty();
        if (query.isSound() && unclean) {
            return Answer.goTo(address.path());
        }
        Inspector inspector = parts.inspector(call);
        Optional<Query> listed = query.isSound()
                ? Optional.of(query)
                : call.text("was")
                        .map(was -> Queries.read(parts, call, was, now))
                        .filter(Query::isSound);
        return Answer.page(
                "sagas",
                new Model(
                        address,
                        query,
                        chips(address, query),
                        viewLinks(call, address),
                        listed.map(list -> list(call, inspector, address.asking(list.text()), list)),
                        KEYS));
    }

    private static List<ChipLink> chips(ListAddress address, Query query) {
        return Chips.of(query).stream()
                .map(chip -> new ChipLink(
                        chip.label(), address.asking(chip.without()).path()))
                .toList();
    }

    private List<ViewLink> viewLinks(Call call, ListAddress address) {
        List<ViewLink> links = new ArrayList<>();
        SystemViews.all().forEach(view -> {
            boolean current = view.query().equals(address.query());
            links.add(new ViewLink(
                    view.name(), view.help(), address.asking(view.query()).path(), current, false));
        });
        for (SavedView view : views.of(call.principal())) {
            boolean current = view.query().equals(address.search());
            String help = view.shared() ? "Shared by " + view.owner() : "Yours";
            links.add(new ViewLink(view.name(), help, Views.path(view), current, true));
        }
        return links;
    }

    private Shown list(Call call, Inspector inspector, ListAddress address, Query query) {
        Optional<String> after =
                query.text().equals(call.text("q").map(String::strip).orElse(""))
                        ? call.text("after")
                        : Optional.empty();
        Page<SagaSummary> page = inspector.sagas(query.filter(), after, ROWS);
        Count count = page.items().isEmpty() && after.isEmpty() && page.next().isEmpty()
                ? new Count(0, false)
                : inspector.count(query.filter());
        boolean nothing = page.items().isEmpty() && after.isEmpty();
        return new Shown(
                query,
                address,
                page,
                after.isEmpty(),
                count,
                nothing ? drops(call, inspector, address, query) : List.of());
    }

    /** Which parts of a query that finds nothing keep something out, each looked at alone. */
    private List<Drop> drops(Call call, Inspector inspector, ListAddress address, Query query) {
        List<Drop> drops = new ArrayList<>();
        List<String> labels = Chips.of(query).stream().map(chip -> chip.label()).toList();
        for (int i = 0; i < Math.min(MOST_DROPPED, query.terms().size()); i++) {
            Term term = query.terms().get(i);
            Query without = Queries.read(parts, call, query.without(term), Instant.now());
            if (without.isSound() && !term.conditions().isEmpty()) {
                Count count = inspector.count(without.filter());
                if (count.n() > 0) {
                    drops.add(new Drop(
                            labels.get(i), address.asking(without.text()).path(), count));
                }
            }
        }
        return drops;
    }

    private Answer peek(Call call) {
        SagaDetail saga = parts.inspector(call)
                .saga(call.id("id"))
                .orElseThrow(() -> Refused.notFound("There is no such saga. It may have been purged."));
        Optional<Redaction.Shown> input = saga.input()
                .filter(value -> parts.looks().at(call, saga.summary().id(), "the input, in the list of sagas"))
                .map(value -> parts.redaction().shown(value.json()));
        return Answer.page("peek", new Peek(saga.summary(), input));
    }

    private Answer export(Call call, String kind) {
        ListAddress address = ListAddress.of(call);
        Query query = Queries.read(parts, call, address.query(), Instant.now());
        if (!query.isSound()) {
            throw Refused.unprocessable(query.problems().get(0).message());
        }
        return SagasExport.of(parts.inspector(call), query.filter(), kind);
    }

    private static List<Map<String, Object>> keys() {
        return Suggestions.all().stream()
                .map(key -> Map.<String, Object>of(
                        "key", key.key(),
                        "help", key.help(),
                        "example", key.example(),
                        "choices",
                                key.choices().stream()
                                        .map(choice -> Map.of("word", choice.word(), "help", choice.help()))
                                        .toList()))
                .toList();
    }
}
