package dev.belay.dashboard.internal.pages;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.SagaView.JobView;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.SagaDecisions.Offered;
import dev.belay.dashboard.internal.picture.Graph;
import dev.belay.dashboard.internal.picture.Links;
import dev.belay.dashboard.internal.picture.Svg;
import dev.belay.dashboard.internal.picture.Timeline;
import dev.belay.dashboard.internal.picture.TimelineSvg;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.StoredValue;
import gg.jte.Content;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** The page of one saga: where it stands, what is wrong and can be decided, and everything that happened. */
public final class SagaPage implements Section {
    private static final int ROWS_OF_A_PICTURE = 2_000;
    private static final int ROWS = 200;
    private static final int ROWS_OF_A_GRAPH = 5_000;
    private static final int MESSAGES = 50;
    private static final int MOST_PAGES_LOOKED_THROUGH = 20;
    private static final int SAID = 50;
    private static final Set<Kind> WITHOUT_CALLS =
            Set.copyOf(EnumSet.complementOf(EnumSet.of(Kind.ACTIVITY, Kind.SAID)));

    /** What a graph is made of; all of it but the last two is in every long journal, and those say what stands for a step. */
    private static final Set<Kind> OF_A_GRAPH =
            Set.of(Kind.ATTEMPT, Kind.WAIT, Kind.DECISION, Kind.BRANCH, Kind.END, Kind.FORKED, Kind.HELD);

    private static final Duration FAR_AWAY = Duration.ofDays(36_500);
    private static final int MOST_SHOWN_STUCK = 10;
    private static final List<Tab> TABS = List.of(
            new Tab("timeline", "Timeline"),
            new Tab("graph", "Graph"),
            new Tab("journal", "Journal"),
            new Tab("messages", "Messages"),
            new Tab("conversation", "Conversation"),
            new Tab("data", "Input and output"),
            new Tab("audit", "Audit"));

    private final Parts parts;
    private final ApprovalsPage approvals;
    private final Conversations conversations;

    SagaPage(Parts parts) {
        this.parts = parts;
        this.approvals = new ApprovalsPage(parts);
        this.conversations = new Conversations(parts);
    }

    /** A part of the page that is shown alone. */
    public record Tab(String name, String words) {}

    /** A stretch of the journal, and what of it was asked for. */
    public record Rows(List<JournalEntry> items, Optional<String> next, boolean first, JournalFilter filter) {}

    /** What was asked and what arrived, in the order in which it was recorded. */
    public record Messages(List<Message> items, Optional<String> next, boolean first) {}

    /** Something that was asked, or that arrived. */
    public record Message(JournalEntry row, Optional<Redaction.Shown> value) {}

    /** A stretch of a conversation with a model; without messages for those who may not see payloads. */
    public record Talk(
            List<String> names,
            String name,
            List<Transcript.Said> items,
            int size,
            Optional<Integer> next,
            boolean first) {}

