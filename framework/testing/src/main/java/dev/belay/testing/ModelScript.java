package dev.belay.testing;

/**
 * What a {@link ModelServer} says to a question. Called from many threads. Made of the question alone it says the same to the same
 * question, which is what a test of repeated calls needs.
 */
@FunctionalInterface
public interface ModelScript {

    /** The answer. What it throws is answered as an error of the server, with status 500. */
    ModelAnswer answer(ModelQuestion question);
}
