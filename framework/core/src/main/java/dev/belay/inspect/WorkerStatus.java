package dev.belay.inspect;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A worker process that has not died.
 *
 * @param incarnation its number, as in the journal
 * @param seenAt when it last renewed its lease, by the database's clock
 * @param expiresAt when its lease is over unless it does so again
 * @param expired whether it is over: what it holds is about to be taken over
 * @param holds how many jobs it has claimed
 * @param doing some of these, at most 50, the longest due first
 * @param dump the last thread dump it was asked for, see {@link Inspector#askForThreads}; never within a scope
 */
public record WorkerStatus(
        long incarnation,
        String name,
        Instant startedAt,
        Instant seenAt,
        Instant expiresAt,
        boolean expired,
        int holds,
        List<Holding> doing,
        Optional<Dump> dump) {
    /** Keeps its own list. */
    public WorkerStatus {
        doing = List.copyOf(doing);
    }

    /** A job it has claimed. */
    public record Holding(
            UUID saga,
            String definition,
            int branch,
            int seq,
            String step,
            boolean undoing,
            int attempt,
            boolean begun) {}

    /** What its threads did. */
    public record Dump(Instant at, String text) {}
}