    /**
     * What the page shows; of the tabs only the one that is looked at.
     *
     * @param payloads whether whoever looks may see payloads
     * @param rows of the journal, for the tabs that are made of it
     * @param asked what it asks people, as they may see it
     * @param stacks the stack traces of what failed, by branch; none for those who may not see payloads
     */
    public record Model(
            Situation situation,
            List<Offered> offered,
            String tab,
            boolean payloads,
            Optional<Rows> rows,
            Optional<Messages> messages,
            Optional<Talk> talk,
            List<ApprovalsPage.Asked> asked,
            Optional<Redaction.Shown> input,
            Optional<Redaction.Shown> output,
            Optional<Page<AuditEntry>> audit,
            Map<Integer, String> stacks) {

        /** All that is known of the saga. */
        public SagaDetail detail() {
            return situation.detail();
        }

        /** Where it stands. */
        public SagaView view() {
            return situation.view();
        }

        /** Its address. */
        public String path() {
            return "/sagas/" + view().id();
        }

        /** The tabs for whoever looks. */
        public List<Tab> tabs(Frame frame) {
            return TABS.stream()
                    .filter(one -> !one.name().equals("audit") || frame.may(Permission.AUDIT_READ))
                    .filter(one ->
                            !one.name().equals("conversation") || one.name().equals(tab) || callsModels())
                    .toList();
        }

        /** Whether it needs somebody. */
        public boolean needsSomebody() {
            return situation.stuckCount() > 0
                    || view().state() == SagaState.SUSPENDED
                    || view().state() == SagaState.COMPENSATION_FAILED;
        }

        /** What is offered about it as a whole; with only one thing that failed, about that too. */
        public List<Offered> actions() {
            return offered.stream()
                    .filter(one ->
                            situation.stuckCount() <= 1 || one.offer().branch().isEmpty())
                    .toList();
        }

        /** What is offered about one of several branches. */
        public List<Offered> actionsAt(int branch) {
            return situation.stuckCount() <= 1
                    ? List.of()
                    : offered.stream()
                            .filter(one -> one.offer().branch().equals(Optional.of(branch)))
                            .toList();
        }

        /** The first of what failed. */
        public List<Situation.Stuck> stuck() {
            return shown(situation);
        }

        static List<Situation.Stuck> shown(Situation situation) {
            return situation.stuck().stream().limit(MOST_SHOWN_STUCK).toList();
        }

        /** What it waits for a person to approve. */
        public List<JobView> asking() {
            return view().jobs().stream()
                    .filter(job -> job.awaits().map(Waits::isApproval).orElse(false))
                    .toList();
        }

        /** What it asks at that place; empty if that was decided a moment ago. */
        public Optional<ApprovalsPage.Asked> askedAt(JobView job) {
            return asked.stream()
                    .filter(one -> one.approval().step().equals(job.step())
                            && one.approval().branch() == job.branch())
                    .findFirst();
        }

        /** Whether it has called a model. */
        public boolean callsModels() {
            return situation.usage().calls() > 0 || situation.usage().avoidedCalls() > 0;
        }

        /** Whether all that waits for an operator waits because a budget is used up. */
        public boolean isOutOfBudget() {
            return situation.stuckCount() > 0 && situation.stuck().stream().allMatch(BudgetDecisions::isStopped);
        }

        /** Where more of the conversation is. */
        public String talkAfter(int place) {
            return path() + "?tab=conversation&name="
                    + Frame.encoded(talk.map(Talk::name).orElse("")) + "&after=" + place;
        }

        /** Where it stands, for what is neither stuck nor asking. */
        public List<JobView> going() {
            return view().jobs().stream()
                    .filter(job -> !job.state().equals("PARKED"))
                    .limit(MOST_SHOWN_STUCK)
                    .toList();
        }

        /** How many of these there are beside those shown. */
        public long more() {
            return view().jobs().size() - situation.stuckCount() - going().size();
        }

        /** Whether a job has a time at all: what waits for something else may wait for ever. */
        public boolean isDue(JobView job, Instant now) {
            return job.runAt().isBefore(now.plus(FAR_AWAY));
        }

        /** The page of a step. */
        public String step(int branch, int seq) {
            return path() + "/steps/" + branch + "/" + seq;
        }

        /** The rows as a time line. */
        public Content timeline(Frame frame) {
            Timeline timeline =
                    Timeline.of(rows.map(Rows::items).orElse(List.of()), view(), detail().plan(), frame.now());
            String html = TimelineSvg.of(timeline, links(frame));
            return output -> output.writeContent(html);
        }

        /** The plan as a graph. */
        public Content graph(Frame frame) {
            String svg = Svg.of(
                    Graph.of(
                            rows.map(Rows::items).orElse(List.of()),
                            view(),
                            detail().plan(),
                            frame.now(),
                            links(frame)),
                    "plan");
            return output -> output.writeContent(svg);
        }

        private Links links(Frame frame) {
            return new Links() {
                @Override
                public String row(Timeline.Row row) {
                    return frame.url(
                            Model.this.step(row.place().branch(), row.place().seq()));
                }

                @Override
                public String step(String name) {
                    return frame.url(path() + "?tab=journal&step=" + Frame.encoded(name));
                }
            };
        }

        /** The address of this tab with what was asked for, and more. */
        public String journal(boolean failed, boolean newest, Optional<String> step, Optional<String> after) {
            return path() + "?tab=" + tab + (failed ? "&failed=true" : "") + (newest ? "&newest=true" : "")
                    + step.map(name -> "&step=" + Frame.encoded(name)).orElse("")
                    + after.map(place -> "&after=" + Frame.encoded(place)).orElse("");
        }
    }

