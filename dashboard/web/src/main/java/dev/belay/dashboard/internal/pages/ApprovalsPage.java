package dev.belay.dashboard.internal.pages;

import dev.belay.OpenApproval;
import dev.belay.OperationRefused;
import dev.belay.Operator;
import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
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

    private final Parts parts;

    /** For one dashboard. */
    public ApprovalsPage(Parts parts) {
        this.parts = parts;
    }

    /** The inbox. */
    public record Inbox(List<Asked> asked, boolean mayRead, boolean mayDecide) {}

    /**
     * Something asked.
     *
     * @param question as it may be shown; empty if this person may not read payloads
     * @param mark tells this very question from any that the same step asks later
     */
    public record Asked(OpenApproval approval, Optional<Redaction.Shown> question, String mark) {}

    /** The page on which somebody decides. */
    public record Deciding(Asked asked, SagaDetail saga, boolean approving) {}

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/approvals",
                        Access.of(Permission.SAGA_VIEW),
                        "What waits for a person's approval, the nearest deadline first.",
                        List.of(),
                        this::inbox),
                Route.get(
                        "/approvals/{id}/{step}/approve",
                        Access.of(Permission.APPROVAL_DECIDE),
                        "What an approval would do.",
                        DECISION,
                        call -> ask(call, true)),
                Route.post(
                        "/approvals/{id}/{step}/approve",
                        Access.of(Permission.APPROVAL_DECIDE),
                        "Approves what a saga asks.",
                        DECISION,
                        call -> decided(call, true)),
                Route.get(
                        "/approvals/{id}/{step}/reject",
                        Access.of(Permission.APPROVAL_DECIDE),
                        "What a rejection would do.",
                        DECISION,
                        call -> ask(call, false)),
                Route.post(
                        "/approvals/{id}/{step}/reject",
                        Access.of(Permission.APPROVAL_DECIDE),
                        "Rejects what a saga asks.",
                        DECISION,
                        call -> decided(call, false)));
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
                mark(approval));
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

    private Answer ask(Call call, boolean approving) {
        SagaDetail saga = saga(call);
        OpenApproval approval = open(call, saga.summary().id())
                .orElseThrow(() -> new Refused(
                        409,
                        "Step \"" + call.variable("step") + "\" asks nothing any more: somebody has decided, its"
                                + " time is over, or the saga was turned."));
        return Answer.page("approval-decide", new Deciding(asked(call, approval), saga, approving));
    }

    private Answer decided(Call call, boolean approving) {
        Decision.Done done = decide(call, approving);
        return Answer.done("/approvals", done.words(), done.path() + "?tab=audit");
    }

    /**
     * Approves or rejects what the step that the path names asks. The decision is about the very question that was looked at: the saga
     * is read first, then what it asks, and neither may have changed when the decision is taken.
     */
    public Decision.Done decide(Call call, boolean approving) {
        SagaDetail saga = saga(call);
        UUID id = saga.summary().id();
        String step = call.variable("step");
        String reason = approving ? call.text("reason").orElse("approved on the dashboard") : call.need("reason");
        Operator operator = parts.belay()
                .operator(call.principal().name())
                .once(call.requestId())
                .at(branch(call));
        Optional<Refused> objection = objection(call, id);
        // A request that is sent again is answered as before, whatever has happened since; any other is refused by this
        // version.
        Operator expecting = operator.expecting(
                objection.isPresent()
                        ? "never"
                        : call.text("version").orElse(saga.view().version()));
        SagaState state;
        try {
            state = approving ? expecting.approve(id, step, reason) : expecting.reject(id, step, reason);
        } catch (OperationRefused e) {
            throw objection.isPresent() ? objection.get() : e;
        }
        return new Decision.Done(
                Optional.of(state),
                (approving ? "Approved. The saga goes on" : "Rejected. The saga") + " and is now: " + Words.state(state)
                        + ".",
                "/sagas/" + id);
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
