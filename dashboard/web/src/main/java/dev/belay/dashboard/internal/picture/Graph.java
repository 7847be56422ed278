package dev.belay.dashboard.internal.picture;

import dev.belay.JournalEntry;
import dev.belay.SagaView;
import dev.belay.StepKind;
import dev.belay.dashboard.internal.picture.Drawing.Box;
import dev.belay.dashboard.internal.picture.Drawing.Link;
import dev.belay.dashboard.internal.picture.Drawing.Path;
import dev.belay.dashboard.internal.picture.Drawing.Point;
import dev.belay.dashboard.internal.picture.Drawing.Shape;
import dev.belay.inspect.PlannedStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The plan of a saga as a picture, with how each step stands. The branches of a step are in a frame, which is laid out by itself and is
 * one node of what surrounds it; so frames overlap nothing.
 */
public final class Graph {
    private static final double WIDTH = 196;
    private static final double HEIGHT = 46;
    private static final double UNDO_WIDTH = 116;
    private static final double UNDO_HEIGHT = 30;
    private static final double UNDO_GAP = 30;
    private static final double PAD = 16;
    private static final double HEAD = 24;
    private static final double BAR = 4;
    private static final double MARGIN = 12;
    private static final int DEEPEST = 20;

    private final Map<String, PlannedStep> plan = new LinkedHashMap<>();
    private final Map<String, List<PlannedStep>> lines = new LinkedHashMap<>();
    private final Standing standing;
    private final Links links;
    private final Set<String> drawn = new HashSet<>();
    private int frames;

    private Graph(List<PlannedStep> steps, Standing standing, Links links) {
        for (PlannedStep step : steps) {
            if (plan.putIfAbsent(step.name(), step) == null) {
                lines.computeIfAbsent(step.line(), line -> new ArrayList<>()).add(step);
            }
        }
        this.standing = standing;
        this.links = links;
    }

    /** The plan as it stands in one saga. */
    public static Drawing of(
            List<JournalEntry> entries, SagaView view, List<PlannedStep> plan, Instant now, Links links) {
        Histories histories = Histories.of(entries, view, now);
        return draw(plan, Standing.of(histories), links, Summary.of(view, histories));
    }

    /** The plan alone. */
    public static Drawing of(List<PlannedStep> plan, Links links) {
        return draw(plan, Standing.none(), links, Words.count(plan.size(), "step", "steps") + ".");
    }

    private static Drawing draw(List<PlannedStep> plan, Standing standing, Links links, String description) {
        Graph graph = new Graph(plan, standing, links);
        Part whole = graph.part(graph.trunk(), Optional.empty(), 0);
        List<Box> boxes = new ArrayList<>();
        List<Path> paths = new ArrayList<>();
        whole.moveInto(MARGIN, MARGIN, boxes, paths);
        return new Drawing(
                whole.width() + 2 * MARGIN,
                whole.height() + 2 * MARGIN,
                boxes,
                paths,
                "Graph of the steps",
                description);
    }

    /** The saga's own steps, and those that belong to nobody else: effects held back until the pivot. */
    private List<List<PlannedStep>> trunk() {
        Set<String> begun = new HashSet<>();
        plan.values().forEach(step -> begun.addAll(step.begins()));
        List<List<PlannedStep>> trunk = new ArrayList<>();
        lines.forEach((line, steps) -> {
            if (line.isEmpty()) {
                trunk.add(0, steps);
            } else if (!begun.contains(line)) {
                trunk.add(steps);
            }
        });
        return trunk;
    }

    /** Something laid out, as if it stood at the origin. */
    private record Part(double width, double height, List<Box> boxes, List<Path> paths) {
        void moveInto(double dx, double dy, List<Box> toBoxes, List<Path> toPaths) {
            for (Box box : boxes) {
                toBoxes.add(new Box(
                        box.id(),
                        box.shape(),
                        box.x() + dx,
                        box.y() + dy,
                        box.width(),
                        box.height(),
                        box.text(),
                        box.sub(),
                        box.state(),
                        box.pivot(),
                        box.savepoint(),
                        box.href(),
                        box.title()));
            }
            for (Path path : paths) {
                toPaths.add(new Path(
                        path.link(),
                        path.from(),
                        path.to(),
                        path.taken(),
                        path.points().stream()
                                .map(point -> new Point(point.x() + dx, point.y() + dy))
                                .toList(),
                        path.title()));
            }
        }
    }

