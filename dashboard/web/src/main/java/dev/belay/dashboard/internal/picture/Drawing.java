package dev.belay.dashboard.internal.picture;

import java.util.List;
import java.util.Optional;

/**
 * Boxes and lines where they are to be drawn.
 *
 * @param boxes those that surround others first
 * @param title what it shows
 * @param description the same in a sentence or two
 */
public record Drawing(
        double width, double height, List<Box> boxes, List<Path> paths, String title, String description) {
    /** Keeps its own lists. */
    public Drawing {
        boxes = List.copyOf(boxes);
        paths = List.copyOf(paths);
    }

    /** What a box is. */
    public enum Shape {
        /** A step. */
        STEP,
        /** A step that waits for something. */
        WAIT,
        /** The undo of a step. */
        UNDO,
        /** What surrounds the branches of a step. */
        FRAME,
        /** Where branches begin or end. */
        BAR
    }

    /**
     * A box.
     *
     * @param id unlike that of all others
     * @param text its name, in full
     * @param sub what else is written in it; may be empty
     * @param title all there is to say of it
     * @param pivot whether the saga only goes forward after it
     * @param savepoint whether the saga can go back to before it
     */
    public record Box(
            String id,
            Shape shape,
            double x,
            double y,
            double width,
            double height,
            String text,
            String sub,
            State state,
            boolean pivot,
            boolean savepoint,
            Optional<String> href,
            String title) {
        /** Whether they share a point that is inside both. */
        boolean overlaps(Box other) {
            return x < other.x + other.width - 1e-6
                    && other.x < x + width - 1e-6
                    && y < other.y + other.height - 1e-6
                    && other.y < y + height - 1e-6;
        }
    }

    /** What a line means. */
    public enum Link {
        /** One step follows the other. */
        ORDER,
        /** A step that chooses what follows might choose this. */
        MAYBE,
        /** It did. */
        CHOSEN,
        /** A branch begins. */
        BRANCH,
        /** A branch ends. */
        JOIN,
        /** What undoes a step, and what is undone after it. */
        UNDO
    }

    /** A corner of a line, or an end. */
    public record Point(double x, double y) {}

    /**
     * A line of upright and level pieces, with an arrow at its end.
     *
     * @param from the id of the box at which it begins
     * @param to the id of the box at which it ends
     * @param taken whether the saga went along it
     */
    public record Path(Link link, String from, String to, boolean taken, List<Point> points, String title) {
        /** Keeps its own list. */
        public Path {
            points = List.copyOf(points);
        }
    }
}
