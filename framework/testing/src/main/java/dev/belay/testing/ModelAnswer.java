package dev.belay.testing;

import dev.belay.agent.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a {@link ModelServer} answers.
 *
 * @param text what the model says, "" for nothing
 * @param calls the tools it wants to be called
 * @param finishReason why it stopped, as OpenAI names it
 * @param tokens what it read and wrote; counted by the lengths of question and answer unless said
 */
public record ModelAnswer(String text, List<Call> calls, String finishReason, Optional<Tokens> tokens) {

    /**
     * A tool that the model wants to be called.
     *
     * @param id "" to have one made from the question, the same for the same question
     */
    public record Call(String tool, String arguments, String id) {}

    /** Keeps its own copy of the calls. */
    public ModelAnswer {
        calls = List.copyOf(calls);
    }

    /** A plain text. */
    public static ModelAnswer text(String text) {
        return new ModelAnswer(text, List.of(), "stop", Optional.empty());
    }

    /** A call of a tool, with its arguments as JSON. */
    public static ModelAnswer call(String tool, String arguments) {
        return text("").andCall(tool, arguments);
    }

    /** The same with one more call. */
    public ModelAnswer andCall(String tool, String arguments) {
        return andCall(tool, arguments, "");
    }

    /** The same with one more call, under an id of its own. */
    public ModelAnswer andCall(String tool, String arguments, String id) {
        var more = Stream.concat(calls.stream(), Stream.of(new Call(tool, arguments, id)))
                .toList();
        return new ModelAnswer(text, more, "tool_calls", tokens);
    }

    /** The same, stopped for another reason, such as "length". */
    public ModelAnswer finishedBy(String reason) {
        return new ModelAnswer(text, calls, reason, tokens);
    }

    /** The same, with other tokens. */
    public ModelAnswer tokens(Tokens count) {
        return new ModelAnswer(text, calls, finishReason, Optional.of(count));
    }
}
