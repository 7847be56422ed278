package dev.belay;

import dev.belay.agent.Budget;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a person may do to a saga that is stuck. Every call is recorded with actor, reason and time, in the same transaction as
 * its effect, and refused by {@link OperationRefused} if the saga's state does not allow it; a refused call changes nothing.
 *
 * <p>A value for a step is an object of the class the step declares, or a {@code JsonNode}, which is read as that class. Where that
 * class is not at hand, JSON is checked against the shape kept with the saga's plan. Read the JSON with {@code
 * USE_BIG_DECIMAL_FOR_FLOATS}, or decimals have lost their digits before they come here.
 */
public interface Operator {

    /** The same operator, whose calls are refused if the saga is no longer at the given {@link SagaView#version()}. */
    Operator expecting(String version);

    /**
     * The same operator, whose one call under this id is carried out at most once: a second one, whoever makes it, changes nothing and
     * returns the state that the first came to, {@link #purge} nothing. It is not asked what it {@linkplain #expecting expects}. For
     * requests that may be sent twice.
     *
     * <p>The calls throw {@code IllegalArgumentException} if the id was used for another saga, or another sort of decision.
     */
    Operator once(UUID request);

    /** The same operator, whose calls are about the given branch of a saga alone; see {@link SagaView.JobView#branch}. */
    Operator at(int branch);

    /**
     * Runs the failed step, or the failed undos, again with fresh retries. Recorded activities are not run again. Refused for a step
     * of which nobody knows whether it took effect: say that first, by {@link #resolveApplied} or {@link #resolveNotApplied}.
     */
    SagaState retry(UUID saga, String reason);

    /**
     * Runs the failed step again with another input, as a new run: new idempotency keys, nothing replayed, and what earlier
     * runs did is still undone if the saga is.
     */
    SagaState retryWithInput(UUID saga, Object input, String reason);

    /**
     * Goes on as if the failed step had returned {@code output}: a value of the class the step declares, null for a step of
     * {@code Void}, a {@link Next} for a routed step. Its own undo is spared, in every run of it; its activities' are not.
     *
     * <p>As JSON, {@code Void} is null, and what a routed step says is {@code {"to": "step", "input": …}}, where a chain step gets no
     * input, or {@code {"end": result}}.
     *
     * @throws PayloadException if the value is not what the step returns, in words; nothing is changed
     */
    SagaState skip(UUID saga, @Nullable Object output, String reason);

    /**
     * Says that a step of which nobody knew whether it took effect did, and what it returned: a value as for {@link #skip}. The saga
     * goes on with it, and unlike a skipped step it is undone if the saga is.
     *
     * @param evidence how that was found out
     */
    SagaState resolveApplied(UUID saga, @Nullable Object output, String evidence);

    /**
     * Says that a step of which nobody knew whether it took effect did not, and never will: it runs again. If the saga was cancelled
     * meanwhile and the step is its pivot, the saga is undone instead.
     *
     * @param evidence how that was found out
     */
    SagaState resolveNotApplied(UUID saga, String evidence);

    /**
     * Undoes a suspended saga, or as a whole one that goes back to a save-point. Past its pivot that is refused; see
     * {@link #forceCompensate}.
     */
    SagaState compensate(UUID saga, String reason);

    /** Undoes a suspended saga although it has passed its pivot, which itself stays as it is. */
    SagaState forceCompensate(UUID saga, String reason);

    /** Leaves what could not be undone as it is, and undoes the rest; the saga's end says that it left a residue. */
    SagaState acceptResidue(UUID saga, String reason);

    /**
     * Leaves the named effects as they are, and undoes the rest: each the name of a step or of an activity whose undo has failed. What
     * else has failed still waits for an operator.
     */
    SagaState acceptResidue(UUID saga, Collection<String> effects, String reason);

    /** Says that what could not be undone was undone by hand, with the evidence for it, and undoes the rest. */
    SagaState markUndone(UUID saga, String evidence);

    /** Cancels the saga; see {@link SagaHandle#cancel}. */
    SagaState cancel(UUID saga, String reason);

    /**
     * Approves what an approval step asks. The first decision counts. In a saga whose branches ask the same, say by {@link #at} which
     * one is meant.
     *
     * @param comment what the step's output gives as the reason
     * @throws OperationRefused if the step does not ask, is no approval, or somebody has decided before
     */
    SagaState approve(UUID saga, String step, String comment);

    /** Rejects what an approval step asks; see {@link #approve}. Unless the step returns rejections, that undoes the saga. */
    SagaState reject(UUID saga, String step, String reason);

    /**
     * Lets a call of a tool be made that a running step asks about; see {@link dev.belay.agent.ToolCall#approval}. What is executed are the
     * arguments that were stored when it was asked. {@link #approve} and {@link #reject} decide about it too, by its step.
     *
     * @param callId the provider's id of the call, as {@link OpenApproval#question} tells it
     * @throws OperationRefused if that call is not asked about, or was decided
     */
    SagaState approveCall(UUID saga, String callId, String comment);

    /** The same with other arguments, as JSON, in place of those asked for; recorded as edited. */
    SagaState approveCall(UUID saga, String callId, String editedArguments, String comment);

    /** Has the call not be made: the step's code gets a {@link dev.belay.agent.ToolRejected}, and may tell the model. */
    SagaState rejectCall(UUID saga, String callId, String reason);

    /**
     * Gives the saga a budget in place of its definition's, and has what a used-up budget has suspended run again.
     *
     * @throws OperationRefused if the saga has ended, or is being undone
     */
    SagaState raiseBudget(UUID saga, Budget budget, String reason);

    /**
     * Sets a later end to the saga's time. Of no use once the deadline has passed and acted.
     *
     * @throws OperationRefused if the saga has no deadline, or a later one
     */
    SagaState extendDeadline(UUID saga, Instant until, String reason);

    /** Gives the saga so much more time than its deadline says; see {@link #extendDeadline(UUID, Instant, String)}. */
    SagaState extendDeadline(UUID saga, Duration by, String reason);

    /**
     * Sets a later end to the time of the steps that run, wait or are tried again and have a deadline, or of that {@link #at} one
     * branch. A step that has failed begins with a new deadline when it is retried.
     *
     * @throws OperationRefused if there is no such step, or one has a later deadline
     */
    SagaState extendStepDeadline(UUID saga, Instant until, String reason);

    /** Gives these steps so much more time than their deadlines say; see {@link #extendStepDeadline(UUID, Instant, String)}. */
    SagaState extendStepDeadline(UUID saga, Duration by, String reason);

    /**
     * Stops the saga where it is, whichever way it goes: no step of it begins until it is resumed, and what falls due meanwhile acts
     * then. A running step ends undisturbed and is recorded; if it was the last, the saga ends. A cancel turns a paused saga, and
     * what it undoes is undone after the pause.
     */
    SagaState pause(UUID saga, String reason);

    /** Lets a paused saga go on where it stopped. */
    SagaState resume(UUID saga, String reason);

    /** Closes a saga that waits for an operator, as it is: nothing more is run or undone. */
    SagaState resolve(UUID saga, String reason);

    /**
     * Deletes an ended saga, its whole family, and all that belongs to them, whatever their age: journal, start key, messages, and
     * earlier decisions. What stays is one audit row that says who purged it and why. Cannot be taken back.
     *
     * @throws OperationRefused while the saga or anything of its family is open, if it is another saga's child (which goes with
     *     its root), or if somebody who listens has not been told of its end yet
     */
    Purged purge(UUID saga, String reason);
}
