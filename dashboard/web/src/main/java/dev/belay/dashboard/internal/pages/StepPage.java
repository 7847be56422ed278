package dev.belay.dashboard.internal.pages;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.SagaDecisions.Offered;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** One place in a saga's course: what it was given, every attempt both ways, what came of it, and what can be decided. */
public final class StepPage implements Section {
    private static final Set<String> TURNING = Set.of("compensate", "force-compensate", "cancel");

    /** As many as are read of a step at once; there may be more. */
    private static final int MOST_ROWS = 1_000;

    private static final int NEWEST = 200;
    private static final int MOST_PAGES = 20;

    private final Parts parts;

    StepPage(Parts parts) {
        this.parts = parts;
    }

    /**
     * A row.
     *
     * @param changes how its error differs from that of the attempt before; empty if it is the same, or there is none
     * @param sameError whether it failed as the attempt before
     * @param called the model or tool that was called
     * @param arguments those of the tool, as they may be shown
     */
    public record Row(
            JournalEntry entry,
            Optional<Redaction.Shown> input,
            Optional<Redaction.Shown> output,
            boolean sameError,
            List<LineDiff.Line> changes,
            Optional<CalledWords> called,
            Optional<Redaction.Shown> arguments) {}

    /**
     * A run of the step, or of its undos.
     *
     * @param key its idempotency key
     * @param spend what its calls cost together
     */
    public record Run(int number, boolean undoing, String key, List<Row> rows, Optional<BigDecimal> spend) {}

