package dev.belay.dashboard.internal.picture;

import dev.belay.dashboard.internal.picture.Timeline.Gap;
import dev.belay.dashboard.internal.picture.Timeline.Lane;
import dev.belay.dashboard.internal.picture.Timeline.Mark;
import dev.belay.dashboard.internal.picture.Timeline.Part;
import dev.belay.dashboard.internal.picture.Timeline.Row;
import dev.belay.dashboard.internal.picture.Timeline.Segment;
import java.util.List;
import java.util.Locale;

/**
 * Writes a timeline as HTML: names as text, and beside each the bars as SVG. The bars' places are shares of their width, so a page may be as wide or narrow
 * as it likes.
 */
public final class TimelineSvg {
    private static final double HEIGHT = 22;
    private static final double LEAST = 4;
    private static final double WIDE_ENOUGH_FOR_WORDS = 100;
    private static final double WORD_SIZE = 11;
    /** How many pixels wide the bars are at least, wherever words are shown on them; the stylesheet hides the words elsewhere. */
    private static final double TRACK = 560;

    private TimelineSvg() {}

    /** The whole timeline. */
    public static String of(Timeline timeline, Links links) {
        Markup out = new Markup().open("div").with("class", "tl");
        out.open("p").with("class", "tl-summary").text(timeline.summary()).close();
        if (timeline.truncated()) {
            out.open("p")
                    .with("class", "tl-cut")
                    .text(Words.count(timeline.hidden(), "row is", "rows are")
                            + " not shown: the oldest of those that went well. The journal has them all.")
                    .close();
        }
        axis(out, timeline);
        for (Lane lane : Lane.values()) {
            List<Row> rows =
                    timeline.rows().stream().filter(row -> row.lane() == lane).toList();
            if (!rows.isEmpty()) {
                lane(out, timeline, lane, rows, links);
            }
        }
        return out.done();
    }

    private static void lane(Markup out, Timeline timeline, Lane lane, List<Row> rows, Links links) {
        String name = lane == Lane.FORWARD ? "Done" : "Undone";
        out.open("section").with("class", "tl-lane tl-lane-" + (lane == Lane.FORWARD ? "forward" : "undo"));
        out.open("h3").with("class", "tl-lane-name").text(name).close();
        out.open("ol").with("class", "tl-rows");
        for (Row row : rows) {
            out.open("li")
                    .with(
                            "class",
                            "tl-row tl-depth-" + Math.min(6, row.depth()) + (row.branches() > 0 ? " tl-group" : ""));
            out.open("a").with("class", "tl-label").with("href", links.row(row)).with("title", row.summary());
            sign(out, row.state());
            out.open("span").with("class", "tl-name").text(row.label()).close();
            if (!row.detail().isEmpty()) {
                out.open("span").with("class", "tl-detail").text(row.detail()).close();
            }
            out.close();
            track(out, timeline, row);
            out.close();
        }
        out.close().close();
    }

    private static void sign(Markup out, State state) {
        out.open("span").with("class", "tl-sign tl-s-" + state.css()).with("title", state.words());
        out.open("span").with("aria-hidden", "true").text(state.sign()).close();
        out.open("span").with("class", "tl-hidden").text(state.words() + " ").close();
        out.close();
    }

    private static void axis(Markup out, Timeline timeline) {
        out.open("div").with("class", "tl-row tl-axis-row").with("aria-hidden", "true");
        out.open("span")
                .with("class", "tl-label")
                .text("from " + Words.time(timeline.from()))
                .close();
        out.open("svg").with("class", "tl-track tl-axis").with("width", "100%").with("height", HEIGHT);
        for (Gap gap : timeline.gaps()) {
            gap(out, gap);
        }
        for (Mark tick : timeline.ticks()) {
            out.open("line").with("class", "tl-tick").share("x1", tick.at()).share("x2", tick.at());
            out.with("y1", HEIGHT - 5).with("y2", HEIGHT).close();
            String anchor = tick.at() < 40 ? "start" : tick.at() > 940 ? "end" : "middle";
            out.open("text")
                    .with("class", "tl-tick-words")
                    .share("x", tick.at())
                    .with("y", 12);
            out.with("text-anchor", anchor).text(tick.words()).close();
        }
        out.close().close();
    }

    private static void gap(Markup out, Gap gap) {
        out.open("rect").with("class", "tl-break").share("x", gap.from()).share("width", gap.to() - gap.from());
        out.with("y", 0).with("height", HEIGHT);
        out.element("title", gap.words() + " in which nothing runs, drawn shorter")
                .close();
    }

    /** The bars of one row. */
    public static String track(Timeline timeline, Row row) {
        Markup out = new Markup();
        track(out, timeline, row);
        return out.done();
    }

