package dev.belay.samples.model;

/**
 * One call in the ledger of a {@link ModelServer}.
 *
 * @param seq number of the ledger entry, over all labels
 * @param label the caller's {@code X-Run-Label}; {@code unlabelled} when it sent none
 * @param call the how-manieth call of its label this is, from 1
 * @param key the caller's {@code Idempotency-Key}; empty when it sent none
 * @param promptSha256 of all roles and contents, in hexadecimal
 * @param receivedAt when it arrived, ISO-8601 in UTC
 * @param ms from arrival to answer; 0 while not served
 * @param delivered false while not served, and when the caller had gone before it had the whole answer
 */
public record LedgerCall(
        long seq,
        String label,
        long call,
        String key,
        String model,
        String promptSha256,
        String receivedAt,
        boolean served,
        int promptTokens,
        int completionTokens,
        long ms,
        boolean delivered) {

    LedgerCall servedAs(int tokens, long tookMs, boolean wasDelivered) {
        return new LedgerCall(
                seq,
                label,
                call,
                key,
                model,
                promptSha256,
                receivedAt,
                true,
                promptTokens,
                tokens,
                tookMs,
                wasDelivered);
    }
}
