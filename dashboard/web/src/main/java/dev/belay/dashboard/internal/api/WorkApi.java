package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.may;

import dev.belay.OpenApproval;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.ApprovalsPage;
import dev.belay.dashboard.internal.pages.ApprovalsPage.How;
import dev.belay.dashboard.internal.pages.FailureLinks;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.QueuesPage;
import dev.belay.dashboard.internal.pages.QueuesPage.Act;
import dev.belay.dashboard.internal.pages.QueuesPage.Kind;
import dev.belay.dashboard.internal.pages.WorkersPage;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.DefinitionStatus;
import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.Overview;
import dev.belay.inspect.Page;
import dev.belay.inspect.QueueStatus;
import dev.belay.inspect.StatPoint;
import dev.belay.inspect.WorkerStatus;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** How work stands: what fails, what waits for a person, queues, definitions, workers; and the brakes. */
final class WorkApi {
    private final Parts parts;
    private final ApprovalsPage approvals;
    private final QueuesPage queues;
    private final WorkersPage workers;
    private final Once once;

    WorkApi(Parts parts, Once once) {
        this.parts = parts;
        this.approvals = new ApprovalsPage(parts);
        this.queues = new QueuesPage(parts);
        this.workers = new WorkersPage(parts);
        this.once = once;
    }

    /** Why sagas fail, and the query that finds those that wait because of it. */
    record FailingJson(FailureGroup group, String query) {}

    /** Something that waits for a person; see {@link OpenApproval}. */
    record ApprovalJson(
            UUID saga,
            String definition,
            String step,
            int branch,
            Optional<JsonNode> question,
            Instant since,
            Optional<Instant> deadline,
            int level,
            boolean paused) {}

    /** A worker; see {@link WorkerStatus}. */
    record WorkerJson(
            String incarnation,
            String name,
            Instant startedAt,
            Instant seenAt,
            Instant expiresAt,
            boolean expired,
            int holds,
            List<WorkerStatus.Holding> doing,
            Optional<WorkerStatus.Dump> dump) {}

