package dev.belay;

/**
 * An effect that steps hold back until the pivot has passed, registered in a definition under a name so that any process can run it.
 * Steps hold it back by {@link StepContext#defer}.
 *
 * @param name its name, unique among the steps of the definition
 * @param data the type of the data it needs
 */
public record Deferred<D>(String name, Class<D> data) {

    /** Does what was held back. */
    @FunctionalInterface
    public interface Handler<D> {
        /**
         * Does it, for the data it was held back with. May run more than once: {@link StepContext#idempotencyKey} is the same for
         * every attempt. No transaction and no connection is held.
         */
        void run(D data, StepContext<D> context) throws Exception;
    }

    static final String LINE = "deferred:";

    /** The line of steps that its runs belong to: one of its own, for nothing comes before or after it by itself. */
    static String line(String name) {
        return LINE + name;
    }
}