    /** What is being put together. */
    private final class Assembly {
        final List<Layered.Node> nodes = new ArrayList<>();
        final List<Layered.Edge> edges = new ArrayList<>();
        final List<Link> kinds = new ArrayList<>();
        final List<Boolean> taken = new ArrayList<>();
        final List<String> ids = new ArrayList<>();
        final Map<Integer, PlannedStep> steps = new LinkedHashMap<>();
        final Map<Integer, Part> parts = new LinkedHashMap<>();
        final Map<String, Integer> byName = new LinkedHashMap<>();
        final Map<String, Integer> last = new LinkedHashMap<>();

        int add(String id, Layered.Node node) {
            nodes.add(node);
            ids.add(id);
            return nodes.size() - 1;
        }

        void join(int from, int to, Link link, boolean gone) {
            edges.add(new Layered.Edge(from, to));
            kinds.add(link);
            taken.add(gone);
        }
    }

    private Part part(List<List<PlannedStep>> side, Optional<String> owner, int depth) {
        Assembly assembly = new Assembly();
        Optional<Integer> fork = owner.map(id -> assembly.add("begin-" + id, new Layered.Node(0, BAR, 0, true)));
        List<Integer> ends = new ArrayList<>();
        for (List<PlannedStep> line : side) {
            line(assembly, line, fork, depth).ifPresent(ends::add);
        }
        owner.ifPresent(id -> {
            int join = assembly.add("end-" + id, new Layered.Node(0, BAR, 0, true));
            ends.forEach(end -> assembly.join(end, join, Link.JOIN, isDone(assembly, end)));
        });
        if (owner.isEmpty()) {
            holdBack(assembly, side);
        }
        return assembled(assembly);
    }

    private boolean isDone(Assembly assembly, int node) {
        PlannedStep step = assembly.steps.get(node);
        return step != null && standing.of(step.name()).state().isDone();
    }

    /** Effects held back follow the pivot. */
    private void holdBack(Assembly assembly, List<List<PlannedStep>> side) {
        Optional<Integer> pivot = plan.values().stream()
                .filter(step -> step.kind() == StepKind.PIVOT)
                .flatMap(step -> Optional.ofNullable(assembly.last.get(step.name())).stream())
                .findFirst();
        side.stream()
                .skip(1)
                .filter(line -> line.get(0).form().equals("DEFERRED"))
                .forEach(line -> {
                    Integer node = assembly.byName.get(line.get(0).name());
                    if (node != null) {
                        pivot.ifPresent(from -> assembly.join(
                                from,
                                node,
                                Link.MAYBE,
                                standing.of(line.get(0).name()).begun()));
                    }
                });
    }

    /** Adds the steps of a line below each other; the answer is the last of them. */
    private Optional<Integer> line(Assembly assembly, List<PlannedStep> line, Optional<Integer> fork, int depth) {
        Optional<Integer> before = Optional.empty();
        Optional<PlannedStep> leader = Optional.empty();
        Set<String> chosen = new LinkedHashSet<>();
        List<PlannedStep> mine = new ArrayList<>();
        for (PlannedStep step : line) {
            if (!drawn.add(step.name())) {
                continue;
            }
            mine.add(step);
            int node = assembly.add("step-" + step.name(), node(step));
            assembly.steps.put(node, step);
            assembly.byName.put(step.name(), node);
            Standing.Step stands = standing.of(step.name());
            if (before.isEmpty()) {
                fork.ifPresent(from -> assembly.join(from, node, Link.BRANCH, stands.begun()));
            } else if (leader.isPresent()) {
                order(assembly, leader.get(), step, before.get(), node);
            }
            before = Optional.of(node);
            leader = Optional.of(step);
            List<List<PlannedStep>> inner = step.begins().stream()
                    .map(name -> lines.getOrDefault(name, List.of()))
                    .filter(steps ->
                            !steps.isEmpty() && !drawn.contains(steps.get(0).name()))
                    .toList();
            if (!inner.isEmpty() && depth < DEEPEST) {
                int frame = frame(assembly, step, inner, depth);
                assembly.join(node, frame, Link.ORDER, stands.begun());
                before = Optional.of(frame);
            }
            assembly.last.put(step.name(), before.orElse(node));
        }
        for (PlannedStep step : mine) {
            for (String next : standing.of(step.name()).next()) {
                if (!next.equals(step.name()) && !follows(mine, step, next) && chosen.add(step.name() + "\n" + next)) {
                    Integer to = assembly.byName.get(next);
                    Integer from = assembly.last.get(step.name());
                    if (to != null && from != null) {
                        assembly.join(from, to, Link.CHOSEN, true);
                    }
                }
            }
        }
        return before;
    }

