package dev.belay.dashboard.internal.picture;

import java.util.ArrayList;
import java.util.List;

/** Numbers over time as a line a word wide. */
public final class Sparkline {
    private static final double WIDTH = 120;
    private static final double HEIGHT = 28;
    private static final double PAD = 2;

    private final List<Long> values;

    private Sparkline(List<Long> values) {
        this.values = List.copyOf(values);
    }

    /** A line through these. */
    public static Sparkline of(List<Long> values) {
        return new Sparkline(values);
    }

    /** The picture; {@code what} says what is counted, like "failures in the last hour". */
    public String svg(String what) {
        String title = title(what);
        Markup out =
                new Markup().open("svg").with("class", "sp").with("role", "img").with("aria-label", title);
        out.with("viewBox", "0 0 " + Markup.number(WIDTH) + " " + Markup.number(HEIGHT));
        out.with("width", WIDTH).with("height", HEIGHT);
        out.element("title", title);
        List<String> points = points();
        if (!points.isEmpty()) {
            double right = values.size() == 1 ? WIDTH - PAD : x(values.size() - 1);
            out.open("path").with("class", "sp-area");
            out.with(
                    "d",
                    "M" + Markup.number(PAD) + " " + Markup.number(HEIGHT - PAD) + "L" + String.join("L", points) + "L"
                            + Markup.number(right) + " " + Markup.number(HEIGHT - PAD) + "Z");
            out.close();
            out.open("polyline").with("class", "sp-line").with("fill", "none");
            out.with("points", String.join(" ", points).replace(' ', ',')).close();
        }
        return out.done();
    }

    /** The same in words. */
    public String title(String what) {
        if (values.isEmpty()) {
            return what + ": nothing known";
        }
        long last = values.get(values.size() - 1);
        long most = values.stream().mapToLong(Long::longValue).max().orElse(0);
        long least = values.stream().mapToLong(Long::longValue).min().orElse(0);
        return what + ": " + Words.number(last) + " last, between " + Words.number(least) + " and "
                + Words.number(most);
    }

    private List<String> points() {
        double most =
                Math.max(1, values.stream().mapToLong(Long::longValue).max().orElse(1));
        List<String> points = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            double share = Math.max(0, values.get(i)) / most;
            String y = Markup.number(HEIGHT - PAD - share * (HEIGHT - 2 * PAD));
            points.add(Markup.number(x(i)) + " " + y);
            if (values.size() == 1) {
                points.add(Markup.number(WIDTH - PAD) + " " + y);
            }
        }
        return points;
    }

    private double x(int i) {
        return values.size() == 1 ? PAD : PAD + i * (WIDTH - 2 * PAD) / (values.size() - 1);
    }
}
