package dev.belay.langchain4j;

import dev.belay.StepContext;
import java.util.concurrent.Callable;

/**
 * Runs a LangChain4j agent as part of a step.
 *
 * <p>Agents are built once, from a {@link DurableChatModel} and {@link DurableTools}; a step lends them its context for the time of a
 * call:
 *
 * <pre>{@code
 * saga.step("answer", String.class, ctx -> Durable.in(ctx, () -> agent.answer(ctx.input())));
 * }</pre>
 *
 * <p>Whatever stops or rests the step, such as {@link dev.belay.agent.BudgetReached} or an approval that is waited for, ends the agent's
 * call at once and reaches the step as it was thrown; the model does not hear of it.
 */
public final class Durable {
    private Durable() {}

    /**
     * Runs {@code agent} on this thread, which must be the step's own, with its calls of models and tools recorded in the step. May be
     * called several times in a step, one after the other.
     */
    public static <T> T in(StepContext<?> ctx, Callable<T> agent) throws Exception {
        return Scope.ofStep(ctx).run(agent);
    }

    /**
     * In a tool's code: a key that is the same for every attempt of this call of the tool. Hand it to services that recognise repeated
     * calls: a process that dies in the call has it made again.
     *
     * @throws IllegalStateException outside of a durable tool
     */
    public static String idempotencyKey() {
        return Scope.current()
                .flatMap(Scope::keyOfTool)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "No durable tool is called on this thread. Ask for its key in the tool's own code, on the thread that it is called on."));
    }

    /**
     * The same for one of several agents that work at a time, on any thread: {@code key} tells their calls apart and is the name of their
     * conversation. The same agent must get the same key when the step runs again.
     */
    public static <T> T in(StepContext<?> ctx, String key, Callable<T> agent) throws Exception {
        return Scope.ofAgent(ctx, key).run(agent);
    }
}
