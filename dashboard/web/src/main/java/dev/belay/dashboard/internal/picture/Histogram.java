package dev.belay.dashboard.internal.picture;

import dev.belay.inspect.StatPoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** How many attempts succeeded and failed, stretch by stretch, as stacked bars; and the same numbers for a table. */
public final class Histogram {
    private static final double HEIGHT = 96;
    private static final double BASE = 1;

    private final List<StatPoint> points;

    private Histogram(List<StatPoint> points) {
        this.points = List.copyOf(points);
    }

    /** Bars of these. */
    public static Histogram of(List<StatPoint> points) {
        return new Histogram(points);
    }

    /**
     * A line of the table.
     *
     * @param mean how long an attempt took on average
     */
    public record Line(Instant from, long succeeded, long failed, long undone, Duration mean, Duration longest) {}

    /** What the bars show, in the same order. */
    public List<Line> table() {
        return points.stream()
                .map(point -> {
                    long all = sum(point);
                    Duration mean = all == 0 ? Duration.ZERO : point.total().dividedBy(all);
                    return new Line(
                            point.from(), point.succeeded(), point.failed(), point.undone(), mean, point.longest());
                })
                .toList();
    }

    private static long sum(StatPoint point) {
        return point.succeeded() + point.failed() + point.undone();
    }

    /** The same in a sentence; {@code what} says of what. */
    public String title(String what) {
        long succeeded = points.stream().mapToLong(StatPoint::succeeded).sum();
        long failed = points.stream().mapToLong(StatPoint::failed).sum();
        long undone = points.stream().mapToLong(StatPoint::undone).sum();
        return what + ": " + Words.number(succeeded) + " succeeded, " + Words.number(failed) + " failed, "
                + Words.number(undone) + " undone";
    }

    /** The picture, as wide as it is given room. */
    public String svg(String what) {
        String title = title(what);
        Markup out = new Markup()
                .open("svg")
                .with("class", "sp-histogram")
                .with("role", "img")
                .with("aria-label", title);
        out.with("width", "100%").with("height", HEIGHT);
        out.element("title", title);
        double most =
                Math.max(1, points.stream().mapToLong(Histogram::sum).max().orElse(1));
        double room = 1_000.0 / Math.max(1, points.size());
        for (int i = 0; i < points.size(); i++) {
            StatPoint point = points.get(i);
            out.open("g").with("class", "sp-bar");
            out.element(
                    "title",
                    Words.time(point.from()) + ": " + Words.number(point.succeeded()) + " succeeded, "
                            + Words.number(point.failed()) + " failed, " + Words.number(point.undone()) + " undone");
            double x = i * room + room * 0.08;
            double width = room * 0.84;
            // What failed stands at the bottom, where it can be compared.
            double y = HEIGHT - BASE;
            y = bar(out, "sp-bad", x, width, y, point.failed() / most);
            y = bar(out, "sp-undo", x, width, y, point.undone() / most);
            bar(out, "sp-ok", x, width, y, point.succeeded() / most);
            out.open("rect").with("class", "sp-hit").share("x", i * room).share("width", room);
            out.with("y", 0).with("height", HEIGHT).close();
            out.close();
        }
        out.open("line").with("class", "sp-base").with("x1", 0).with("x2", "100%");
        out.with("y1", HEIGHT - BASE).with("y2", HEIGHT - BASE).close();
        return out.done();
    }

    private static double bar(Markup out, String css, double x, double width, double bottom, double share) {
        if (share <= 0) {
            return bottom;
        }
        double height = Math.max(1.5, share * (HEIGHT - 4 * BASE - 3));
        out.open("rect").with("class", css).share("x", x).share("width", width);
        out.with("y", bottom - height).with("height", height).close();
        return bottom - height;
    }
}
