package dev.belay.dashboard.internal.query;

import java.util.Optional;

/** Ends the reading of one term; the query says it as a {@link Problem}. */
final class BadTerm extends Exception {
    private final String fact;
    private final String remedy;
    private final transient Optional<String> meant;

    BadTerm(String fact, String remedy) {
        this(fact, remedy, Optional.empty());
    }

    BadTerm(String fact, String remedy, Optional<String> meant) {
        // Nobody reads its stack trace, and a long text may hold many.
        super(fact, null, false, false);
        this.fact = fact;
        this.remedy = remedy;
        this.meant = meant;
    }

    String fact() {
        return fact;
    }

    String remedy() {
        return remedy;
    }

    Optional<String> meant() {
        return meant;
    }
}
