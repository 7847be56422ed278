package dev.belay.dashboard.internal.pages;

import dev.belay.OpenApproval;
import dev.belay.OperationRefused;
import dev.belay.Operator;
import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refusals;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.SagaDetail;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** What sagas ask people, and their answers. */
public final class ApprovalsPage implements Section {
    /** Decisions that do not count as having had a hand in the saga: to look is nobody's doing. */
    private static final Set<String> LOOKS = Set.of("read payload");

    /** What a decision reads. */
    public static final List<Route.Parameter> DECISION = List.of(
            Route.may("branch", "integer", "the branch that asks; 0 unless it is one of several"),
            Route.may(
                    "question", "string", "the mark of the question that was looked at; anything else is not decided"),
            Route.may("version", "string", "the saga's version when it was looked at"),
            Route.may("reason", "string", "what the saga is told as the reason; needed to reject"));

    /** What an approval with other arguments reads. */
    public static final List<Route.Parameter> EDITED = Stream.concat(
                    Stream.of(
                            Route.must("arguments", "json", "the arguments in place of those asked for"),
                            Route.may("call", "string", "the id of the call that was looked at")),
                    DECISION.stream())
            .toList();

    private final Parts parts;

    /** For one dashboard. */
    public ApprovalsPage(Parts parts) {
        this.parts = parts;
    }

    /** The inbox. */
    public record Inbox(List<Asked> asked, boolean mayRead, boolean mayDecide) {}

    /** The ways to decide. */
    public enum How {
        /** As it is asked. */
        APPROVE("approve", "Approve"),
        /** A call of a tool, with other arguments. */
        EDIT("approve-edited", "Approve"),
        /** Not at all. */
        REJECT("reject", "Reject");

        private final String word;
        private final String words;

        How(String word, String words) {
            this.word = word;
            this.words = words;
        }

        /** The last part of its address. */
        public String word() {
            return word;
        }

        /** For people. */
        public String words() {
            return words;
        }
    }

    /**
     * Something asked.
     *
     * @param question as it may be shown; empty if this person may not read payloads
     * @param tool the call of a tool that is asked about, likewise
     * @param mark tells this very question from any that the same step asks later
     */
    public record Asked(
            OpenApproval approval, Optional<Redaction.Shown> question, Optional<ToolAsked.Shown> tool, String mark) {
        /** Where it is decided. */
        public String path(How how) {
            return action(how) + "?branch=" + approval.branch();
        }

        /** Where the decision is sent. */
        public String action(How how) {
            return "/approvals/" + approval.saga() + "/" + Frame.encoded(approval.step()) + "/" + how.word();
        }

        /** Whether not all of it is shown. */
        public boolean cut() {
            return tool.map(call -> call.arguments().cut())
                    .or(() -> question.map(Redaction.Shown::cut))
                    .orElse(false);
        }
    }

