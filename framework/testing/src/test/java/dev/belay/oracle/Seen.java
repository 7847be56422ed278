package dev.belay.oracle;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What can be seen of a saga from outside.
 *
 * @param cause why it was turned or suspended; not told while it runs
 * @param job the step it stands at, and what the job there does
 * @param attempts the attempts and the end, as the journal has them
 * @param calls what user code was called for
 * @param decisions the operator's decisions that were recorded
 */
record Seen(
        SagaState state,
        Optional<Cause> cause,
        Set<Flag> flags,
        String job,
        List<String> attempts,
        List<String> calls,
        List<String> decisions) {

    Seen {
        cause = state == SagaState.RUNNING ? Optional.empty() : cause;
    }

    /** What may be true of a saga in any state. */
    enum Flag {
        PAST_PIVOT,
        CANCEL_REQUESTED,
        PAUSED,
        RESIDUE
    }

    /** What the saga's job does once everything has come to rest; it is ready only while a pause holds it. */
    enum Job {
        NONE,
        READY,
        RUNNING,
        WAITING,
        PARKED;

        String words(boolean undoing, String step, boolean paused, int failures) {
            String held = paused && (this == READY || this == WAITING) ? "HELD" : name();
            return Seen.job(undoing, step, held, failures);
        }
    }

    /** A job in words. */
    static String job(boolean undoing, String step, String state, int failures) {
        return (undoing ? "undo " : "") + step + " " + state.toLowerCase(Locale.ROOT)
                + (state.equals("PARKED") ? "" : " after " + failures);
    }

    /** What happened, in the order in which it did. */
    static final class Log {
        private final List<String> attempts = new ArrayList<>();
        private final List<String> calls = new ArrayList<>();
        private final List<String> decisions = new ArrayList<>();

        /** How often in a row something was lost is told by the calls: a dying worker's last claim may be lost as well. */
        void attempt(String line) {
            if (!line.endsWith(" LOST") || attempts.isEmpty() || !line.equals(attempts.get(attempts.size() - 1))) {
                attempts.add(line);
            }
        }

        void attempt(boolean undoing, Run.Item item, String result) {
            attempt((undoing ? "undo " : "") + item.name() + " " + result);
        }

        void call(String line) {
            calls.add(line);
        }

        void decision(String line) {
            decisions.add(line);
        }

        Seen seen(SagaState state, Optional<Cause> cause, Set<Flag> flags, String job) {
            return new Seen(
                    state,
                    cause,
                    Set.copyOf(flags),
                    job,
                    List.copyOf(attempts),
                    List.copyOf(calls),
                    List.copyOf(decisions));
        }
    }
}
