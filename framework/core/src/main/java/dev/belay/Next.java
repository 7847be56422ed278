package dev.belay;

import org.jspecify.annotations.Nullable;

/** What a routed step says comes next: another step, with that step's input, or the end of the saga, with its result. */
public sealed interface Next {

    /** The step called {@code step} runs next, with {@code input}. */
    record GoTo(String step, @Nullable Object input) implements Next {}

    /** The saga completes with {@code result}. */
    record End(@Nullable Object result) implements Next {}

    /** Goes on with a chain step, which takes the saga's input. */
    static Next step(String name) {
        return new GoTo(name, null);
    }

    /** Goes on with the routed step {@code name}; {@code input} must be of the type it takes. */
    static Next step(String name, Object input) {
        return new GoTo(name, input);
    }

    /** Goes on with the routed step {@code step}. */
    static <T> Next to(StepRef<T> step, T input) {
        return new GoTo(step.name(), input);
    }

    /** Completes the saga with {@code result}, which must be of the type the definition returns. */
    static Next end(Object result) {
        return new End(result);
    }

    /** Completes a saga that returns nothing. */
    static Next end() {
        return new End(null);
    }
}
