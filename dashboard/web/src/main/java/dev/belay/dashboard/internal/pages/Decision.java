package dev.belay.dashboard.internal.pages;

import dev.belay.Belay;
import dev.belay.Operator;
import dev.belay.SagaState;
import dev.belay.UndoForecast;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * Something that can be decided about a saga. What asks for it, what explains it and what does it are all made of this.
 *
 * @param name its name in addresses, like {@code retry-with-input}
 * @param title its name for people
 * @param icon see {@code part/icon}
 * @param permission who may
 * @param tone how its button looks: {@code primary}, {@code danger} or empty text
 * @param versioned whether it is refused if the saga has changed since whoever decides looked
 * @param summary what it does, in a sentence
 * @param parameters what it needs
 * @param offers when and how it is offered
 * @param wording what it says before it is done
 * @param act what does it
 */
public record Decision(
        String name,
        String title,
        String icon,
        Permission permission,
        String tone,
        boolean versioned,
        String summary,
        List<Route.Parameter> parameters,
        Offers offers,
        Wording wording,
        Act act) {
    /** Keeps its own list. */
    public Decision {
        parameters = List.copyOf(parameters);
    }

    /** When it is offered. */
    @FunctionalInterface
    public interface Offers {
        /** How it is offered in that situation: not at all, once, or for each of several branches. */
        List<Offer> in(Situation situation);
    }

    /** What it says before it is done. */
    @FunctionalInterface
    public interface Wording {
        /** What is to be confirmed. */
        Confirmation of(Situation situation, Call call);
    }

    /** What does it. */
    @FunctionalInterface
    public interface Act {
        /** Does it. */
        Done by(Doing doing);
    }

    /**
     * One way in which a decision is offered.
     *
     * @param words what its button says
     * @param query what its address has behind the question mark; may be empty text
     * @param branch the branch it is about; empty if it is about the saga
     */
    public record Offer(String words, String query, Optional<Integer> branch) {}

    /**
     * What somebody confirms.
     *
     * @param heading what is decided
     * @param effect what will happen, a sentence each
     * @param asks what they say with it
     * @param button what the button says that does it
     * @param forecast what a cancel would undo, if that is what it is about
     * @param original the value as it is, to compare an edited one with
     * @param impossible why it cannot be done; then nothing is asked
     */
    public record Confirmation(
            String heading,
            List<String> effect,
            List<Ask> asks,
            String button,
            Optional<UndoForecast> forecast,
            Optional<String> original,
            Optional<String> impossible) {
        /** Keeps its own lists. */
        public Confirmation {
            effect = List.copyOf(effect);
            asks = List.copyOf(asks);
        }

        Confirmation(String heading, List<String> effect, List<Ask> asks, String button) {
            this(heading, effect, asks, button, Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Confirmation impossible(String heading, String why) {
            return new Confirmation(
                    heading, List.of(), List.of(), "", Optional.empty(), Optional.empty(), Optional.of(why));
        }

        Confirmation showing(UndoForecast what) {
            return new Confirmation(heading, effect, asks, button, Optional.of(what), original, impossible);
        }

        Confirmation comparing(Optional<String> with) {
            return new Confirmation(heading, effect, asks, button, forecast, with, impossible);
        }
    }

    /** How something is asked for. */
    public enum Kind {
        /** In some sentences. */
        WORDS,
        /** In a line. */
        LINE,
        /** As JSON. */
        JSON,
        /** Not at all: it is known. */
        KNOWN,
        /** By picking one of several. */
        ONE_OF,
        /** By ticking some of several. */
        SOME_OF,
        /** By ticking or not. */
        TICK
    }

    /**
     * Something that is asked for.
     *
     * @param name the name of the parameter
     * @param hint more about it; may be empty text
     * @param value what it is unless they say otherwise
     * @param options what can be picked
     */
    public record Ask(
            Kind kind, String name, String label, String hint, boolean required, String value, List<Option> options) {
        /** Keeps its own list. */
        public Ask {
            options = List.copyOf(options);
        }

        Ask(Kind kind, String name, String label, String hint, boolean required, String value) {
            this(kind, name, label, hint, required, value, List.of());
        }
    }

    /** Something that can be picked. */
    public record Option(String value, String words, boolean picked) {}

    /**
     * A decision that is being carried out.
     *
     * @param operator who does it: once, at the version they saw, and at the branch they meant
     * @param json what was sent as JSON, what was hidden from whoever sent it put back
     * @param once for what the engine cannot carry out once by itself
     */
    public record Doing(
            Situation situation,
            Call call,
            UUID saga,
            Operator operator,
            Optional<JsonNode> json,
            Belay belay,
            OnceHere once,
            UUID request) {
        String reason(String otherwise) {
            return call.text("reason").orElse(otherwise);
        }

        String reason() {
            return call.need("reason");
        }

        JsonNode value() {
            return json.orElseThrow(
                    () -> Refused.unprocessable("The value is missing. Write it as JSON; null is a value too."));
        }
    }

    /**
     * What came of it.
     *
     * @param state the state the saga has come to; empty if it is gone, or another was made
     * @param words what is said
     * @param path where to go on: a path of ours
     */
    public record Done(Optional<SagaState> state, String words, String path) {}
}
