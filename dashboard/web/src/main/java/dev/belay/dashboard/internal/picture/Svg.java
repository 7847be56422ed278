package dev.belay.dashboard.internal.picture;

import dev.belay.dashboard.internal.picture.Drawing.Box;
import dev.belay.dashboard.internal.picture.Drawing.Link;
import dev.belay.dashboard.internal.picture.Drawing.Path;
import dev.belay.dashboard.internal.picture.Drawing.Point;
import dev.belay.dashboard.internal.picture.Drawing.Shape;
import java.util.List;
import java.util.Locale;

/** Writes a {@link Drawing} as SVG. */
public final class Svg {
    private static final double NAME_SIZE = 13;
    private static final double SUB_SIZE = 11;
    private static final double CORNER = 6;

    private Svg() {}

    /**
     * The picture.
     *
     * @param id begins the ids in it; letters, digits and dashes only
     */
    public static String of(Drawing drawing, String id) {
        if (!id.matches("[a-zA-Z][a-zA-Z0-9-]*")) {
            throw new IllegalArgumentException(
                    "The id of a picture is made of letters, digits and dashes, got \"" + id + "\".");
        }
        Markup out = new Markup().open("svg").with("class", "gr").with("role", "group");
        out.with("viewBox", "0 0 " + Markup.number(drawing.width()) + " " + Markup.number(drawing.height()));
        out.with("width", drawing.width()).with("height", drawing.height());
        out.with("aria-labelledby", id + "-title " + id + "-desc");
        out.open("title").with("id", id + "-title").text(drawing.title()).close();
        out.open("desc").with("id", id + "-desc").text(drawing.description()).close();
        for (Box box : drawing.boxes()) {
            if (box.shape() == Shape.FRAME) {
                frame(out, box);
            }
        }
        drawing.paths().forEach(path -> path(out, path));
        for (Box box : drawing.boxes()) {
            if (box.shape() == Shape.BAR) {
                rect(out, box, "gr-bar", 2);
            } else if (box.shape() != Shape.FRAME) {
                node(out, box);
            }
        }
        return out.done();
    }

    private static Markup rect(Markup out, Box box, String css, double corner) {
        out.open("rect").with("class", css).with("x", box.x()).with("y", box.y());
        out.with("width", box.width()).with("height", box.height()).with("rx", corner);
        return out.close();
    }

    private static void frame(Markup out, Box box) {
        out.open("g").with("class", "gr-frame gr-s-" + box.state().css());
        out.element("title", box.title());
        rect(out, box, "gr-frame-box", CORNER);
        String text = TextWidth.cut(box.text(), SUB_SIZE, box.width() - 20);
        out.open("text").with("class", "gr-frame-name").with("x", box.x() + 10).with("y", box.y() + 15);
        out.text(text).close().close();
    }

    private static void node(Markup out, Box box) {
        String kind = box.shape().name().toLowerCase(Locale.ROOT);
        out.open("a")
                .with(
                        "class",
                        "gr-node gr-" + kind + " gr-s-" + box.state().css()
                                + (box.pivot() ? " gr-pivot" : "")
                                + (box.savepoint() ? " gr-savepoint" : ""));
        box.href().ifPresent(href -> out.with("href", href));
        out.with("aria-label", box.title());
        out.element("title", box.title());
        rect(out, box, "gr-box", box.shape() == Shape.STEP ? CORNER : box.height() / 2);
        if (box.pivot()) {
            out.open("rect")
                    .with("class", "gr-pivot-line")
                    .with("x", box.x() + 3)
                    .with("y", box.y() + 3);
            out.with("width", box.width() - 6)
                    .with("height", box.height() - 6)
                    .with("rx", CORNER - 2)
                    .close();
        }
        if (box.savepoint()) {
            out.open("path").with("class", "gr-flag");
            double x = box.x() + box.width() - 22;
            out.with("d", "M" + Markup.number(x) + " " + Markup.number(box.y()) + "h12v15l-6 -5l-6 5z")
                    .close();
        }
        boolean small = box.shape() == Shape.UNDO;
        double size = small ? SUB_SIZE : NAME_SIZE;
        double inset = small ? 8 : 12;
        double signY = small ? box.y() + box.height() / 2 + 4 : box.y() + 20;
        double textX = box.x() + inset + size + 4;
        double room = box.x() + box.width() - inset - textX - (box.savepoint() ? 18 : 0);
        out.open("text")
                .with("class", "gr-sign")
                .with("x", box.x() + inset)
                .with("y", signY)
                .text(box.state().sign())
                .close();
        out.open("text")
                .with("class", small ? "gr-undo-name" : "gr-name")
                .with("x", textX)
                .with("y", signY);
        out.text(TextWidth.cut(box.text(), size, room)).close();
        if (!box.sub().isEmpty()) {
            out.open("text").with("class", "gr-sub").with("x", box.x() + inset).with("y", box.y() + box.height() - 9);
            out.text(TextWidth.cut(box.sub(), SUB_SIZE, box.width() - 2 * inset))
                    .close();
        }
        out.close();
    }

    private static void path(Markup out, Path path) {
        String kind = path.link().name().toLowerCase(Locale.ROOT);
        out.open("g").with("class", "gr-edge gr-edge-" + kind + (path.taken() ? " gr-taken" : ""));
        if (!path.title().isEmpty()) {
            out.element("title", path.title());
        }
        StringBuilder d = new StringBuilder();
        for (Point point : path.points()) {
            d.append(d.isEmpty() ? "M" : "L")
                    .append(Markup.number(point.x()))
                    .append(' ')
                    .append(Markup.number(point.y()));
        }
        out.open("path")
                .with("class", "gr-line")
                .with("fill", "none")
                .with("d", d.toString())
                .close();
        if (path.link() != Link.JOIN) {
            arrow(out, path.points());
        }
        out.close();
    }

    /** A marker would need an id of its own for each colour. */
    private static void arrow(Markup out, List<Point> points) {
        Point end = points.get(points.size() - 1);
        Point before = points.get(points.size() - 2);
        double dx = Math.signum(end.x() - before.x());
        double dy = Math.signum(end.y() - before.y());
        String d = "M" + Markup.number(end.x()) + " " + Markup.number(end.y())
                + "L" + Markup.number(end.x() - 7 * dx - 4 * dy) + " " + Markup.number(end.y() - 7 * dy - 4 * dx)
                + "L" + Markup.number(end.x() - 7 * dx + 4 * dy) + " " + Markup.number(end.y() - 7 * dy + 4 * dx) + "Z";
        out.open("path").with("class", "gr-arrow").with("d", d).close();
    }
}
