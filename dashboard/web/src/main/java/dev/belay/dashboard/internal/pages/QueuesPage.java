package dev.belay.dashboard.internal.pages;

import dev.belay.Control;
import dev.belay.QueueControl;
import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.DefinitionStatus;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.QueueStatus;
import dev.belay.inspect.Scope;
import java.util.List;
import java.util.Optional;

/** Queues and definitions: what waits in them, and the brakes. */
public final class QueuesPage implements Section {
    private static final int MOST_AT_ONCE = 1_000_000;
    private static final List<Route.Parameter> REASON =
            List.of(Route.may("reason", "string", "why; kept in the audit"));

    private final Parts parts;

    /** For one dashboard. */
    public QueuesPage(Parts parts) {
        this.parts = parts;
    }

    /** What the page shows. */
    public record Model(
            List<QueueStatus> queues, List<DefinitionStatus> definitions, boolean mayPause, boolean seesAll) {
        /** How many open sagas of a definition are in that state. */
        public long in(DefinitionStatus definition, SagaState state) {
            return definition.open().getOrDefault(state, 0L);
        }
    }

    /** A brake that somebody is about to pull or release. */
    public record Braking(Kind kind, String name, Act act, int running, Optional<Integer> limit) {
        /** Where its form goes. */
        public String path() {
            return kind.path(name) + "/" + act.word;
        }
    }

    /** What has brakes. */
    public enum Kind {
        /** A queue. */
        QUEUE("queue", "/queues/"),
        /** A definition. */
        DEFINITION("definition", "/definitions/");

        /** Its name for people. */
        public final String word;

        private final String path;

        Kind(String word, String path) {
            this.word = word;
            this.path = path;
        }

        String path(String name) {
            return path + Frame.encoded(name);
        }
    }

    /** What can be done. */
    public enum Act {
        /** Stop. */
        PAUSE("pause", "Pause"),
        /** Go on. */
        RESUME("resume", "Resume"),
        /** Only so many at once. */
        LIMIT("limit", "Limit");

        /** Its name in addresses. */
        public final String word;
        /** Its name on buttons. */
        public final String title;

