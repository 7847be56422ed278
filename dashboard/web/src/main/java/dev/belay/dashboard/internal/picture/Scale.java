package dev.belay.dashboard.internal.picture;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where on a line of {@value #WIDTH} units a moment is. Mostly in proportion; stretches in which nothing runs and which would take most
 * of the line are given a fixed width instead.
 */
final class Scale {
    static final double WIDTH = 1_000;
    private static final double IDLE_SHARE = 0.6;
    private static final int MOST_BREAKS = 6;
    private static final double BREAK_WIDTH = 110;
    private static final double LEAST_PIECE = 24;
    private static final double TICK_DISTANCE = 110;

    /** A stretch of time and where it is drawn. */
    record Piece(Instant from, Instant to, double left, double right, boolean broken) {
        Duration length() {
            return Duration.between(from, to);
        }
    }

    private record Stretch(Instant from, Instant to) {
        long nanos() {
            return Scale.nanos(from, to);
        }
    }

    private final List<Piece> pieces;

    private Scale(List<Piece> pieces) {
        this.pieces = pieces;
    }

    /** What runs when. */
    record Busy(Instant from, Instant to) {}

    static Scale of(Instant from, Instant to, List<Busy> busy) {
        List<Stretch> breaks = breaks(from, to, idle(from, to, busy));
        List<Stretch> all = new ArrayList<>();
        Instant cursor = from;
        for (Stretch gap : breaks) {
            all.add(new Stretch(cursor, gap.from()));
            all.add(gap);
            cursor = gap.to();
        }
        all.add(new Stretch(cursor, to));
        return new Scale(place(all));
    }

    private static List<Piece> place(List<Stretch> all) {
        // Every other stretch is a break.
        int kept = all.size() / 2 + 1;
        double breakWidth = Math.min(BREAK_WIDTH, WIDTH / 2 / Math.max(1, all.size() / 2));
        double least = kept == 1 ? WIDTH : LEAST_PIECE;
        double free = WIDTH - breakWidth * (all.size() / 2) - least * kept;
        double total = 0;
        for (int i = 0; i < all.size(); i += 2) {
            total += all.get(i).nanos();
        }
        List<Piece> pieces = new ArrayList<>();
        double left = 0;
        for (int i = 0; i < all.size(); i++) {
            Stretch stretch = all.get(i);
            boolean broken = i % 2 == 1;
            double width = broken ? breakWidth : least + (total == 0 ? free / kept : free * stretch.nanos() / total);
            double right = i == all.size() - 1 ? WIDTH : Math.min(WIDTH, left + width);
            pieces.add(new Piece(stretch.from(), stretch.to(), left, right, broken));
            left = right;
        }
        return pieces;
    }

    private static List<Stretch> idle(Instant from, Instant to, List<Busy> busy) {
        List<Stretch> idle = new ArrayList<>();
        Instant cursor = from;
        for (Busy work : busy.stream().sorted(Comparator.comparing(Busy::from)).toList()) {
            if (work.from().isAfter(cursor)) {
                idle.add(new Stretch(cursor, work.from().isAfter(to) ? to : work.from()));
            }
            if (work.to().isAfter(cursor)) {
                cursor = work.to();
            }
        }
        if (cursor.isBefore(to)) {
            idle.add(new Stretch(cursor, to));
        }
        return idle;
    }

    /** The longest idle stretches, until what is left is not mostly idle; in the order of time. */
    private static List<Stretch> breaks(Instant from, Instant to, List<Stretch> idle) {
        double span = nanos(from, to);
        double idling = idle.stream().mapToDouble(Stretch::nanos).sum();
        List<Stretch> chosen = new ArrayList<>();
        for (Stretch gap : idle.stream()
                .sorted(Comparator.comparingLong(Stretch::nanos).reversed())
                .limit(MOST_BREAKS)
                .toList()) {
            if (idling <= IDLE_SHARE * span || gap.nanos() < 0.1 * span) {
                break;
            }
            chosen.add(gap);
            span -= gap.nanos();
            idling -= gap.nanos();
        }
        chosen.sort(Comparator.comparing(Stretch::from));
        return chosen;
    }

    double at(Instant moment) {
        for (Piece piece : pieces) {
            if (!moment.isAfter(piece.to())) {
                return at(moment, piece);
            }
        }
        return WIDTH;
    }

    private static double at(Instant moment, Piece piece) {
        double length = nanos(piece.from(), piece.to());
        if (length <= 0 || moment.isBefore(piece.from())) {
            return round(piece.left());
        }
        return round(piece.left() + (piece.right() - piece.left()) * nanos(piece.from(), moment) / length);
    }

    private static double round(double units) {
        return Math.rint(units * 100) / 100;
    }

    List<Timeline.Gap> gaps() {
        return pieces.stream()
                .filter(Piece::broken)
                .map(piece ->
                        new Timeline.Gap(round(piece.left()), round(piece.right()), Words.duration(piece.length())))
                .toList();
    }

    /** Round times since the beginning, far enough apart to be read. */
    List<Timeline.Mark> ticks() {
        List<Timeline.Mark> ticks = new ArrayList<>();
        Instant origin = pieces.get(0).from();
        tick(ticks, 0, "0");
        for (Piece piece : pieces) {
            double width = piece.right() - piece.left();
            if (piece.broken()) {
                tick(ticks, round(piece.right()), "+" + Words.duration(Duration.between(origin, piece.to())));
            } else if (width >= TICK_DISTANCE && piece.to().isAfter(piece.from())) {
                Duration step = TickStep.atLeast(piece.length(), width / TICK_DISTANCE);
                // Behind a break, from there on: what matters is seconds, and the break says how many days.
                String sign = piece == pieces.get(0) ? "+" : "…+";
                for (Duration time = step; !piece.from().plus(time).isAfter(piece.to()); time = time.plus(step)) {
                    tick(ticks, at(piece.from().plus(time), piece), sign + Words.duration(time));
                }
            }
        }
        return ticks;
    }

    private static void tick(List<Timeline.Mark> ticks, double at, String words) {
        if (ticks.isEmpty() || at - ticks.get(ticks.size() - 1).at() >= TICK_DISTANCE * 0.75) {
            ticks.add(new Timeline.Mark(Timeline.Sign.TICK, at, words));
        }
    }

    private static long nanos(Instant from, Instant to) {
        try {
            return Math.max(0, Duration.between(from, to).toNanos());
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }
}
