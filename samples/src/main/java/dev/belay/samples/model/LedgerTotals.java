package dev.belay.samples.model;

import java.util.List;

/**
 * What a {@link ModelServer} really did, for one label or for all, counted from its ledger.
 *
 * <p>Every call that arrived is either served, in flight or lost: {@code callsReceived = callsServed + callsInFlight +
 * callsLost}. Keys are counted over the calls that arrived.
 *
 * @param callsServed answers computed, and so billed, whether or not the caller was still there
 * @param callsInFlight arrived and not answered yet, held calls among them
 * @param callsLost in flight when an earlier process of the server died
 * @param callsUndelivered served to a caller that had gone; part of {@code callsServed}
 * @param callsRefused malformed requests, answered with an error and not billed
 * @param tokensServed prompt and completion tokens of the served calls
 * @param distinctKeys how many different idempotency keys came
 * @param repeatedKeys the keys that came more than once, in the order of their first call
 */
public record LedgerTotals(
        long callsReceived,
        long callsServed,
        long callsInFlight,
        long callsLost,
        long callsUndelivered,
        long callsRefused,
        long promptTokensServed,
        long completionTokensServed,
        long tokensServed,
        long distinctKeys,
        List<String> repeatedKeys) {

    public LedgerTotals {
        repeatedKeys = List.copyOf(repeatedKeys);
    }
}
