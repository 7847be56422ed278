package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.may;

import dev.belay.agent.Price;
import dev.belay.agent.Usage;
import dev.belay.agent.UsageLine;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Conversations;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Spending;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** What sagas spent on calls of models, and what they said. */
final class AgentsApi {
    private static final int MOST_DAYS = 366;
    private static final int MOST_MESSAGES = 500;

    private final Parts parts;

    AgentsApi(Parts parts) {
        this.parts = parts;
    }

    /** What was spent in a stretch of days; see {@link Usage}. */
    record SpentJson(LocalDate from, LocalDate to, Usage total, List<UsageLine> lines) {}

    /**
     * A stretch of a conversation.
     *
     * @param names all conversations of the saga
     * @param next what to hand over as {@code after} for the messages that follow
     */
    record ConversationJson(List<String> names, String name, List<Said> messages, Optional<Integer> next) {
        /**
         * A message.
         *
         * @param answers the id of the tool call whose result it is
         */
        record Said(String role, Optional<JsonNode> content, Optional<String> answers) {}
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                        "/api/usage",
                        Permission.SAGA_VIEW,
                        "What calls of models came to, by day (UTC), definition, tenant, provider and model; and what a replay"
                                + " did not have to buy again.",
                        Shape.of(SpentJson.class),
                        List.of(
                                may(
                                        "from",
                                        "string",
                                        "The first day, like 2026-11-01; 29 days before the last if it is not said."),
                                may("to", "string", "The last day, at most 365 days later; today if it is not said.")),
                        this::spent),
                Endpoint.get(
                        "/api/prices",
                        Permission.SAGA_VIEW,
                        "What models cost for a million tokens, and from when on; for whoever sees only some sagas, the models"
                                + " that those called in the last 90 days.",
                        Shape.pageOf(Price.class),
                        List.of(),
                        this::prices),
                Endpoint.get(
                        "/api/sagas/{id}/usage",
                        Permission.SAGA_VIEW,
                        "What the calls of models of a saga came to.",
                        Shape.of(Usage.class),
                        List.of(),
                        call -> parts.decisions().situation(call).usage()),
                Endpoint.get(
                        "/api/sagas/{id}/conversation",
                        Permission.PAYLOAD_READ,
                        "What a saga said to a model and it answered, message by message.",
                        Shape.of(ConversationJson.class),
                        List.of(
                                may("name", "string", "Which conversation; the first if it is not said."),
                                may("after", "integer", "How many messages to leave out at the beginning."),
                                Paging.size(100, MOST_MESSAGES)),
                        this::conversation));
    }

    private ConversationJson conversation(Call call) {
        UUID saga = parts.decisions().situation(call).view().id();
        Conversations.Stretch stretch =
                new Conversations(parts).read(call, saga, call.number("size", 100, 1, MOST_MESSAGES));
        Payloads payloads = new Payloads(true, parts.redaction());
        return new ConversationJson(
                stretch.names(),
                stretch.name(),
                stretch.messages().subList(stretch.from(), stretch.to()).stream()
                        .map(message -> new ConversationJson.Said(
                                message.role(), payloads.of(Optional.of(message.json())), message.answers()))
                        .toList(),
                stretch.next());
    }

    private SpentJson spent(Call call) {
        LocalDate to = day(call, "to", LocalDate.now(ZoneOffset.UTC));
        LocalDate from = day(call, "from", to.minusDays(29));
        if (from.isAfter(to) || from.plusDays(MOST_DAYS).isBefore(to.plusDays(1))) {
            throw Refused.unprocessable("\"from\" must not be after \"to\", at most " + MOST_DAYS + " days in all, not "
                    + from + " and " + to + ".");
        }
        Spending spending = Spending.of(parts, call, from, to);
        return new SpentJson(from, to, spending.total(), spending.lines());
    }

    private static LocalDate day(Call call, String name, LocalDate otherwise) {
        try {
            LocalDate day = call.text(name).map(LocalDate::parse).orElse(otherwise);
            if (day.getYear() >= 1970 && day.getYear() <= 9999) {
                return day;
            }
        } catch (DateTimeException e) {
            // Told below.
        }
        throw Refused.unprocessable("\"" + name + "\" must be a day like 2026-11-20.");
    }

    private dev.belay.inspect.Page<Price> prices(Call call) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        return Paging.whole(Spending.of(parts, call, today.minusDays(89), today).prices());
    }
}
