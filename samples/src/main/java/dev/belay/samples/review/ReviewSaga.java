package dev.belay.samples.review;

import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Step;
import dev.belay.StepContext;
import dev.belay.samples.model.ModelClient;
import java.util.ArrayList;

/** The review agent: one hundred passages, one step each, every step a model call; at the end a report out of all answers. */
public final class ReviewSaga {

    /** How many passages, and so steps, a review has. */
    public static final int PASSAGES = 100;

    private ReviewSaga() {}

    /**
     * The definition.
     *
     * @param before what happens between the start of a step and its model call; the demo stops a worker there
     */
    public static SagaDefinition<ReviewRequest, ReviewReport> review(ModelClient model, BeforeCall before) {
        var saga = Saga.define("review", ReviewRequest.class);
        var reviews = new ArrayList<Step<ReviewRequest, Review>>();
        for (var number = 1; number <= PASSAGES; number++) {
            var passage = number;
            var name = String.format("passage-%03d", number);
            reviews.add(saga.step(name, Review.class, ctx -> ask(model, before, ctx, passage))
                    .pure());
        }
        return saga.returns(ReviewReport.class, data -> {
            var answers = reviews.stream().map(data::output).toList();
            return ReviewReport.of(answers, PASSAGES);
        });
    }

    private static Review ask(ModelClient model, BeforeCall before, StepContext<ReviewRequest> ctx, int number)
            throws InterruptedException {
        var run = ctx.input().run();
        var passage = ctx.input().passage(number);
        before.call(run, number);
        // The key is the same for every attempt of this step, so that a provider can tell a repeated call from a new
        // one.
        var reply = model.withLabel(run).chat("reviewer-1", ReviewPrompt.of(passage), ctx.idempotencyKey());
        return Review.of(passage, reply.text());
    }

    /** Something to be done before a passage's model call. */
    @FunctionalInterface
    public interface BeforeCall {

        /** Nothing. */
        BeforeCall NOTHING = (run, number) -> {};

        /** Returns when the call may be made. */
        void call(String run, int number) throws InterruptedException;
    }
}