    /**
     * What the page shows.
     *
     * @param cut whether there are more rows, older than those shown
     */
    public record Model(
            Situation situation,
            int branch,
            int seq,
            String step,
            boolean payloads,
            Optional<Redaction.Shown> input,
            List<Run> runs,
            List<Offered> offered,
            boolean cut) {
        /** The saga's page. */
        public String saga() {
            return "/sagas/" + situation.view().id();
        }

        /** This page. */
        public String path() {
            return saga() + "/steps/" + branch + "/" + seq;
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/sagas/{id}/steps/{branch}/{seq}",
                Access.of(Permission.SAGA_VIEW),
                "One step of a saga: its attempts, errors, input, output, and what can be decided about it.",
                List.of(),
                this::show));
    }

    static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw Refused.notFound("\"" + Words.cut(text, 40) + "\" is no place of a step.");
    }

    private Answer show(Call call) {
        Situation situation = parts.decisions().situation(call);
        UUID id = situation.view().id();
        int branch = number(call.variable("branch"));
        int seq = number(call.variable("seq"));
        List<JournalEntry> rows = parts.inspector(call).step(id, branch, seq);
        if (rows.isEmpty()) {
            return notYet(situation, branch, seq);
        }
        String step = rows.get(0).step();
        boolean cut = rows.size() >= MOST_ROWS;
        if (cut) {
            rows = newest(call, rows.get(0));
        }
        boolean payloads = parts.looks().at(call, id, "step " + step);
        Redaction redaction = parts.redaction();
        Optional<Redaction.Shown> input =
                payloads && seq > 0 ? situation.inputOf(branch, seq, step).map(redaction::shown) : Optional.empty();
        List<Offered> offered = SagaDecisions.offered(situation, call.principal()).stream()
                .flatMap(one -> about(situation, one, branch, seq).stream())
                .toList();
        return Answer.page(
                "step",
                new Model(situation, branch, seq, step, payloads, input, runs(id, rows, payloads), offered, cut));
    }

    /** The newest rows of a place with very many, in the order in which they were recorded. */
    private List<JournalEntry> newest(Call call, JournalEntry there) {
        boolean payloads = call.principal().may(Permission.PAYLOAD_READ);
        JournalFilter filter = new JournalFilter(false, Set.of(), Optional.of(there.step()), payloads, true);
        List<JournalEntry> found = new ArrayList<>();
        Optional<String> after = Optional.empty();
        for (int pages = 0; pages < MOST_PAGES && found.size() < NEWEST; pages++) {
            Page<JournalEntry> page =
                    parts.inspector(call).journal(call.id("id"), filter, after, Situation.PAYLOADS_AT_ONCE);
            page.items().stream()
                    .filter(row -> row.branch() == there.branch() && row.seq() == there.seq())
                    .forEach(found::add);
            after = page.next();
            if (after.isEmpty()) {
                break;
            }
        }
        Collections.reverse(found);
        return found;
    }

    /** It stands there, and nothing has happened yet. */
    private static Answer notYet(Situation situation, int branch, int seq) {
        String step = situation.view().jobs().stream()
                .filter(job -> job.branch() == branch && job.seq() == seq)
                .map(job -> job.step())
                .findFirst()
                .orElseThrow(() -> Refused.notFound("This saga has not come to such a step."));
        return Answer.page(
                "step", new Model(situation, branch, seq, step, false, Optional.empty(), List.of(), List.of(), false));
    }

    /** The offer if it is about this place, or about the saga because of what happened here. */
    private static Optional<Offered> about(Situation situation, Offered one, int branch, int seq) {
        if (one.decision().name().equals("fork")) {
            boolean reached = branch == 0 && situation.reached().stream().anyMatch(row -> row.seq() == seq);
            return reached
                    ? Optional.of(new Offered(
                            one.decision(), new Decision.Offer("Fork from here", "seq=" + seq, Optional.of(branch))))
                    : Optional.empty();
        }
        boolean standsHere =
                situation.view().jobs().stream().anyMatch(job -> job.branch() == branch && job.seq() == seq);
        boolean turns = TURNING.contains(one.decision().name());
        return standsHere && (turns || one.offer().branch().equals(Optional.of(branch)))
                ? Optional.of(one)
                : Optional.empty();
    }

    private List<Run> runs(UUID id, List<JournalEntry> rows, boolean payloads) {
        Map<String, List<JournalEntry>> runs = new TreeMap<>();
        rows.forEach(row -> runs.computeIfAbsent(
                        (row.undoing() ? "2" : "1") + String.format(java.util.Locale.ROOT, "%09d", row.run()),
                        key -> new ArrayList<>())
                .add(row));
        return runs.values().stream().map(of -> run(id, of, payloads)).toList();
    }

    private Run run(UUID id, List<JournalEntry> rows, boolean payloads) {
        JournalEntry first = rows.get(0);
        String key =
                id + "/" + first.branch() + "/" + first.seq() + "/" + first.run() + (first.undoing() ? "/undo" : "");
        List<Row> shown = new ArrayList<>();
        Optional<Failure> before = Optional.empty();
        for (JournalEntry row : rows) {
            Optional<Failure> failure = row.kind() == Kind.ATTEMPT ? row.failure() : Optional.empty();
            boolean same = failure.isPresent()
                    && before.map(Failure::type).equals(failure.map(Failure::type))
                    && before.map(Failure::message).equals(failure.map(Failure::message));
            Optional<CalledWords> called = CalledWords.of(row);
            shown.add(new Row(
                    row,
                    payloads ? row.input().map(parts.redaction()::shown) : Optional.empty(),
                    payloads ? row.output().map(parts.redaction()::shown) : Optional.empty(),
                    same,
                    same ? List.of() : changes(before, failure),
                    called.filter(one -> one.isModel() || one.isTool()),
                    payloads
                            ? called.flatMap(CalledWords::arguments).map(parts.redaction()::shown)
                            : Optional.empty()));
            before = failure.isPresent() ? failure : before;
        }
        return new Run(
                first.run(),
                first.undoing(),
                key,
                shown,
                rows.stream().flatMap(row -> row.spend().stream()).reduce(BigDecimal::add));
    }

    private static List<LineDiff.Line> changes(Optional<Failure> before, Optional<Failure> now) {
        if (before.isEmpty() || now.isEmpty()) {
            return List.of();
        }
        return LineDiff.of(text(before.get()), text(now.get()));
    }

    private static String text(Failure failure) {
        return failure.type() + "\n" + failure.message();
    }
}