    private static boolean follows(List<PlannedStep> line, PlannedStep step, String next) {
        int at = line.indexOf(step);
        return at + 1 < line.size() && line.get(at + 1).name().equals(next);
    }

    private void order(Assembly assembly, PlannedStep from, PlannedStep to, int fromNode, int toNode) {
        boolean went = standing.of(from.name()).next().contains(to.name());
        Link link = !from.routed() ? Link.ORDER : went ? Link.CHOSEN : Link.MAYBE;
        assembly.join(fromNode, toNode, link, went);
    }

    private int frame(Assembly assembly, PlannedStep step, List<List<PlannedStep>> inner, int depth) {
        Part content = part(inner, Optional.of(step.name()), depth + 1);
        Standing.Step stands = standing.of(step.name());
        String items = step.form().equals("FAN_OUT") ? "for each item" : "side by side";
        String label = step.name() + ": " + items;
        double width = Math.max(content.width() + 2 * PAD, 150);
        double height = content.height() + HEAD + PAD;
        List<Box> boxes = new ArrayList<>();
        List<Path> paths = new ArrayList<>();
        String id = "frame-" + frames++;
        boxes.add(new Box(
                id,
                Shape.FRAME,
                0,
                0,
                width,
                height,
                label,
                "",
                stands.state(),
                false,
                false,
                Optional.empty(),
                "Branches of " + step.name() + ", " + items));
        content.moveInto((width - content.width()) / 2, HEAD, boxes, paths);
        int node = assembly.add(id, new Layered.Node(width, height));
        assembly.parts.put(node, new Part(width, height, boxes, paths));
        return node;
    }

    private static Layered.Node node(PlannedStep step) {
        // As much room on the other side, so that steps stand in line and the picture in its middle.
        return step.undo()
                ? new Layered.Node(WIDTH + UNDO_GAP + UNDO_WIDTH, HEIGHT, WIDTH / 2, false)
                : new Layered.Node(WIDTH, HEIGHT);
    }

    private Part assembled(Assembly assembly) {
        Layered.Result result = Layered.lay(assembly.nodes, assembly.edges);
        List<Box> boxes = new ArrayList<>();
        List<Path> paths = new ArrayList<>();
        Map<String, Box> undos = new LinkedHashMap<>();
        double left = 0;
        double right = result.width();
        for (int i = 0; i < assembly.nodes.size(); i++) {
            double x = result.x()[i];
            double y = result.y()[i];
            Part part = assembly.parts.get(i);
            PlannedStep step = assembly.steps.get(i);
            if (part != null) {
                part.moveInto(x, y, boxes, paths);
            } else if (step != null) {
                boxes.add(box(step, x, y));
                if (step.undo()) {
                    Box undo = undo(step, x + WIDTH + UNDO_GAP, y + (HEIGHT - UNDO_HEIGHT) / 2);
                    boxes.add(undo);
                    undos.put(step.name(), undo);
                    paths.add(toUndo(step, undo, x + WIDTH));
                }
            } else {
                double width = result.widths()[i];
                left = Math.min(left, x);
                right = Math.max(right, x + width);
                boxes.add(bar(assembly.ids.get(i), x, y, width));
            }
        }
        for (int e = 0; e < assembly.edges.size(); e++) {
            if (!result.lines().get(e).isEmpty()) {
                Layered.Edge edge = assembly.edges.get(e);
                paths.add(path(
                        assembly,
                        edge,
                        assembly.kinds.get(e),
                        assembly.taken.get(e),
                        result.lines().get(e)));
            }
        }
        backwards(assembly, undos, paths);
        Part at = new Part(right - left, result.height(), boxes, paths);
        if (left == 0) {
            return at;
        }
        List<Box> movedBoxes = new ArrayList<>();
        List<Path> movedPaths = new ArrayList<>();
        at.moveInto(-left, 0, movedBoxes, movedPaths);
        return new Part(right - left, result.height(), movedBoxes, movedPaths);
    }

    private static Box bar(String id, double x, double y, double width) {
        return new Box(id, Shape.BAR, x, y, width, BAR, "", "", State.TO_COME, false, false, Optional.empty(), "");
    }

