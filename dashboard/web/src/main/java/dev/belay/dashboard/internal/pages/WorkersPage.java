package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Scope;
import dev.belay.inspect.WorkerStatus;
import java.util.List;
import java.util.Optional;

/** The processes that work, and what each does at the moment. */
public final class WorkersPage implements Section {
    private final Parts parts;

    /** For one dashboard. */
    public WorkersPage(Parts parts) {
        this.parts = parts;
    }

    /** What the page shows. */
    public record Model(List<WorkerStatus> workers, boolean mayInspect) {}

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/workers",
                        Access.of(Permission.SAGA_VIEW),
                        "Every worker that is alive, with what it does.",
                        List.of(),
                        this::show),
                Route.get(
                        "/workers/live",
                        Access.of(Permission.SAGA_VIEW),
                        "A stream that tells when a worker comes, goes, takes up a job, or has answered.",
                        List.of(),
                        call -> new Answer.Events(sink -> parts.pulse().watch(sink, workers(call)))),
                Route.post(
                        "/workers/{incarnation}/threads",
                        Access.of(Permission.WORKER_INSPECT),
                        "Asks a worker what its threads do; it answers with its next heartbeat.",
                        List.of(),
                        call -> {
                            Decision.Done done = ask(call);
                            return Answer.done(done.path(), done.words(), "/audit");
                        }));
    }

    private Pulse.Topic workers(Call call) {
        Inspector inspector = parts.inspector(call);
        return new Pulse.Topic(
                "workers for " + call.principal().scope(),
                () -> inspector.workers().stream()
                        .map(worker -> List.of(
                                worker.incarnation(),
                                worker.expired(),
                                worker.doing(),
                                worker.dump().map(WorkerStatus.Dump::at)))
                        .toList());
    }

    private Answer show(Call call) {
        return Answer.page("workers", new Model(parts.inspector(call).workers(), mayInspect(call)));
    }

    /** Whether the caller may see thread dumps, which tell of everybody's sagas. */
    public static boolean mayInspect(Call call) {
        return call.principal().scope().equals(Scope.everything())
                && call.principal().may(Permission.WORKER_INSPECT);
    }

    /** Asks the worker that the path names. */
    public Decision.Done ask(Call call) {
        if (!call.principal().scope().equals(Scope.everything())) {
            throw new Refused(403, "A thread dump tells of all sagas, and you see only some.");
        }
        long incarnation;
        try {
            incarnation = Long.parseLong(call.variable("incarnation"));
        } catch (NumberFormatException e) {
            throw Refused.notFound("That is no worker's number.");
        }
        if (!parts.inspector(call).askForThreads(incarnation)) {
            throw Refused.notFound("That worker is not alive any more.");
        }
        parts.belay().audit(call.principal().name(), "ask for threads", Optional.empty(), "of worker " + incarnation);
        return new Decision.Done(
                Optional.empty(), "Asked. The worker answers with its next heartbeat, in a few seconds.", "/workers");
    }
}
