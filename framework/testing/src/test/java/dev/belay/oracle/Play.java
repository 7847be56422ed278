package dev.belay.oracle;

import dev.belay.SagaState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Plays sequences against the engine, several side by side, and keeps what was seen. */
final class Play {
    private static final int LANES = 6;

    private final List<Recording> recordings = java.util.Collections.synchronizedList(new ArrayList<>());
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();

    /** What happened and what was seen, event by event. */
    record Recording(long seed, List<Moment> moments) {}

    /**
     * One event.
     *
     * @param shape the definition, if the event is a start
     * @param told what the caller was told
     */
    record Moment(Event event, Optional<Shape> shape, String told, Seen seen) {}

    /** Plays the sequences of so many seeds. */
    void run(long first, int sequences) throws Exception {
        AtomicLong next = new AtomicLong(first / Sequence.BLOCK);
        ExecutorService lanes = Executors.newFixedThreadPool(LANES);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < Math.min(LANES, sequences); i++) {
                running.add(lanes.submit(() -> {
                    lane(next, first, first + sequences);
                    return null;
                }));
            }
            for (Future<?> lane : running) {
                lane.get();
            }
        } finally {
            lanes.shutdown();
        }
    }

    private void lane(AtomicLong next, long first, long end) throws Exception {
        try (Driver driver = new Driver()) {
            for (long block = next.getAndIncrement(); block * Sequence.BLOCK < end; block = next.getAndIncrement()) {
                List<Sequence> sequences = LongStream.range(block * Sequence.BLOCK, (block + 1) * Sequence.BLOCK)
                        .filter(seed -> seed >= first && seed < end)
                        .mapToObj(Sequence::new)
                        .toList();
                List<Shape> shapes = sequences.stream()
                        .flatMap(sequence -> sequence.shapes().stream())
                        .toList();
                driver.deploy(shapes, sequences.get(0).isKilling());
                for (Sequence sequence : sequences) {
                    play(driver, sequence);
                    driver.forget();
                }
            }
        }
    }

    private void play(Driver driver, Sequence sequence) {
        List<Moment> moments = new ArrayList<>();
        Oracle oracle = null;
        Event event = Event.START;
        try {
            for (int i = 0; i < Sequence.EVENTS; i++) {
                event = oracle == null ? Event.START : sequence.next(oracle);
                Optional<Shape> shape = event == Event.START ? Optional.of(sequence.nextShape()) : Optional.empty();
                oracle = shape.map(Oracle::new).orElse(oracle);
                Set<?> answers = event == Event.START ? Set.of() : oracle.apply(event);
                String told = driver.happen(event, shape);
                Seen seen = driver.look(oracle.job == Seen.Job.RUNNING);
                moments.add(new Moment(event, shape, told, seen));
                if (!agrees(oracle, answers, told, seen)) {
                    problems.add(story(sequence, moments, event) + "\n  expected " + answers + "\n    "
                            + oracle.expected() + "\n  but there was [" + told + "]\n    " + seen);
                    return;
                }
                count(oracle, event, told);
            }
            recordings.add(new Recording(sequence.seed(), moments));
        } catch (Exception | AssertionError e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            problems.add(story(sequence, moments, event) + "\n  expected "
                    + Optional.ofNullable(oracle).map(Oracle::expected) + "\n  but " + trace);
        }
    }

    private static boolean agrees(Oracle oracle, Set<?> answers, String told, Seen seen) {
        return (answers.isEmpty()
                        ? told.isEmpty()
                        : answers.stream().anyMatch(answer -> answer.toString().equals(told)))
                && oracle.expected().equals(seen);
    }

    /** The seed, and the events since the saga was started. */
    private static String story(Sequence sequence, List<Moment> moments, Event last) {
        List<String> events = new ArrayList<>();
        String shape = "";
        for (Moment moment : moments) {
            if (moment.shape().isPresent()) {
                shape = moment.shape().get().toString();
                events.clear();
            }
            events.add(moment.event().name());
        }
        if (moments.isEmpty() || moments.get(moments.size() - 1).event() != last) {
            events.add(last.name());
        }
        return "-Dbelay.oracle.seed=" + sequence.seed() + " -Dbelay.oracle.sequences=1, event " + moments.size() + ": "
                + String.join(", ", events) + "\n  of " + shape;
    }

    /** The first place at which another oracle disagrees with what was recorded. */
    static Optional<String> disagreement(List<Recording> recordings, Function<Shape, Oracle> oracles) {
        for (Recording recording : recordings) {
            Oracle oracle = null;
            for (int i = 0; i < recording.moments().size(); i++) {
                Moment moment = recording.moments().get(i);
                oracle = moment.shape().map(oracles).orElse(oracle);
                boolean agrees;
                try {
                    Set<?> answers = moment.event() == Event.START ? Set.of() : oracle.apply(moment.event());
                    agrees = agrees(oracle, answers, moment.told(), moment.seen());
                } catch (IllegalStateException | IndexOutOfBoundsException e) {
                    agrees = false;
                }
                if (!agrees) {
                    return Optional.of("seed " + recording.seed() + ", event " + i + ", " + moment.event());
                }
            }
        }
        return Optional.empty();
    }

    private void count(Oracle oracle, Event event, String told) {
        boolean refused = event.isDecision() && !told.equals(oracle.state.name()) && oracle.path.size() == 1;
        counts.computeIfAbsent(event + (refused ? " refused " + told : ""), key -> new LongAdder())
                .increment();
        List<SagaState> path = oracle.path;
        for (int i = 1; i < path.size(); i++) {
            counts.computeIfAbsent(path.get(i - 1) + " -> " + path.get(i), key -> new LongAdder())
                    .increment();
        }
    }

    /** Where the engine and the oracle differed. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** The sequences without a problem. */
    List<Recording> recordings() {
        return recordings.stream()
                .sorted(java.util.Comparator.comparingLong(Recording::seed))
                .toList();
    }

    /** How often each event happened, and each move of a saga. */
    Map<String, Long> counts() {
        Map<String, Long> sums = new TreeMap<>();
        counts.forEach((what, adder) -> sums.put(what, adder.sum()));
        return sums;
    }
}