        Act(String word, String title) {
            this.word = word;
            this.title = title;
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/queues",
                        Access.of(Permission.SAGA_VIEW),
                        "Every queue and definition: what waits, what runs, what is paused.",
                        List.of(),
                        this::show),
                Route.get(
                        "/queues/live",
                        Access.of(Permission.SAGA_VIEW),
                        "A stream that tells when work comes or goes, and when a brake is pulled or released.",
                        List.of(),
                        this::watch),
                ask("/queues/{name}/pause", Kind.QUEUE, Act.PAUSE),
                act("/queues/{name}/pause", Kind.QUEUE, Act.PAUSE, "Pauses a queue."),
                ask("/queues/{name}/resume", Kind.QUEUE, Act.RESUME),
                act("/queues/{name}/resume", Kind.QUEUE, Act.RESUME, "Resumes a queue."),
                ask("/queues/{name}/limit", Kind.QUEUE, Act.LIMIT),
                act("/queues/{name}/limit", Kind.QUEUE, Act.LIMIT, "Limits how many jobs of a queue run at once."),
                ask("/definitions/{name}/pause", Kind.DEFINITION, Act.PAUSE),
                act("/definitions/{name}/pause", Kind.DEFINITION, Act.PAUSE, "Pauses all sagas of a definition."),
                ask("/definitions/{name}/resume", Kind.DEFINITION, Act.RESUME),
                act("/definitions/{name}/resume", Kind.DEFINITION, Act.RESUME, "Resumes the sagas of a definition."));
    }

    private Route ask(String pattern, Kind kind, Act act) {
        return Route.get(
                pattern,
                Access.of(Permission.QUEUE_PAUSE),
                "What it would do to " + act.word + " a " + kind.word + ".",
                List.of(),
                call -> Answer.page("brake", braking(call, kind, act)));
    }

    private Route act(String pattern, Kind kind, Act act, String summary) {
        return Route.post(pattern, Access.of(Permission.QUEUE_PAUSE), summary, parameters(act), call -> {
            Decision.Done done = brake(call, kind, act);
            return Answer.done(done.path(), done.words(), "/audit");
        });
    }

    /** What it takes to do that. */
    public static List<Route.Parameter> parameters(Act act) {
        return act == Act.LIMIT
                ? List.of(
                        REASON.get(0),
                        Route.may("at_once", "integer", "how many may run at once"),
                        Route.may("no_limit", "boolean", "takes the limit away, if at_once is not given"))
                : REASON;
    }

    private Answer show(Call call) {
        var inspector = parts.inspector(call);
        return Answer.page(
                "queues",
                new Model(
                        inspector.queues(),
                        inspector.definitions(),
                        call.principal().may(Permission.QUEUE_PAUSE)
                                && call.principal().scope().tenants().isEmpty(),
                        call.principal().scope().equals(Scope.everything())));
    }

    private Answer watch(Call call) {
        Inspector inspector = parts.inspector(call);
        Pulse.Topic topic = new Pulse.Topic(
                "queues " + call.principal().scope(),
                () -> List.of(inspector.queues().stream().map(QueuesPage::timeless).toList(), inspector.definitions()));
        return new Answer.Events(sink -> parts.pulse().watch(sink, topic));
    }

    /** Without what changes by itself as time goes by. */
    private static QueueStatus timeless(QueueStatus queue) {
        return new QueueStatus(
                queue.name(),
                queue.ready(),
                queue.claimed(),
                queue.waiting(),
                queue.held(),
                queue.parked(),
                Optional.empty(),
                queue.paused(),
                queue.limit());
    }

    private Control control(Call call, Kind kind) {
        String name = call.variable("name");
        // Those who see only part of the sagas must not stop everybody's.
        boolean all = call.principal().scope().tenants().isEmpty();
        boolean known = kind == Kind.QUEUE
                ? call.principal().scope().equals(Scope.everything())
                        && parts.inspector(call).queues().stream()
                                .anyMatch(queue -> queue.name().equals(name))
                : all
                        && parts.inspector(call).definitions().stream()
                                .anyMatch(definition -> definition.name().equals(name));
        if (!known) {
            throw Refused.notFound("There is no " + kind.word + " \"" + Words.cut(name, 60) + "\" that you may stop.");
        }
        return kind == Kind.QUEUE ? parts.belay().queue(name) : parts.belay().definition(name);
    }

    private Braking braking(Call call, Kind kind, Act act) {
        Control control = control(call, kind);
        return new Braking(
                kind,
                call.variable("name"),
                act,
                control.running(),
                control instanceof QueueControl queue && queue.limit().isPresent()
                        ? Optional.of(queue.limit().getAsInt())
                        : Optional.empty());
    }

    /** Pulls or releases the brake of what the path names. */
    public Decision.Done brake(Call call, Kind kind, Act act) {
        Control control = control(call, kind);
        String actor = call.principal().name();
        String name = call.variable("name");
        String reason = call.text("reason").orElse("from the dashboard");
        String words;
        if (act == Act.PAUSE) {
            control.pause(actor, reason);
            words = "Paused " + kind.word + " \"" + name + "\". What runs finishes its step.";
        } else if (act == Act.RESUME) {
            control.resume(actor, reason);
            words = "Resumed " + kind.word + " \"" + name + "\".";
        } else if (control instanceof QueueControl queue && call.text("at_once").isPresent()) {
            int atOnce = call.number("at_once", 1, 1, MOST_AT_ONCE);
            queue.limit(atOnce, actor, reason);
            words = "At most " + Words.count(atOnce, "job") + " of queue \"" + name + "\" now run at once.";
        } else if (!call.flag("no_limit")) {
            throw Refused.unprocessable("Say how many jobs may run at once, or that there shall be no limit.");
        } else {
            parts.belay().queue(name).unlimited(actor, reason);
            words = "Queue \"" + name + "\" has no limit any more.";
        }
        return new Decision.Done(Optional.empty(), words, "/queues");
    }
}
