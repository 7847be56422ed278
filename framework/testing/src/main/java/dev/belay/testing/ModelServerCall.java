package dev.belay.testing;

import dev.belay.agent.Tokens;
import java.time.Instant;

/**
 * One line of a {@link ModelServer}'s ledger.
 *
 * @param number the how manieth call since the server's start this is, from 1
 * @param at when it came
 * @param key the {@code Idempotency-Key} it came with, "" for none
 * @param bodyHash SHA-256 of its body, in hexadecimal digits
 * @param model the model asked, "" if the request could not be read
 * @param messages how many messages it held
 * @param streamed whether the answer was wanted in pieces
 * @param outcome how it was answered
 * @param status the HTTP status answered, 0 if none was
 * @param tokens what is billed for it; none if the script was not asked
 */
public record ModelServerCall(
        int number,
        Instant at,
        String key,
        String bodyHash,
        String model,
        int messages,
        boolean streamed,
        Outcome outcome,
        int status,
        Tokens tokens) {

    /** How a call was answered. */
    public enum Outcome {
        /** Not yet, or never: the client waits, or has gone without having been told anything. */
        UNANSWERED,
        /** In full. */
        ANSWERED,
        /** In full, with the answer that an earlier call with the same key was given; nothing is billed. */
        REPEATED,
        /** With an error. */
        REFUSED,
        /** With half an answer. */
        CUT,
        /** With JSON that is broken off. */
        MALFORMED,
        /** In full, but the client was no longer there to be told. */
        UNDELIVERED
    }

    ModelServerCall answered(Outcome how, int with, Tokens billed) {
        return new ModelServerCall(number, at, key, bodyHash, model, messages, streamed, how, with, billed);
    }
}
