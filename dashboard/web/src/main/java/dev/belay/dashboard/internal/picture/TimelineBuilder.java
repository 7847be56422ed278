package dev.belay.dashboard.internal.picture;

import dev.belay.SagaView;
import dev.belay.dashboard.internal.picture.Timeline.Lane;
import dev.belay.dashboard.internal.picture.Timeline.Mark;
import dev.belay.dashboard.internal.picture.Timeline.Part;
import dev.belay.dashboard.internal.picture.Timeline.Place;
import dev.belay.dashboard.internal.picture.Timeline.Row;
import dev.belay.dashboard.internal.picture.Timeline.Segment;
import dev.belay.inspect.PlannedStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes rows of histories, and no more of anything than a page can show. */
final class TimelineBuilder {
    private static final int MOST_SEGMENTS = 8_000;
    private static final int MOST_MARKS = 30;

    private final Histories histories;
    private final SagaView view;
    private final Scale scale;
    private final Map<String, PlannedStep> plan;
    private int segmentsPerRow;

    TimelineBuilder(Histories histories, SagaView view, List<PlannedStep> plan, Instant now) {
        this.histories = histories;
        this.view = view;
        this.plan = plan.stream()
                .collect(Collectors.toMap(PlannedStep::name, step -> step, (one, other) -> one, HashMap::new));
        this.scale = Scale.of(
                histories.from(),
                histories.to(),
                histories.all().stream()
                        .flatMap(history -> history.spans().stream())
                        .filter(Span::isBusy)
                        .map(span -> new Scale.Busy(span.from(), span.to()))
                        .toList());
    }

    private record Drafted(Lane lane, Branches.Line line) {}

    Timeline build() {
        List<Drafted> lines = new ArrayList<>();
        for (Lane lane : Lane.values()) {
            List<History> mine = histories.all().stream()
                    .filter(history -> history.undoing() == (lane == Lane.UNDO))
                    .toList();
            Branches.inOrder(mine, histories.branches()).forEach(line -> lines.add(new Drafted(lane, line)));
        }
        List<Drafted> kept = cut(lines);
        segmentsPerRow = Math.max(10, Math.min(80, MOST_SEGMENTS / Math.max(1, kept.size())));
        Map<History, String> details = details();
        List<Row> rows = new ArrayList<>();
        for (Drafted drafted : kept) {
            rows.add(
                    drafted.line() instanceof Branches.Line.One one
                            ? row(drafted.lane(), one, details)
                            : row(drafted.lane(), (Branches.Line.Many) drafted.line()));
        }
        int hidden = lines.size() - kept.size();
        return new Timeline(
                histories.from(),
                histories.to(),
                rows,
                scale.ticks(),
                scale.gaps(),
                hidden > 0,
                hidden,
                Summary.of(view, histories));
    }

    /** What is wrong, what is open and what happened last is kept. */
    private static List<Drafted> cut(List<Drafted> lines) {
        if (lines.size() <= Timeline.MOST_ROWS) {
            return lines;
        }
        Set<Integer> kept = IntStream.range(0, lines.size())
                .boxed()
                .sorted(Comparator.comparing(
                                (Integer i) -> !matters(lines.get(i).line()))
                        .thenComparing(Comparator.reverseOrder()))
                .limit(Timeline.MOST_ROWS)
                .collect(Collectors.toCollection(HashSet::new));
        return IntStream.range(0, lines.size())
                .filter(kept::contains)
                .mapToObj(lines::get)
                .toList();
    }

    private static boolean matters(Branches.Line line) {
        return !(line instanceof Branches.Line.One one)
                || !one.history().state().isDone();
    }

    /** What tells places of the same step from each other: its branch, or which time it ran. */
    private Map<History, String> details() {
        Map<History, String> details = new IdentityHashMap<>();
        record Again(int branch, boolean undoing, String step) {}
        Map<Again, Map<Integer, Integer>> seqs = new HashMap<>();
        List<History> inCourse = histories.all().stream()
                .sorted(Comparator.comparingInt(history -> history.place().seq()))
                .toList();
        for (History history : inCourse) {
            Map<Integer, Integer> times = seqs.computeIfAbsent(
                    new Again(history.place().branch(), history.undoing(), history.step()), key -> new HashMap<>());
            int time = times.computeIfAbsent(history.place().seq(), seq -> times.size() + 1);
            List<String> parts = new ArrayList<>();
            if (history.place().item() > 0) {
                parts.add("activity of " + history.step());
            }
            if (history.place().branch() > 0) {
                parts.add("branch " + history.place().branch());
            }
            if (time > 1) {
                parts.add(Words.ordinal(time) + " time");
            }
            if (history.place().run() > 0) {
                parts.add("edited input");
            }
            details.put(history, String.join(", ", parts));
        }
        return details;
    }

