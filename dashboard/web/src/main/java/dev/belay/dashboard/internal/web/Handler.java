package dev.belay.dashboard.internal.web;

/** Answers a call. What it throws becomes an answer in words, see {@link Refusals}. */
@FunctionalInterface
public interface Handler {
    /** The answer. */
    Answer handle(Call call);
}
