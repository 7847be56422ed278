package dev.belay;

import java.util.List;

/** A saga definition that makes no sense. Thrown when it is built, with every problem found. */
public class DefinitionException extends SagaException {
    private static final long serialVersionUID = 1L;
    private final transient List<String> problems;

    /** The definition {@code name} has the given problems. */
    public DefinitionException(String name, List<String> problems) {
        super("Saga definition \"" + name + "\" cannot be used:\n  - " + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence for each problem. */
    public List<String> problems() {
        return problems == null ? List.of() : problems;
    }
}
