package dev.belay.agent;

import java.math.BigDecimal;

/**
 * What calls of models came to.
 *
 * @param calls calls made, those that failed included
 * @param failed how many of them failed
 * @param tokens what they read and wrote
 * @param cost what they cost by the prices of the time
 * @param unpriced calls of models that had no price
 * @param avoidedCalls calls that a replay after a crash or failure took from the journal and did not make again
 * @param avoidedTokens what those would have read and written
 * @param avoidedCost what those would have cost
 */
public record Usage(
        long calls,
        long failed,
        Tokens tokens,
        BigDecimal cost,
        long unpriced,
        long avoidedCalls,
        Tokens avoidedTokens,
        BigDecimal avoidedCost) {}
