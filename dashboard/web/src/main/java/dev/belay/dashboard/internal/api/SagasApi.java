package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.may;

import dev.belay.JournalEntry;
import dev.belay.SagaView;
import dev.belay.UndoForecast;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Queries;
import dev.belay.dashboard.internal.pages.SagaDecisions;
import dev.belay.dashboard.internal.pages.Situation;
import dev.belay.dashboard.internal.query.Query;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Count;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** Sagas: found by a query, one by one, and what is decided about them. */
final class SagasApi {
    private static final int MOST_SAGAS = 500;
    private static final int MOST_ROWS = 1_000;
    private static final Route.Parameter Q = may("q", "string", "The query; everything if there is none.");

    private final Parts parts;

    SagasApi(Parts parts) {
        this.parts = parts;
    }

    List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>(List.of(
                Endpoint.answering(
                        "/api/sagas",
                        Permission.SAGA_VIEW,
                        "The sagas that a query finds.",
                        Shape.pageOf(SagaSummary.class),
                        List.of(Q, Paging.AFTER, Paging.size(50, MOST_SAGAS)),
                        call -> found(call, filter -> sagas(call, filter))),
                Endpoint.answering(
                        "/api/sagas/count",
                        Permission.SAGA_VIEW,
                        "How many sagas a query finds, counted up to a bound.",
                        Shape.of(Count.class),
                        List.of(Q),
                        call -> found(call, parts.inspector(call)::count)),
                Endpoint.get(
                        "/api/sagas/{id}",
                        Permission.SAGA_VIEW,
                        "One saga; its input and output only for those who may read payloads.",
                        Shape.of(SagaJson.class),
                        List.of(),
                        this::saga),
                Endpoint.get(
                        "/api/sagas/{id}/journal",
                        Permission.SAGA_VIEW,
                        "What happened to a saga, row by row.",
                        Shape.pageOf(JournalRowJson.class),
                        List.of(
                                may("failed", "boolean", "Only what failed."),
                                may("step", "string", "Only this step."),
                                may("newest", "boolean", "The newest first."),
                                may(
                                        "payloads",
                                        "boolean",
                                        "With payloads and stack traces, at most 50 rows a page; needs payload.read."),
                                Paging.AFTER,
                                Paging.size(200, MOST_ROWS)),
                        this::journal),
                Endpoint.get(
                        "/api/sagas/{id}/steps/{branch}/{seq}",
                        Permission.SAGA_VIEW,
                        "One step of a saga: every row of it, both ways; payloads only for those who may read them.",
                        Shape.of(StepJson.class),
                        List.of(),
                        this::step),
                Endpoint.get(
                        "/api/sagas/{id}/undo-forecast",
                        Permission.SAGA_VIEW,
                        "What a cancel would undo now, in which order, and what would stay.",
                        Shape.of(UndoForecast.class),
                        List.of(),
                        call -> parts.decisions().situation(call).forecast())));
        SagaDecisions.all().forEach(decision -> endpoints.add(decision(decision)));
        return endpoints;
    }

    private Endpoint decision(Decision decision) {
        return Endpoint.post(
                "/api/sagas/{id}/" + decision.name(),
                decision.permission(),
                decision.summary(),
                Shape.of(Decided.class),
                decision.parameters(),
                call -> Decided.of(parts.decisions().decide(decision, call)));
    }

    private Answer found(Call call, Function<SagaFilter, Object> read) {
        Query query = Queries.read(parts, call, call.text("q").orElse(""), Instant.now());
        return query.isSound() ? Answer.json(read.apply(query.filter())) : new Answer.Json(422, BadQuery.of(query));
    }

    private Page<SagaSummary> sagas(Call call, SagaFilter filter) {
        return parts.inspector(call).sagas(filter, call.text("after"), call.number("size", 50, 1, MOST_SAGAS));
    }

    private SagaJson saga(Call call) {
        Situation situation = parts.decisions().situation(call);
        UUID id = situation.view().id();
        boolean shown = parts.looks().at(call, id, "its input and output");
        return SagaJson.of(situation, call.principal(), new Payloads(shown, parts.redaction()));
    }

    private Page<JournalRowJson> journal(Call call) {
        UUID id = parts.decisions().situation(call).view().id();
        boolean shown = call.flag("payloads");
        if (shown) {
            call.demand(Permission.PAYLOAD_READ);
            parts.looks().record(call, id, "its journal");
        }
        JournalFilter filter =
                new JournalFilter(call.flag("failed"), Set.of(), call.text("step"), shown, call.flag("newest"));
        Payloads payloads = new Payloads(shown, parts.redaction());
        int size = call.number("size", 200, 1, MOST_ROWS);
        Page<JournalEntry> page = parts.inspector(call)
                .journal(id, filter, call.text("after"), shown ? Math.min(size, Situation.PAYLOADS_AT_ONCE) : size);
        return new Page<>(
                page.items().stream()
                        .map(row -> JournalRowJson.of(row, payloads))
                        .toList(),
                page.next(),
                page.searchedBackTo());
    }

    private StepJson step(Call call) {
        Situation situation = parts.decisions().situation(call);
        UUID id = situation.view().id();
        int branch = place(call, "branch");
        int seq = place(call, "seq");
        List<JournalEntry> rows = parts.inspector(call).step(id, branch, seq);
        if (rows.isEmpty()) {
            return notYet(situation, branch, seq);
        }
        String step = rows.get(0).step();
        Payloads payloads = new Payloads(parts.looks().at(call, id, "step " + step), parts.redaction());
        return new StepJson(
                id,
                branch,
                seq,
                step,
                seq > 0 ? payloads.of(situation.inputOf(branch, seq, step)) : Optional.empty(),
                rows.stream().map(row -> JournalRowJson.of(row, payloads)).toList());
    }

    private static StepJson notYet(Situation situation, int branch, int seq) {
        String step = situation.view().jobs().stream()
                .filter(job -> job.branch() == branch && job.seq() == seq)
                .map(SagaView.JobView::step)
                .findFirst()
                .orElseThrow(() -> Refused.notFound("This saga has not come to such a step."));
        return new StepJson(situation.view().id(), branch, seq, step, Optional.empty(), List.of());
    }

    private static int place(Call call, String name) {
        try {
            return Integer.parseUnsignedInt(call.variable(name));
        } catch (NumberFormatException e) {
            throw Refused.notFound("This saga has not come to such a step.");
        }
    }
}
