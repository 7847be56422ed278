package dev.belay.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A model whose calls inside {@link Durable#in} are recorded in the step, and never made again once they are. Immutable; thread-safe if
 * the model is.
 *
 * <p>Build the model with {@code maxRetries(0)}: a retry of its own is not counted by budgets and limits, and holds a thread while it
 * waits. The step's retries do the same and survive a crash. With {@link DurableHttp} the provider gets an idempotency key that is the
 * same for every attempt of a call, and is heard when it says when to come back.
 *
 * <p>The response holds the message, the model's name, the finish reason and the tokens, the same on the first run and on every replay.
 * What a provider adds in metadata of its own is not kept. Listeners of the model hear of the calls that are made, not of replays.
 */
public final class DurableChatModel implements ChatModel {
    private final Asking asking;
    private final ChatModel model;

    private DurableChatModel(Asking asking, ChatModel model) {
        this.asking = asking;
        this.model = model;
    }

    /**
     * Makes a model durable.
     *
     * @param provider who serves it, by the name that prices and limits use, such as "openai". It also stands for the model's name if the
     *     model does not tell it
     */
    public static DurableChatModel of(String provider, ChatModel model) {
        return new DurableChatModel(Asking.of(provider), model);
    }

    /** The same with another name for its calls than "model" in the journal. */
    public DurableChatModel named(String name) {
        return new DurableChatModel(asking.named(name), model);
    }

    /** The same in another conversation than "main": several agents that work one after the other in a saga keep apart by it. */
    public DurableChatModel inConversation(String name) {
        return new DurableChatModel(asking.inConversation(name), model);
    }

    /**
     * The same, whose answers are looked at before they are recorded: what {@code check} throws makes the call a failed attempt, which the
     * step's retries make again. Without it an answer that the agent cannot use, such as text where it expects JSON, is a fact for ever.
     */
    public DurableChatModel accept(Consumer<? super ChatResponse> check) {
        return new DurableChatModel(asking.accepting(check), model);
    }

    /** The same, whose calls outside of {@link Durable#in} are just made, instead of refused. */
    public DurableChatModel passThrough() {
        return new DurableChatModel(asking.passingThrough(), model);
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatRequestOptions options) {
        Optional<Scope> scope = asking.scope();
        return scope.isEmpty()
                ? model.chat(request, options)
                : asking.ask(
                        scope.get(), request, model.defaultRequestParameters(), () -> model.chat(request, options));
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return model.defaultRequestParameters();
    }

    @Override
    public ModelProvider provider() {
        return model.provider();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return model.supportedCapabilities();
    }
}
