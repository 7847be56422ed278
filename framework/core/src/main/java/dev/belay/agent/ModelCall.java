package dev.belay.agent;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * One call of a model inside a step, recorded with its messages, tokens and cost, and never made again once it is recorded.
 *
 * <p>Before it is made, the budgets of its saga and tenant and the provider's limits are asked. If the limits say so, the step
 * rests without a thread until its turn comes; when it runs again, what is recorded is replayed.
 */
public interface ModelCall {

    /** Tells this call from others of the same name, whatever their order; needed when it is made from another thread. */
    ModelCall key(String key);

    /** Runs before recording; what it throws makes the call a failed attempt, whose tokens count all the same. */
    ModelCall accept(Consumer<? super ModelReply> check);

    /** A key that is the same for every attempt of this call: hand it to providers that recognise repeated calls. */
    String idempotencyKey();

    /**
     * Makes the call, or returns what an earlier attempt recorded. {@code call} may throw {@link RetryLater} to have the step rest
     * as long as the provider says.
     *
     * @throws BudgetReached if a budget is used up: let it pass, and the saga is suspended for an operator
     * @throws dev.belay.ReplayMismatch if another request was recorded for this call; the message says what differs
     * @throws dev.belay.ActivityFailed if the call failed
     */
    ModelReply run(Callable<ModelReply> call);
}
