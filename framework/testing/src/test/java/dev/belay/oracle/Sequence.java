package dev.belay.oracle;

import dev.belay.SagaState;
import dev.belay.oracle.Shape.Activity;
import dev.belay.oracle.Shape.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random definitions, and random events for sagas of them; the same for the same seed. */
final class Sequence {
    static final int EVENTS = 50;
    private static final int SHAPES = 3;

    private final long seed;
    private final Random random;
    private final List<Shape> shapes = new ArrayList<>();
    private int started;

    Sequence(long seed) {
        this.seed = seed;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L);
        random.nextInt();
        for (int i = 0; i < SHAPES; i++) {
            shapes.add(shape("oracle " + seed + "." + i));
        }
    }

    long seed() {
        return seed;
    }

    List<Shape> shapes() {
        return List.copyOf(shapes);
    }

    /** The definition of the saga that is started next. */
    Shape nextShape() {
        return shapes.get(started++ % SHAPES);
    }

    private Shape shape(String name) {
        int length = 2 + random.nextInt(5);
        int pivot = random.nextInt(3) == 0 ? 1 + random.nextInt(length) : 0;
        boolean compensates = random.nextInt(3) == 0;
        List<Shape.Step> steps = new ArrayList<>();
        for (int seq = 1; seq <= length; seq++) {
            Kind kind = seq == pivot ? Kind.PIVOT : random.nextInt(6) == 0 ? Kind.PURE : Kind.EFFECT;
            steps.add(new Shape.Step(
                    "s" + seq,
                    kind,
                    kind == Kind.EFFECT && random.nextInt(4) != 0,
                    random.nextInt(3) != 0 ? Activity.NONE : random.nextBoolean() ? Activity.BEFORE : Activity.AROUND,
                    1 + random.nextInt(3),
                    1 + random.nextInt(2),
                    random.nextInt(5) == 0 ? !compensates : compensates));
        }
        return new Shape(name, steps);
    }

    /** The next event for a saga that stands as {@code oracle} says. */
    Event next(Oracle oracle) {
        if (oracle.state().isTerminal()) {
            return pick(weights(Map.of(Event.START, 60, Event.START_AGAIN, 5), 30));
        }
        return pick(
                switch (oracle.job()) {
                    case RUNNING ->
                        oracle.isUndoing()
                                ? weights(
                                        Map.of(
                                                Event.SUCCEED, 45,
                                                Event.FIND_NOTHING, 8,
                                                Event.FAIL, 25,
                                                Event.FAIL_FOR_GOOD, 7,
                                                Event.CRASH, 2),
                                        12)
                                : weights(
                                        Map.of(
                                                Event.SUCCEED, 55,
                                                Event.FAIL, 28,
                                                Event.FAIL_FOR_GOOD, 6,
                                                Event.REJECT, 5,
                                                Event.ABORT, 5,
                                                Event.CANCEL, 4,
                                                Event.CRASH, 2,
                                                Event.START_AGAIN, 1),
                                        12);
                    case WAITING ->
                        weights(Map.of(Event.DUE, 60, Event.CANCEL, 4, Event.REDEPLOY, 2, Event.CRASH, 1), 15);
                    case PARKED ->
                        oracle.state() == SagaState.SUSPENDED
                                ? weights(
                                        Map.of(
                                                Event.RETRY, 30,
                                                Event.RETRY_WITH_INPUT, 15,
                                                Event.SKIP, 25,
                                                Event.COMPENSATE, 10,
                                                Event.CANCEL, 4,
                                                Event.RESOLVE_STALE, 5,
                                                Event.REDEPLOY, 2),
                                        8)
                                : weights(Map.of(Event.RETRY, 60, Event.RESOLVE_STALE, 5, Event.REDEPLOY, 2), 20);
                    case NONE -> throw new IllegalStateException("An open saga has a job");
                });
    }

    private record Weighted(Event event, int weight) {}

    /** The given weights, and {@code decisions} shared by all decisions, allowed or not. */
    private static List<Weighted> weights(Map<Event, Integer> given, int decisions) {
        List<Weighted> weights = new ArrayList<>();
        for (Event event : Event.values()) {
            boolean any = event.isDecision() && event != Event.RESOLVE_STALE;
            int weight = 6 * given.getOrDefault(event, 0) + (any ? decisions : 0);
            if (weight > 0) {
                weights.add(new Weighted(event, weight));
            }
        }
        return weights;
    }

    private Event pick(List<Weighted> weights) {
        int at = random.nextInt(weights.stream().mapToInt(Weighted::weight).sum());
        for (Weighted one : weights) {
            at -= one.weight();
            if (at < 0) {
                return one.event();
            }
        }
        throw new AssertionError("The weights are used up");
    }
}