    private static Path path(Assembly assembly, Layered.Edge edge, Link link, boolean taken, List<Point> points) {
        PlannedStep from = assembly.steps.get(edge.from());
        PlannedStep to = assembly.steps.get(edge.to());
        String title = from == null || to == null
                ? ""
                : from.name()
                        + switch (link) {
                            case CHOSEN -> " chose ";
                            case MAYBE -> " may choose ";
                            default -> " comes before ";
                        }
                        + to.name();
        return new Path(link, assembly.ids.get(edge.from()), assembly.ids.get(edge.to()), taken, points, title);
    }

    private Box box(PlannedStep step, double x, double y) {
        Standing.Step stands = standing.of(step.name());
        boolean waits = switch (step.form()) {
            case "SLEEP", "SIGNAL", "APPROVAL", "LOCK", "CHILD" -> true;
            default -> false;
        };
        List<String> notes = new ArrayList<>();
        if (step.kind() == StepKind.PIVOT) {
            notes.add("pivot");
        }
        if (step.savepoint()) {
            notes.add("save-point");
        }
        String form = switch (step.form()) {
            case "SLEEP" -> "sleeps";
            case "SIGNAL" -> "waits for a signal";
            case "APPROVAL" -> "waits for approval";
            case "LOCK" -> "takes locks";
            case "CHILD" -> "child saga";
            case "PARALLEL" -> "branches";
            case "FAN_OUT" -> "fan-out";
            case "DEFERRED" -> "held back";
            default -> step.routed() ? "chooses" : "";
        };
        if (!form.isEmpty()) {
            notes.add(form);
        }
        String more = stands.more();
        String sub = more.isEmpty() ? stands.state().words() : more;
        return new Box(
                "step-" + step.name(),
                waits ? Shape.WAIT : Shape.STEP,
                x,
                y,
                WIDTH,
                HEIGHT,
                step.name(),
                sub + (notes.isEmpty() ? "" : " · " + String.join(" · ", notes)),
                stands.state(),
                step.kind() == StepKind.PIVOT,
                step.savepoint(),
                Optional.of(links.step(step.name())),
                "Step " + step.name() + ": " + stands.state().words() + (more.isEmpty() ? "" : ", " + more)
                        + (notes.isEmpty() ? "" : "; " + String.join(", ", notes))
                        + (step.undo() ? "; has an undo" : ""));
    }

    private Box undo(PlannedStep step, double x, double y) {
        State state = standing.of(step.name()).undo();
        return new Box(
                "undo-" + step.name(),
                Shape.UNDO,
                x,
                y,
                UNDO_WIDTH,
                UNDO_HEIGHT,
                state == State.TO_COME ? "undo" : state.words(),
                "",
                state,
                false,
                false,
                Optional.of(links.step(step.name())),
                "Undo of step " + step.name() + ": " + (state == State.TO_COME ? "not called for" : state.words()));
    }

    private Path toUndo(PlannedStep step, Box undo, double fromX) {
        double y = undo.y() + undo.height() / 2;
        return new Path(
                Link.UNDO,
                "step-" + step.name(),
                undo.id(),
                undo.state() != State.TO_COME,
                List.of(new Point(fromX, y), new Point(undo.x(), y)),
                step.name() + " has an undo");
    }

    /** From the undo of each step to that of the one before it, where nothing stands between them. */
    private static void backwards(Assembly assembly, Map<String, Box> undos, List<Path> paths) {
        Optional<PlannedStep> before = Optional.empty();
        for (Map.Entry<Integer, PlannedStep> entry : assembly.steps.entrySet()) {
            PlannedStep step = entry.getValue();
            Box upper = before.map(PlannedStep::name).map(undos::get).orElse(null);
            Box lower = undos.get(step.name());
            boolean sameLine = before.isPresent() && before.get().line().equals(step.line());
            if (sameLine
                    && upper != null
                    && lower != null
                    && before.get().begins().isEmpty()
                    && lower.y() > upper.y() + upper.height()) {
                paths.add(upwards(lower, upper));
            }
            before = Optional.of(step);
        }
    }

    private static Path upwards(Box lower, Box upper) {
        double fromX = lower.x() + lower.width() / 2;
        double toX = upper.x() + upper.width() / 2;
        double top = upper.y() + upper.height();
        List<Point> points = new ArrayList<>();
        points.add(new Point(fromX, lower.y()));
        if (fromX != toX) {
            double y = lower.y() - 12;
            points.add(new Point(fromX, y));
            points.add(new Point(toX, y));
        }
        points.add(new Point(toX, top));
        boolean taken = lower.state() != State.TO_COME && upper.state() != State.TO_COME;
        return new Path(Link.UNDO, lower.id(), upper.id(), taken, points, "undone after");
    }
}
