package dev.belay.oracle;

import dev.belay.SagaState;
import dev.belay.oracle.Seen.Flag;
import dev.belay.oracle.Seen.Job;
import dev.belay.oracle.Shape.Activity;
import dev.belay.oracle.Shape.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random definitions, and random events for sagas of them; the same for the same seed. */
final class Sequence {
    static final int EVENTS = 50;
    /** So many sequences in a row are deployed together. */
    static final int BLOCK = 10;
    /** In one of so many blocks workers are killed; in the others they lose their leases. */
    private static final int KILLING = 10;

    private static final int SHAPES = 3;
    /** A job that is lost more often in a row is parked, being suspected of having killed its worker. */
    private static final int MOST_LOSSES = 2;

    private final long seed;
    private final Random random;
    private final List<Shape> shapes = new ArrayList<>();
    private int started;
    private Shape shape;
    private boolean deadlineOver;
    private int losses;

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
        deadlineOver = false;
        losses = 0;
        shape = shapes.get(started++ % SHAPES);
        return shape;
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
        return new Shape(name, steps, random.nextInt(3) == 0);
    }

    /** Whether its workers are killed, and do not just lose their leases. */
    boolean isKilling() {
        return seed / BLOCK % KILLING == 0;
    }

    /** The next event for a saga that stands as {@code oracle} says. */
    Event next(Oracle oracle) {
        Event event = weights(oracle).pick(random);
        deadlineOver |= event == Event.DEADLINE;
        losses = event == Event.CRASH || event == Event.LOSE_LEASE ? losses + 1 : event.isVerdict() ? 0 : losses;
        return event;
    }

    private Weights weights(Oracle oracle) {
        if (oracle.state.isTerminal()) {
            return new Weights(15).add(Event.START, 60).add(Event.START_AGAIN, 5);
        }
        boolean paused = oracle.is(Flag.PAUSED);
        Weights weights = switch (oracle.job) {
            case RUNNING -> oracle.undoing ? ofUndo() : ofStep();
            case WAITING ->
                new Weights(12)
                        .add(Event.DUE, 60)
                        .add(Event.CANCEL, 4)
                        .add(Event.REDEPLOY, 1)
                        .add(Event.CRASH, isKilling() ? 1 : 0);
            case PARKED -> oracle.state == SagaState.SUSPENDED ? ofSuspended() : ofFailedUndo();
            case READY -> new Weights(12).add(Event.REDEPLOY, 1);
            case NONE -> throw new IllegalStateException("An open saga has a job");
        };
        if (oracle.job == Job.RUNNING && losses < MOST_LOSSES) {
            // What a lost worker still tells is one of the ends of its step, and not to be awaited once that is undone.
            weights.add(isKilling() ? Event.CRASH : Event.LOSE_LEASE, isKilling() || mayBeToldLate(oracle) ? 3 : 0);
        }
        // A waiting job that is due as well would be run or turned, whichever comes first.
        boolean canTimeOut = shape.hasDeadline() && !deadlineOver && !paused && oracle.job != Job.WAITING;
        return weights.add(Event.DEADLINE, canTimeOut ? 3 : 0).add(Event.RESUME, paused ? 50 : 0);
    }

    private static boolean mayBeToldLate(Oracle oracle) {
        return oracle.undoing
                || (oracle.state == SagaState.RUNNING && oracle.at().run().canBeToldLate());
    }

    private static Weights ofStep() {
        return new Weights(8)
                .add(Event.SUCCEED, 55)
                .add(Event.FAIL, 28)
                .add(Event.FAIL_FOR_GOOD, 6)
                .add(Event.REJECT, 5)
                .add(Event.ABORT, 5)
                .add(Event.CANCEL, 4)
                .add(Event.START_AGAIN, 1);
    }

    private static Weights ofUndo() {
        return new Weights(8)
                .add(Event.SUCCEED, 45)
                .add(Event.FIND_NOTHING, 8)
                .add(Event.FAIL, 25)
                .add(Event.FAIL_FOR_GOOD, 7);
    }

    private static Weights ofSuspended() {
        return new Weights(6)
                .add(Event.RETRY, 30)
                .add(Event.RETRY_WITH_INPUT, 15)
                .add(Event.SKIP, 25)
                .add(Event.COMPENSATE, 8)
                .add(Event.COMPENSATE_PAST_PIVOT, 6)
                .add(Event.CANCEL, 4)
                .add(Event.RESOLVE_STALE, 5)
                .add(Event.REDEPLOY, 1);
    }

    private static Weights ofFailedUndo() {
        return new Weights(12)
                .add(Event.RETRY, 50)
                .add(Event.ACCEPT_RESIDUE, 15)
                .add(Event.MARK_UNDONE, 15)
                .add(Event.RESOLVE_STALE, 5)
                .add(Event.REDEPLOY, 1);
    }
}