    /**
     * The page on which somebody decides.
     *
     * @param call the call of a tool, if it is about one: not all of it is for everybody
     * @param arguments what stands in the form
     * @param reason likewise
     * @param refusal why it was not done, if it was tried
     */
    public record Deciding(
            Asked asked,
            SagaDetail saga,
            How how,
            Optional<ToolAsked> call,
            String arguments,
            String reason,
            Optional<Refusals.Told> refusal) {
        /** Whether it is about a call of a tool. */
        public boolean isTool() {
            return call.isPresent();
        }

        /** The provider's id of the call. */
        public String callId() {
            return call.map(ToolAsked::callId).orElse("");
        }

        /** The tool's name. */
        public String toolName() {
            return asked.tool().map(ToolAsked.Shown::tool).orElse("the tool");
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/approvals",
                        Access.of(Permission.SAGA_VIEW),
                        "What waits for a person's approval, the nearest deadline first.",
                        List.of(),
                        this::inbox),
                look(How.APPROVE, "What an approval would do.", DECISION),
                act(How.APPROVE, "Approves what a saga asks.", DECISION),
                look(How.EDIT, "What a call of a tool would do with other arguments.", DECISION),
                act(How.EDIT, "Approves a call of a tool with other arguments.", EDITED),
                look(How.REJECT, "What a rejection would do.", DECISION),
                act(How.REJECT, "Rejects what a saga asks.", DECISION));
    }

    private Route look(How how, String summary, List<Route.Parameter> parameters) {
        return Route.get(
                "/approvals/{id}/{step}/" + how.word(),
                Access.of(Permission.APPROVAL_DECIDE),
                summary,
                parameters,
                call -> ask(call, how));
    }

    private Route act(How how, String summary, List<Route.Parameter> parameters) {
        return Route.post(
                "/approvals/{id}/{step}/" + how.word(),
                Access.of(Permission.APPROVAL_DECIDE),
                summary,
                parameters,
                call -> decided(call, how));
    }

    private Answer inbox(Call call) {
        boolean mayRead = call.principal().may(Permission.PAYLOAD_READ);
        return Answer.page(
                "approvals",
                new Inbox(
                        parts.inspector(call).approvals().stream()
                                .map(approval -> asked(call, approval))
                                .toList(),
                        mayRead,
                        call.principal().may(Permission.APPROVAL_DECIDE)));
    }

    private Asked asked(Call call, OpenApproval approval) {
        boolean shown = parts.looks().at(call, approval.saga(), "what step " + approval.step() + " asks");
        return new Asked(
                approval,
                shown ? Optional.of(parts.redaction().shown(approval.question())) : Optional.empty(),
                shown ? ToolAsked.of(approval.question()).map(tool -> tool.shown(parts.redaction())) : Optional.empty(),
                mark(approval));
    }

    /** What a saga asks, as the caller may see it. */
    List<Asked> asked(Call call, Situation saga) {
        boolean asks = saga.view().jobs().stream()
                .anyMatch(job -> job.awaits().map(Waits::isApproval).orElse(false));
        return asks
                ? parts.inspector(call).approvals().stream()
                        .filter(approval -> approval.saga().equals(saga.view().id()))
                        .map(approval -> asked(call, approval))
                        .toList()
                : List.of();
    }

    private static String mark(OpenApproval approval) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(approval.since().toString().getBytes(StandardCharsets.UTF_8));
            byte[] mark = digest.digest(approval.question().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mark).substring(0, 32);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    private Optional<OpenApproval> open(Call call, UUID saga) {
        return parts.inspector(call).approvals().stream()
                .filter(open -> open.saga().equals(saga)
                        && open.step().equals(call.variable("step"))
                        && open.branch() == branch(call))
                .findFirst();
    }

    private Answer ask(Call call, How how) {
        mayEdit(call, how);
        SagaDetail saga = saga(call);
        OpenApproval approval = open(call, saga.summary().id())
                .orElseThrow(() -> new Refused(
                        409,
                        "Step \"" + call.variable("step") + "\" asks nothing any more: somebody has decided, its"
                                + " time is over, or the saga was turned."));
        Optional<ToolAsked> tool = ToolAsked.of(approval.question());
        if (how == How.EDIT && tool.isEmpty()) {
            throw noCall(call);
        }
        return Answer.page(
                "approval-decide",
                new Deciding(
                        asked(call, approval),
                        saga,
                        how,
                        tool,
                        how == How.EDIT
                                ? tool.map(asks -> asks.editable(parts.redaction()))
                                        .orElse("")
                                : "",
                        "",
                        Optional.empty()));
    }

    /** Whoever edits what they must not see would not know what they approve. */
    private static void mayEdit(Call call, How how) {
        if (how == How.EDIT) {
            call.demand(Permission.PAYLOAD_READ);
        }
    }

    private static Refused noCall(Call call) {
        return new Refused(
                409,
                "What step \"" + call.variable("step")
                        + "\" asks is about no call of a tool, so there are no arguments to edit. Approve or reject it.");
    }

    private Answer decided(Call call, How how) {
        try {
            Decision.Done done = decide(call, how);
            return Answer.done("/approvals", done.words(), done.path() + "?tab=audit");
        } catch (RuntimeException e) {
            Refusals.Told told = Refusals.of(e);
            // In a dialog the words come to the form as it is.
            if (how != How.EDIT || call.isPartial() || told.status() == 404 || told.status() >= 500) {
                throw e;
            }
            return again(call, told).orElseThrow(() -> e);
        }
    }

    /** The same page once more, with what was typed, if it is still asked. */
    private Optional<Answer> again(Call call, Refusals.Told told) {
        SagaDetail saga = saga(call);
        return open(call, saga.summary().id())
                .filter(approval -> call.principal().may(Permission.PAYLOAD_READ))
                .filter(approval -> ToolAsked.of(approval.question()).isPresent())
                .map(approval -> new Answer.Page(
                        told.status(),
                        "approval-decide",
                        new Deciding(
                                asked(call, approval),
                                saga,
                                How.EDIT,
                                ToolAsked.of(approval.question()),
                                call.value("arguments").orElse(""),
                                call.text("reason").orElse(""),
                                Optional.of(told))));
    }

    /**
     * Approves or rejects what the step that the path names asks. The decision is about the very question that was looked at: the saga
     * is read first, then what it asks, and neither may have changed when the decision is taken.
     */
    public Decision.Done decide(Call call, How how) {
        mayEdit(call, how);
        SagaDetail saga = saga(call);
        UUID id = saga.summary().id();
        String step = call.variable("step");
        String reason =
                how == How.REJECT ? call.need("reason") : call.text("reason").orElse("approved on the dashboard");
        Operator operator = parts.belay()
                .operator(call.principal().name())
                .once(call.requestId())
                .at(branch(call));
        Optional<Edit> edit = how == How.EDIT ? Optional.of(edit(call, id)) : Optional.empty();
        Optional<Refused> objection = objection(call, id);
        // A request that is sent again is answered as before, whatever has happened since; any other is refused by this
        // version.
        Operator expecting = operator.expecting(
                objection.isPresent()
                        ? "never"
                        : call.text("version").orElse(saga.view().version()));
        SagaState state;
        try {
            state = edit.isPresent()
                    ? expecting.approveCall(id, edit.get().callId(), edit.get().arguments(), reason)
                    : decided(expecting, call, id, step, how, reason);
        } catch (OperationRefused e) {
            throw objection.isPresent() ? objection.get() : e;
        }
        return new Decision.Done(
                Optional.of(state),
                switch (how) {
                            case APPROVE -> "Approved. The saga goes on";
                            case EDIT -> "Approved with edited arguments. The saga goes on";
                            case REJECT -> "Rejected. The saga";
                        }
                        + " and is now: " + Words.state(state) + ".",
                "/sagas/" + id);
    }

    /** A call of a tool is decided by its id, a step by its name. */
    private SagaState decided(Operator operator, Call call, UUID id, String step, How how, String reason) {
        Optional<String> asked = open(call, id)
                .flatMap(open -> ToolAsked.of(open.question()))
                .map(ToolAsked::callId)
                .or(() -> call.text("call"));
        if (asked.isPresent()) {
            return how == How.APPROVE
                    ? operator.approveCall(id, asked.get(), reason)
                    : operator.rejectCall(id, asked.get(), reason);
        }
        return how == How.APPROVE ? operator.approve(id, step, reason) : operator.reject(id, step, reason);
    }

    /** A call of a tool with the arguments that are to be in place of those asked for. */
    private record Edit(String callId, String arguments) {}

    private Edit edit(Call call, UUID id) {
        String typed = call.value("arguments")
                .orElseThrow(() -> Refused.unprocessable("\"arguments\" is missing: the arguments, as JSON."));
        Optional<OpenApproval> open = open(call, id);
        Optional<String> named = call.text("call");
        if (open.isEmpty()) {
            // It was decided: by this very request perhaps, which is then answered as before.
            return new Edit(
                    named.orElse("nothing"),
                    Json.read(typed, "The edited arguments").toString());
        }
        ToolAsked asked = ToolAsked.of(open.get().question()).orElseThrow(() -> noCall(call));
        return new Edit(named.orElse(asked.callId()), asked.edited(typed, parts.redaction()));
    }

    /** Why this person must not decide this, now. */
    private Optional<Refused> objection(Call call, UUID id) {
        if (hadAHandInIt(call, id)) {
            return Optional.of(new Refused(
                    403,
                    "Four eyes are needed here: " + call.principal().name()
                            + " has decided about this saga before, so somebody else has to decide this."));
        }
        Optional<String> seen = call.text("question");
        if (!call.route().isApi() && seen.isEmpty()) {
            return Optional.of(Refused.unprocessable("\"question\" is missing: it says what was looked at."));
        }
        boolean same = seen.isEmpty() || open(call, id).map(ApprovalsPage::mark).equals(seen);
        return same
                ? Optional.empty()
                : Optional.of(new Refused(
                        409,
                        "What step \"" + call.variable("step") + "\" asks is no longer what you looked at: somebody has"
                                + " decided, its time is over, or it asks something else now. Look again."));
    }

    private SagaDetail saga(Call call) {
        return parts.inspector(call)
                .saga(call.id("id"))
                .orElseThrow(() -> Refused.notFound("There is no such saga. It may have been purged."));
    }

    private static int branch(Call call) {
        return call.number("branch", 0, 0, Integer.MAX_VALUE);
    }

    private boolean hadAHandInIt(Call call, UUID id) {
        if (!parts.settings().fourEyes()) {
            return false;
        }
        var own = new AuditFilter(
                Optional.of(id),
                Optional.of(call.principal().name()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return parts.inspector(call).audit(own, Optional.empty(), 100).items().stream()
                .anyMatch(entry -> !LOOKS.contains(entry.action()));
    }
}
