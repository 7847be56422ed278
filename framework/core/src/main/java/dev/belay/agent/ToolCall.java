package dev.belay.agent;

import dev.belay.Undo;
import dev.belay.Verdict;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** One call of a tool inside a step, recorded with its arguments, and never made again once it is recorded. */
public interface ToolCall {

    /** What a tool does with its arguments. */
    @FunctionalInterface
    interface Tool {
        /** The result, as it is told to the model. */
        String call(String arguments) throws Exception;
    }

    /** As of {@link dev.belay.ActivityCall#undo}. */
    <D> ToolCall undo(Undo<D> undo, D data);

    /** The same with data made of the arguments that the tool is called with, which a person may have put in place of the model's. */
    <D> ToolCall undoBy(Undo<D> undo, Function<? super String, ? extends D> data);

    /**
     * Has a person approve this very call first: its arguments are stored with their hash, the step rests without a thread, and what
     * is approved is what is executed, or the arguments that the person has put in their place. No model is asked again.
     */
    ToolCall approval(ToolApproval approval);

    /** As of {@link dev.belay.ActivityCall#atMostOnce}. */
    ToolCall atMostOnce();

    /** As of {@link dev.belay.ActivityCall#verify}. */
    ToolCall verify(Callable<Verdict<String>> found);

    /** A key that is the same for every attempt of this call: hand it to services that recognise repeated calls. */
    String idempotencyKey();

    /**
     * Calls the tool, or returns what an earlier attempt recorded.
     *
     * @throws ToolRejected if a person has rejected the call, or nobody decided in time: tell the model, and it may go on without
     * @throws dev.belay.ReplayMismatch if the same call was recorded with other arguments
     * @throws dev.belay.ActivityFailed if the tool failed
     */
    String run(Tool tool);
}