    List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        endpoints.addAll(howItStands());
        endpoints.addAll(approvalEndpoints());
        endpoints.addAll(brakes());
        endpoints.add(Endpoint.get(
                "/api/workers",
                Permission.SAGA_VIEW,
                "Every worker that is alive, with what it does.",
                Shape.pageOf(WorkerJson.class),
                List.of(),
                this::workers));
        endpoints.add(Endpoint.post(
                "/api/workers/{incarnation}/threads",
                Permission.WORKER_INSPECT,
                "Asks a worker what its threads do; /api/workers has the answer after its next heartbeat.",
                Shape.of(Decided.class),
                List.of(),
                call -> once.decided(call, () -> workers.ask(call))));
        return endpoints;
    }

    private List<Endpoint> howItStands() {
        return List.of(
                Endpoint.get(
                        "/api/overview",
                        Permission.SAGA_VIEW,
                        "How everything stands.",
                        Shape.of(Overview.class),
                        List.of(),
                        call -> parts.inspector(call).overview()),
                Endpoint.get(
                        "/api/throughput",
                        Permission.SAGA_VIEW,
                        "How many attempts succeeded, failed and were undone, stretch by stretch.",
                        Shape.pageOf(StatPoint.class),
                        Stream.concat(
                                        Times.parameters("an hour before").stream(),
                                        Stream.of(may(
                                                "width",
                                                "string",
                                                "How long a stretch is, as ISO 8601 has it; PT1M if it is not said.")))
                                .toList(),
                        this::throughput),
                Endpoint.get(
                        "/api/failures",
                        Permission.SAGA_VIEW,
                        "Why attempts failed, and how many sagas wait because of it.",
                        Shape.pageOf(FailingJson.class),
                        Times.parameters("a day before"),
                        this::failures),
                Endpoint.get(
                        "/api/queues",
                        Permission.SAGA_VIEW,
                        "Every queue: what waits, what runs, what is paused.",
                        Shape.pageOf(QueueStatus.class),
                        List.of(),
                        call -> Paging.whole(parts.inspector(call).queues())),
                Endpoint.get(
                        "/api/definitions",
                        Permission.SAGA_VIEW,
                        "Every definition, with its open sagas.",
                        Shape.pageOf(DefinitionStatus.class),
                        List.of(),
                        call -> Paging.whole(parts.inspector(call).definitions())));
    }

    private Page<StatPoint> throughput(Call call) {
        Times times = Times.of(call, Duration.ofHours(1));
        try {
            Duration width = Duration.parse(call.text("width").orElse("PT1M"));
            return Paging.whole(parts.inspector(call).throughput(times.from(), times.to(), width));
        } catch (DateTimeException e) {
            throw Refused.unprocessable("\"width\" must be a length like PT1M.");
        }
    }

    private Page<FailingJson> failures(Call call) {
        Times times = Times.of(call, Duration.ofDays(1));
        return Paging.whole(parts.inspector(call).failures(times.from(), times.to()).stream()
                .map(group -> new FailingJson(group, FailureLinks.query(group))));
    }

    private List<Endpoint> approvalEndpoints() {
        return List.of(
                Endpoint.get(
                        "/api/approvals",
                        Permission.SAGA_VIEW,
                        "What waits for a person's approval, the nearest deadline first; the question only for those who may"
                                + " read payloads.",
                        Shape.pageOf(ApprovalJson.class),
                        List.of(),
                        this::approvals),
                approval(How.APPROVE, "Approves what a saga asks."),
                approval(
                        How.EDIT,
                        "Approves a call of a tool with other arguments than those asked for; needs payload.read too."),
                approval(How.REJECT, "Rejects what a saga asks."));
    }

    private Endpoint approval(How how, String summary) {
        return Endpoint.post(
                "/api/approvals/{id}/{step}/" + how.word(),
                Permission.APPROVAL_DECIDE,
                summary,
                Shape.of(Decided.class),
                how == How.EDIT ? ApprovalsPage.EDITED : ApprovalsPage.DECISION,
                call -> Decided.of(approvals.decide(call, how)));
    }

    private Page<ApprovalJson> approvals(Call call) {
        return Paging.whole(parts.inspector(call).approvals().stream().map(one -> approval(call, one)));
    }

    private ApprovalJson approval(Call call, OpenApproval one) {
        boolean shown = parts.looks().at(call, one.saga(), "what step " + one.step() + " asks");
        return new ApprovalJson(
                one.saga(),
                one.definition(),
                one.step(),
                one.branch(),
                new Payloads(shown, parts.redaction()).of(Optional.of(one.question())),
                one.since(),
                one.deadline(),
                one.level(),
                one.paused());
    }

    private List<Endpoint> brakes() {
        return List.of(
                brake("/api/queues/{name}/pause", Kind.QUEUE, Act.PAUSE, "Pauses a queue."),
                brake("/api/queues/{name}/resume", Kind.QUEUE, Act.RESUME, "Resumes a queue."),
                brake(
                        "/api/queues/{name}/limit",
                        Kind.QUEUE,
                        Act.LIMIT,
                        "Limits how many jobs of a queue run at once."),
                brake("/api/definitions/{name}/pause", Kind.DEFINITION, Act.PAUSE, "Pauses all sagas of a definition."),
                brake(
                        "/api/definitions/{name}/resume",
                        Kind.DEFINITION,
                        Act.RESUME,
                        "Resumes the sagas of a definition."));
    }

    private Endpoint brake(String pattern, Kind kind, Act act, String summary) {
        List<Route.Parameter> parameters = QueuesPage.parameters(act);
        return Endpoint.post(
                pattern,
                Permission.QUEUE_PAUSE,
                summary,
                Shape.of(Decided.class),
                parameters,
                call -> once.decided(call, () -> queues.brake(call, kind, act)));
    }

    private Page<WorkerJson> workers(Call call) {
        boolean dumps = WorkersPage.mayInspect(call);
        return Paging.whole(parts.inspector(call).workers().stream()
                .map(worker -> new WorkerJson(
                        Long.toString(worker.incarnation()),
                        worker.name(),
                        worker.startedAt(),
                        worker.seenAt(),
                        worker.expiresAt(),
                        worker.expired(),
                        worker.holds(),
                        worker.doing(),
                        dumps ? worker.dump() : Optional.empty())));
    }
}