    private static void track(Markup out, Timeline timeline, Row row) {
        out.open("svg").with("class", "tl-track").with("width", "100%").with("height", HEIGHT);
        out.with("role", "img").with("aria-label", row.summary());
        for (Gap gap : timeline.gaps()) {
            gap(out, gap);
        }
        row.segments().stream()
                .filter(s -> s.part() != Part.ACTIVITY)
                .forEach(segment -> segment(out, timeline, segment));
        row.segments().stream()
                .filter(s -> s.part() == Part.ACTIVITY)
                .forEach(segment -> segment(out, timeline, segment));
        row.marks().forEach(mark -> mark(out, mark));
        out.close();
    }

    private static void segment(Markup out, Timeline timeline, Segment segment) {
        double width = Math.max(segment.part() == Part.GAP ? 0 : LEAST, segment.to() - segment.from());
        double from = Math.max(0, Math.min(segment.from(), Scale.WIDTH - width));
        double height = switch (segment.part()) {
            case ATTEMPT, SUMMARY -> 14;
            case WAIT -> 10;
            case ACTIVITY -> 4;
            case GAP -> 2;
        };
        double y = segment.part() == Part.ACTIVITY ? HEIGHT - 6 : (HEIGHT - height) / 2;
        out.open("g")
                .with(
                        "class",
                        "tl-seg " + css(segment.part()) + " tl-s-"
                                + segment.state().css() + (segment.open() ? " tl-open" : ""));
        out.element("title", segment.title());
        out.open("rect").share("x", from).with("y", y).share("width", width).with("height", height);
        if (segment.part() != Part.GAP) {
            out.with("rx", segment.part() == Part.ACTIVITY ? 1 : 3);
        }
        out.close();
        if (segment.part() == Part.WAIT) {
            hatch(out, from, width, y, height);
        }
        words(out, timeline, segment, from, width);
        out.close();
    }

    private static String css(Part part) {
        return switch (part) {
            case ATTEMPT -> "tl-attempt";
            case ACTIVITY -> "tl-activity";
            case WAIT -> "tl-wait";
            case GAP -> "tl-gap";
            case SUMMARY -> "tl-summary-bar";
        };
    }

    /** Upright strokes: a pattern would need an id of its own, and strokes at shares of the width stay where they belong. */
    private static void hatch(Markup out, double from, double width, double y, double height) {
        int strokes = (int) Math.min(60, width / 10);
        for (int i = 1; i <= strokes; i++) {
            double x = from + width * i / (strokes + 1);
            out.open("line").with("class", "tl-hatch").share("x1", x).share("x2", x);
            out.with("y1", y + 1).with("y2", y + height - 1).close();
        }
    }

    private static void words(Markup out, Timeline timeline, Segment segment, double from, double width) {
        if (width < WIDE_ENOUGH_FOR_WORDS) {
            return;
        }
        double room = width / Scale.WIDTH * TRACK;
        String words = segment.words();
        boolean fits = !words.isEmpty() && TextWidth.of(words, WORD_SIZE) <= room;
        if (!fits && (segment.part() == Part.WAIT || segment.part() == Part.GAP)) {
            words = timeline.gaps().stream()
                    .filter(gap -> gap.from() >= from - 1 && gap.to() <= from + width + 1)
                    .map(Gap::words)
                    .findFirst()
                    .orElse(words);
        }
        if (words.isEmpty()) {
            return;
        }
        String cut = TextWidth.cut(words, WORD_SIZE, room);
        if (cut.length() < Math.min(words.length(), 10)) {
            return;
        }
        out.open("text").with("class", "tl-words").share("x", from + width / 2).with("y", HEIGHT / 2 + 4);
        out.with("text-anchor", "middle").text(cut).close();
    }

    private static void mark(Markup out, Mark mark) {
        String sign = switch (mark.sign()) {
            case TAKEOVER -> "⇄";
            case DECISION -> "◆";
            case LATE -> "◷";
            case HELD -> "‖";
            case REPLAN -> "↺";
            case MESSAGE -> "✉";
            case TICK -> "";
        };
        out.open("g").with("class", "tl-mark tl-mark-" + mark.sign().name().toLowerCase(Locale.ROOT));
        out.element("title", mark.words());
        out.open("line")
                .share("x1", mark.at())
                .share("x2", mark.at())
                .with("y1", 1)
                .with("y2", HEIGHT - 1)
                .close();
        String anchor = mark.at() < 10 ? "start" : mark.at() > 990 ? "end" : "middle";
        out.open("text")
                .share("x", mark.at())
                .with("y", 10)
                .with("text-anchor", anchor)
                .text(sign)
                .close();
        out.close();
    }
}