    @Override
    public List<Route> routes() {
        return Stream.of(
                        List.of(
                                Route.get(
                                        "/sagas/{id}",
                                        Access.of(Permission.SAGA_VIEW),
                                        "One saga: where it stands, what happened, and what can be decided.",
                                        List.of(
                                                Route.may(
                                                        "tab",
                                                        "string",
                                                        "Which part: timeline, graph, journal, messages,"
                                                                + " conversation, data or audit."),
                                                Route.may("name", "string", "Which conversation with a model."),
                                                Route.may("after", "string", "Where the page before ended."),
                                                Route.may("failed", "boolean", "Only what did not succeed."),
                                                Route.may("step", "string", "Only the step of this name."),
                                                Route.may("newest", "boolean", "The newest first.")),
                                        this::show),
                                Route.get(
                                        "/sagas/{id}/live",
                                        Access.of(Permission.SAGA_VIEW),
                                        "A stream that tells when the saga has changed.",
                                        List.of(),
                                        this::live)),
                        new StepPage(parts).routes(),
                        new SagaDownloads(parts).routes(),
                        new DecisionPages(parts.decisions(), parts.looks()).routes())
                .flatMap(List::stream)
                .toList();
    }

    private Answer live(Call call) {
        UUID id = parts.decisions().situation(call).view().id();
        return new Answer.Events(sink -> parts.pulse().watch(sink, id));
    }

    private Answer show(Call call) {
        Situation situation = parts.decisions().situation(call);
        UUID id = situation.view().id();
        String tab = call.text("tab").orElse("timeline");
        if (TABS.stream().noneMatch(one -> one.name().equals(tab))) {
            throw Refused.notFound("A saga's page has no part \"" + Words.cut(tab, 40) + "\".");
        }
        boolean payloads = call.principal().may(Permission.PAYLOAD_READ);
        Optional<StoredValue> input = Optional.empty();
        Optional<StoredValue> output = Optional.empty();
        if (tab.equals("data") && parts.looks().at(call, id, "its input and output")) {
            input = situation.detail().input();
            output = situation.detail().output();
        }
        Redaction redaction = parts.redaction();
        return Answer.page(
                "saga",
                new Model(
                        situation,
                        SagaDecisions.offered(situation, call.principal()),
                        tab,
                        payloads,
                        rows(call, id, tab),
                        tab.equals("messages") ? Optional.of(messages(call, id)) : Optional.empty(),
                        tab.equals("conversation") ? Optional.of(talk(call, id)) : Optional.empty(),
                        approvals.asked(call, situation),
                        input.map(value -> redaction.shown(value.json())),
                        output.map(value -> redaction.shown(value.json())),
                        tab.equals("audit") ? Optional.of(audit(call, id)) : Optional.empty(),
                        payloads ? stacks(call, situation) : Map.of()));
    }

    private Map<Integer, String> stacks(Call call, Situation situation) {
        Map<Integer, String> stacks = new TreeMap<>();
        Model.shown(situation)
                .forEach(one -> situation
                        .stackOf(one)
                        .ifPresent(stack -> stacks.put(one.job().branch(), stack)));
        if (!stacks.isEmpty()) {
            parts.looks().record(call, situation.view().id(), "the stack trace of what failed");
        }
        return stacks;
    }

