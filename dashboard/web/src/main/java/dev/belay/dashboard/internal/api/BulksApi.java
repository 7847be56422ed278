package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.may;
import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.BulkPage;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Queries;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkOperations.Forecast;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Page;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decisions about many sagas. */
final class BulksApi {
    private static final int MOST_ITEMS = 500;
    private static final String ACTIONS =
            Arrays.stream(BulkAction.values()).map(Enum::name).collect(Collectors.joining(", "));
    private static final Route.Parameter ACTION = must("action", "string", "One of " + ACTIONS + ".");

    private final Parts parts;
    private final BulkPage bulks;

    BulksApi(Parts parts) {
        this.parts = parts;
        this.bulks = new BulkPage(parts);
    }

    /**
     * One; see {@link BulkStatus}.
     *
     * @param query what it is about, as a query; empty if there are no words for it, or if it asks about payloads and the caller may not
     */
    record BulkJson(
            UUID id,
            BulkAction action,
            Optional<String> query,
            String actor,
            String reason,
            Instant startedAt,
            long total,
            long done,
            long refused,
            long failed,
            Optional<Instant> endedAt,
            Optional<String> stopped) {
        static BulkJson of(Parts parts, Call call, BulkStatus bulk) {
            return new BulkJson(
                    bulk.id(),
                    bulk.action(),
                    Queries.isShown(parts, call, bulk.filter()) ? Queries.said(bulk.filter()) : Optional.empty(),
                    bulk.actor(),
                    bulk.reason(),
                    bulk.startedAt(),
                    bulk.total(),
                    bulk.done(),
                    bulk.refused(),
                    bulk.failed(),
                    bulk.endedAt(),
                    bulk.stopped());
        }
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                        "/api/bulks",
                        Permission.SAGA_VIEW,
                        "The decisions about many sagas there were, the newest first.",
                        Shape.pageOf(BulkJson.class),
                        List.of(),
                        call -> Paging.whole(
                                parts.inspector(call).bulks().stream()
                                .map(bulk -> BulkJson.of(parts, call, bulk)))),
                Endpoint.get(
                        "/api/bulks/forecast",
                        Permission.BULK_RUN,
                        "What such a decision would do, counted and not done.",
                        Shape.of(Forecast.class),
                        Stream.concat(Stream.of(ACTION), BulkPage.WHICH.stream())
                                .toList(),
                        call -> bulks.ask(call, action(call)).forecast()),
                Endpoint.post(
                        "/api/bulks",
                        Permission.BULK_RUN,
                        "Begins to decide about many sagas; needs the permission for what is decided too. Its id is that of the"
                                + " request.",
                        Shape.of(BulkJson.class),
                        Stream.of(
                                        Stream.of(ACTION),
                                        BulkPage.WHICH.stream(),
                                        Stream.of(
                                                must("reason", "string", "Why."),
                                                may(
                                                        "shown",
                                                        "integer",
                                                        "How many the forecast said; refused if there are more by now."),
                                                may(
                                                        "at",
                                                        "string",
                                                        "When that was: what the query counts from now is counted from then.")))
                                .flatMap(parameters -> parameters)
                                .toList(),
                        call -> BulkJson.of(parts, call, bulks.begin(call, action(call)))),
                Endpoint.get(
                        "/api/bulks/{id}",
                        Permission.SAGA_VIEW,
                        "A decision about many sagas, and how far it has come.",
                        Shape.of(BulkJson.class),
                        List.of(),
                        call -> BulkJson.of(parts, call, bulks.status(call))),
                Endpoint.get(
                        "/api/bulks/{id}/items",
                        Permission.SAGA_VIEW,
                        "What came of each saga.",
                        Shape.pageOf(BulkItem.class),
                        List.of(
                                may("result", "string", "Only those: waiting, done, refused or failed."),
                                Paging.AFTER,
                                Paging.size(100, MOST_ITEMS)),
                        this::items),
                Endpoint.post(
                        "/api/bulks/{id}/stop",
                        Permission.BULK_RUN,
                        "Stops one: what was not done yet is not done.",
                        Shape.of(BulkJson.class),
                        List.of(must("reason", "string", "Why.")),
                        call -> BulkJson.of(parts, call, bulks.stop(call))));
    }

    private Page<BulkItem> items(Call call) {
        Set<BulkItem.Result> results =
                call.text("result").map(BulkPage::result).map(Set::of).orElse(Set.of());
        return parts.inspector(call)
                .bulkItems(
                        bulks.status(call).id(), results, call.text("after"), call.number("size", 100, 1, MOST_ITEMS));
    }

    private static BulkAction action(Call call) {
        String word = call.need("action");
        return Arrays.stream(BulkAction.values())
                .filter(action -> action.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> Refused.unprocessable("\"action\" is one of " + ACTIONS + "."));
    }
}
