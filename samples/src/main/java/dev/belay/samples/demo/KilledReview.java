package dev.belay.samples.demo;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.samples.model.LedgerCall;
import dev.belay.samples.model.LedgerTotals;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How a review went on after its worker was killed. The steps are counted in the journal, the calls and tokens in the
 * model server's ledger.
 *
 * @param killedAtStep the step that the journal records as lost with its worker
 * @param lastStepBefore the last step that the killed worker recorded
 * @param resumedAtStep the first step that the other worker recorded
 * @param takeover from the kill to the moment the other worker began that step
 * @param keyInFlight the idempotency key of the call that had no answer at the kill, if there was one
 * @param repeatedKeys idempotency keys that came to the model server more than once
 */
record KilledReview(
        UUID saga,
        int stepsRecorded,
        int stepsRecordedTwice,
        int killedAtStep,
        int lastStepBefore,
        int resumedAtStep,
        Duration takeover,
        long modelCalls,
        long modelTokens,
        Optional<String> keyInFlight,
        List<String> repeatedKeys,
        String sha256) {

    /** Reads the figures of a review whose worker {@code killed} was killed at {@code killedAt}. */
    static KilledReview of(
            UUID saga,
            List<JournalEntry> journal,
            WorkerProcess killed,
            Instant killedAt,
            Optional<LedgerCall> inFlight,
            LedgerTotals ledger,
            String sha256) {
        var attempts =
                journal.stream().filter(entry -> entry.kind() == Kind.ATTEMPT).toList();
        var recorded = attempts.stream()
                .filter(entry -> entry.outcome() == Result.SUCCEEDED)
                .toList();
        var distinct = recorded.stream().map(JournalEntry::step).distinct().count();
        var lost = attempts.stream()
                .filter(entry -> entry.outcome() == Result.LOST)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No step was lost: the kill came too late."));
        var before = recorded.stream()
                .filter(entry -> entry.worker().orElseThrow() == killed.incarnation())
                .mapToInt(JournalEntry::seq)
                .max()
                .orElse(0);
        var resumed = recorded.stream()
                .filter(entry -> entry.worker().orElseThrow() != killed.incarnation())
                .min(Comparator.comparing(JournalEntry::at))
                .orElseThrow();
        var begunAt = resumed.at().minus(resumed.took().orElse(Duration.ZERO));
        return new KilledReview(
                saga,
                (int) distinct,
                (int) (recorded.size() - distinct),
                lost.seq(),
                before,
                resumed.seq(),
                Duration.between(killedAt, begunAt),
                ledger.callsServed(),
                ledger.tokensServed(),
                inFlight.map(LedgerCall::key),
                ledger.repeatedKeys(),
                sha256);
    }

    double takeoverSeconds() {
        return Math.round(takeover.toMillis() / 10.0) / 100.0;
    }
}