    private Row row(Lane lane, Branches.Line.One line, Map<History, String> details) {
        History history = line.history();
        List<Span> attempts = history.spans().stream().filter(Span::isMain).toList();
        List<Span> activities =
                history.spans().stream().filter(span -> !span.isMain()).toList();
        List<Segment> segments = new ArrayList<>();
        segments.addAll(segments(attempts));
        segments.addAll(segments(activities));
        List<Mark> marks = history.flags().stream()
                .skip(Math.max(0, history.flags().size() - MOST_MARKS))
                .map(flag -> new Mark(flag.sign(), scale.at(flag.at()), flag.words()))
                .toList();
        return new Row(
                history.place(),
                lane,
                line.depth(),
                history.step(),
                history.label(),
                details.getOrDefault(history, ""),
                history.state(),
                0,
                history.activities(),
                segments,
                marks,
                history.summary());
    }

    /** The last ones, and one for all before. */
    private List<Segment> segments(List<Span> spans) {
        int most = segmentsPerRow / 2;
        if (spans.size() <= most) {
            return spans.stream().map(this::segment).toList();
        }
        List<Span> early = spans.subList(0, spans.size() - most);
        Map<State, Integer> counts = new EnumMap<>(State.class);
        early.stream().filter(Span::isBusy).forEach(span -> counts.merge(span.state(), 1, Integer::sum));
        boolean attempts = early.get(0).isMain();
        String title = (attempts ? "Earlier attempts: " : "Earlier activities: ") + said(counts);
        Instant end =
                early.stream().map(Span::to).max(Comparator.naturalOrder()).orElseThrow();
        List<Segment> segments = new ArrayList<>();
        segments.add(new Segment(
                attempts ? Part.SUMMARY : Part.ACTIVITY,
                worst(counts),
                scale.at(early.get(0).from()),
                scale.at(end),
                false,
                0,
                Optional.empty(),
                "",
                title));
        spans.subList(spans.size() - most, spans.size()).forEach(span -> segments.add(segment(span)));
        return segments;
    }

    private Segment segment(Span span) {
        return new Segment(
                span.part(),
                span.state(),
                scale.at(span.from()),
                scale.at(span.to()),
                span.open(),
                span.number(),
                span.worker(),
                span.words(),
                span.title());
    }

    private Row row(Lane lane, Branches.Line.Many line) {
        Map<State, Integer> counts = new EnumMap<>(State.class);
        line.last().forEach(history -> counts.merge(history.state(), 1, Integer::sum));
        String step = starter(line);
        String said = Words.count(line.last().size(), "branch", "branches") + ": " + said(counts);
        int bad = counts.entrySet().stream()
                .filter(entry -> entry.getKey().isBad())
                .mapToInt(Map.Entry::getValue)
                .sum();
        String more = bad > line.shown() ? "; " + Words.number(bad - line.shown()) + " of these are not shown" : "";
        List<Segment> segments = new ArrayList<>();
        Instant begin = line.all().stream()
                .map(History::begin)
                .min(Comparator.naturalOrder())
                .orElse(histories.from());
        Instant end = line.all().stream()
                .map(History::end)
                .max(Comparator.naturalOrder())
                .orElse(begin);
        State state = worst(counts);
        segments.add(new Segment(
                Part.SUMMARY,
                state,
                scale.at(begin),
                scale.at(end),
                state.isOpen(),
                0,
                Optional.empty(),
                "",
                said + more));
        return new Row(
                new Place(line.origin().branch(), line.origin().seq(), 0, 0),
                lane,
                line.depth(),
                step,
                Words.count(line.last().size(), "branch", "branches"),
                said(counts),
                state,
                line.last().size(),
                0,
                segments,
                List.of(),
                said + more);
    }

    private String starter(Branches.Line.Many line) {
        return histories.all().stream()
                .filter(history ->
                        history.isOf(line.origin().branch(), line.origin().seq()))
                .map(History::step)
                .findFirst()
                .orElseGet(() -> line.all().stream()
                        .map(History::step)
                        .map(first -> plan.values().stream()
                                .filter(step -> Optional.ofNullable(plan.get(first))
                                        .map(of -> step.begins().contains(of.line()))
                                        .orElse(false))
                                .map(PlannedStep::name)
                                .findFirst()
                                .orElse(first))
                        .findFirst()
                        .orElse(""));
    }

    /** What an operator would want to know of first. */
    static State worst(Map<State, Integer> counts) {
        for (State state : List.of(
                State.NEEDS_YOU,
                State.GAVE_UP,
                State.UNKNOWN,
                State.REJECTED,
                State.RUNNING,
                State.BACKOFF,
                State.FAILED,
                State.LOST,
                State.HELD,
                State.WAITING,
                State.READY)) {
            if (counts.containsKey(state)) {
                return state;
            }
        }
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(State.TO_COME);
    }

    static String said(Map<State, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<State, Integer>comparingByValue().reversed())
                .map(entry -> Words.number(entry.getValue()) + " "
                        + switch (entry.getKey()) {
                            case NEEDS_YOU -> entry.getValue() == 1 ? "needs you" : "need you";
                            default -> entry.getKey().words();
                        })
                .collect(Collectors.joining(", "));
    }
}
