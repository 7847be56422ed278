package dev.belay.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.SagaState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The engine does what the {@link Oracle} says, after every event of random sequences.
 *
 * <p>{@code -Dbelay.oracle.sequences=5000} plays more of them than 500, {@code -Dbelay.oracle.seed=…} says with which seed to
 * begin. A sequence that failed is played again by its seed alone.
 */
class OracleTest {
    private static final int SEQUENCES = Integer.getInteger("belay.oracle.sequences", 500);
    private static final long FIRST = Long.getLong("belay.oracle.seed", 1);
    private static final int ENOUGH = 500;
    private static final int ENOUGH_FOR_MUTANTS = 100;

    /** Moves of sagas that have save-points, a parent, or a worker that reports after its step was undone. */
    private static final Set<String> NOT_IN_A_CHAIN =
            Set.of("COMPENSATING -> RUNNING", "COMPLETED -> COMPENSATING", "COMPENSATED -> COMPENSATING");

    @Test
    void theEngineDoesWhatTheOracleSays() throws Exception {
        quiet();
        Play play = new Play();
        long begin = System.nanoTime();
        play.run(FIRST, SEQUENCES);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);

        System.out.println(SEQUENCES + " sequences of " + Sequence.EVENTS + " events, seeds " + FIRST + " to "
                + (FIRST + SEQUENCES - 1) + ", in " + took.toSeconds() + " s: " + play.counts());
        assertThat(play.problems()).isEmpty();
        if (SEQUENCES >= ENOUGH) {
            assertThat(play.counts())
                    .containsKeys(Stream.of(moves())
                            .filter(move -> !NOT_IN_A_CHAIN.contains(move))
                            .toArray(String[]::new));
            assertThat(play.counts())
                    .containsKeys(Arrays.stream(Event.values())
                            .filter(event -> event != Event.RESOLVE_STALE)
                            .map(Event::name)
                            .toArray(String[]::new));
            assertThat(play.counts())
                    .containsKeys(
                            "RESOLVE_STALE refused CHANGED_SINCE_YOU_LOOKED",
                            "CANCEL refused PAST_PIVOT",
                            "COMPENSATE_PAST_PIVOT refused WRONG_STATE",
                            "ACCEPT_RESIDUE refused WRONG_STATE",
                            "MARK_UNDONE refused WRONG_STATE",
                            "PAUSE refused WRONG_STATE",
                            "RESUME refused WRONG_STATE",
                            "CANCEL refused WRONG_STATE",
                            "COMPENSATE refused PAST_PIVOT",
                            "COMPENSATE refused WRONG_STATE",
                            "RETRY refused WRONG_STATE",
                            "RETRY_WITH_INPUT refused WRONG_STATE",
                            "SKIP refused WRONG_STATE",
                            "RESOLVE refused WRONG_STATE");
        }
        if (SEQUENCES >= ENOUGH_FOR_MUTANTS) {
            wrongEdgesAreFound(play.recordings());
        }
    }

    private static void wrongEdgesAreFound(List<Play.Recording> recordings) {
        assertThat(Play.disagreement(recordings, Oracle::new)).isEmpty();
        for (Map.Entry<String, Function<Shape, Oracle>> mutant : Mutants.all().entrySet()) {
            assertThat(Play.disagreement(recordings, mutant.getValue()))
                    .as("an oracle in which " + mutant.getKey())
                    .hasValueSatisfying(where -> System.out.println("Found at " + where + ": " + mutant.getKey()));
        }
    }

    @Test
    void theMovesOfTheEngineAreThoseOfTheOracle() {
        List<String> engine = new ArrayList<>();
        for (SagaState from : SagaState.values()) {
            for (SagaState to : SagaState.values()) {
                if (from.canBecome(to)) {
                    engine.add(from + " -> " + to);
                }
            }
        }

        assertThat(engine).containsExactlyInAnyOrder(moves());
    }

    private static String[] moves() {
        List<String> moves = new ArrayList<>();
        for (SagaState from : SagaState.values()) {
            for (SagaState to : SagaState.values()) {
                if (Oracle.moves(from).contains(to)) {
                    moves.add(from + " -> " + to);
                }
            }
        }
        return moves.toArray(String[]::new);
    }

    /** Workers that crash, and their pools, complain at length. */
    private static void quiet() {
        // While another test class is the first to log, a stand-in is given out.
        await().until(() -> LoggerFactory.getLogger("ROOT") instanceof ch.qos.logback.classic.Logger);
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("ROOT")).setLevel(ch.qos.logback.classic.Level.OFF);
    }
}