    private Optional<Rows> rows(Call call, UUID id, String tab) {
        Inspector inspector = parts.inspector(call);
        Optional<String> after = call.text("after");
        return switch (tab) {
            case "timeline" -> Optional.of(timeline(inspector, id, after));
            case "graph" -> {
                JournalFilter filter = newest(OF_A_GRAPH);
                Page<JournalEntry> page = inspector.journal(id, filter, Optional.empty(), ROWS_OF_A_GRAPH);
                yield Optional.of(new Rows(inOrder(page), page.next(), true, filter));
            }
            case "journal" -> {
                JournalFilter filter =
                        new JournalFilter(call.flag("failed"), Set.of(), call.text("step"), false, call.flag("newest"));
                Page<JournalEntry> page = inspector.journal(id, filter, after, ROWS);
                yield Optional.of(new Rows(page.items(), page.next(), after.isEmpty(), filter));
            }
            default -> Optional.empty();
        };
    }

    /** The newest rows; of a long journal those that say what became of the steps, and not every call they made. */
    private static Rows timeline(Inspector inspector, UUID id, Optional<String> after) {
        JournalFilter filter = newest(Set.of());
        if (after.isEmpty()) {
            Page<JournalEntry> all = inspector.journal(id, filter, after, ROWS_OF_A_PICTURE);
            if (all.next().isEmpty()) {
                return new Rows(inOrder(all), all.next(), true, filter);
            }
        }
        JournalFilter steps = newest(WITHOUT_CALLS);
        Page<JournalEntry> page = inspector.journal(id, steps, after, ROWS_OF_A_PICTURE);
        return new Rows(inOrder(page), page.next(), after.isEmpty(), steps);
    }

    private static JournalFilter newest(Set<Kind> kinds) {
        return new JournalFilter(false, kinds, Optional.empty(), false, true);
    }

    /** Rows that were read backwards, as they were recorded. */
    private static List<JournalEntry> inOrder(Page<JournalEntry> backwards) {
        List<JournalEntry> rows = new ArrayList<>(backwards.items());
        Collections.reverse(rows);
        return rows;
    }

    /** Most waits ask nobody anything, so more rows are looked through than are shown. */
    private Messages messages(Call call, UUID id) {
        boolean payloads = call.principal().may(Permission.PAYLOAD_READ);
        JournalFilter filter =
                new JournalFilter(false, Set.of(Kind.MESSAGE, Kind.WAIT), Optional.empty(), payloads, false);
        Optional<String> after = call.text("after");
        boolean first = after.isEmpty();
        List<JournalEntry> rows = new ArrayList<>();
        for (int pages = 0; pages < MOST_PAGES_LOOKED_THROUGH; pages++) {
            Page<JournalEntry> page = parts.inspector(call).journal(id, filter, after, Situation.PAYLOADS_AT_ONCE);
            page.items().stream()
                    .filter(row -> row.kind() == Kind.MESSAGE || isAsked(row))
                    .forEach(rows::add);
            after = page.next();
            if (after.isEmpty() || rows.size() >= MESSAGES) {
                break;
            }
        }
        if (payloads && rows.stream().anyMatch(row -> row.output().isPresent())) {
            parts.looks().record(call, id, "its messages");
        }
        return new Messages(
                rows.stream()
                        .map(row -> new Message(row, row.output().map(parts.redaction()::shown)))
                        .toList(),
                after,
                first);
    }

    private Talk talk(Call call, UUID id) {
        if (!call.principal().may(Permission.PAYLOAD_READ)) {
            return new Talk(conversations.names(call, id), "", List.of(), 0, Optional.empty(), true);
        }
        Conversations.Stretch stretch = conversations.read(call, id, SAID);
        List<Transcript.Said> said = Transcript.of(stretch.messages(), parts.redaction());
        return new Talk(
                stretch.names(),
                stretch.name(),
                said.subList(stretch.from(), stretch.to()),
                said.size(),
                stretch.next(),
                stretch.from() == 0);
    }

    private static boolean isAsked(JournalEntry row) {
        String awaits = row.activity().orElse("");
        return Waits.isApproval(awaits) || awaits.startsWith("signal:");
    }

    private Page<AuditEntry> audit(Call call, UUID id) {
        call.demand(Permission.AUDIT_READ);
        return parts.inspector(call).audit(AuditFilter.of(id), call.text("after"), ROWS);
    }
}
