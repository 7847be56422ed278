package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.pages.Decision.Ask;
import dev.belay.dashboard.internal.pages.Decision.Kind;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.inspect.PlannedStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What decisions ask for, in the words that all of them share. */
final class Asking {
    private Asking() {}

    /** The reason for what needs one. */
    static Ask reason() {
        return new Ask(Kind.WORDS, "reason", "Reason", "Kept in the audit, with your name.", true, "");
    }

    /** The reason for what is done every day. */
    static Ask reasonIfAny() {
        return new Ask(
                Kind.WORDS, "reason", "Reason (may be left out)", "Kept in the audit, with your name.", false, "");
    }

    /** How something was found out. */
    static Ask evidence(String label) {
        return new Ask(
                Kind.WORDS, "reason", label, "Kept in the audit, with your name: what you saw, and where.", true, "");
    }

    /** A value; {@code prefilled} if there is one to begin with. */
    static Ask json(String label, PlannedStep.Shape shape, Optional<String> prefilled) {
        String looks = shape.example()
                .map(example -> "Looks like " + example + " (" + Words.simpleType(shape.type()) + ").")
                .orElse("Must be a " + Words.simpleType(shape.type()) + ".");
        return new Ask(Kind.JSON, "value", label, looks, true, prefilled.orElse(""));
    }

    /** What the address said already. */
    static List<Ask> known(Call call, String... names) {
        List<Ask> known = new ArrayList<>();
        for (String name : names) {
            call.text(name).ifPresent(value -> known.add(new Ask(Kind.KNOWN, name, "", "", false, value)));
        }
        return known;
    }

    /** Several lists of these as one. */
    static List<Ask> together(List<Ask> known, Ask... more) {
        List<Ask> all = new ArrayList<>(known);
        all.addAll(List.of(more));
        return all;
    }
}
