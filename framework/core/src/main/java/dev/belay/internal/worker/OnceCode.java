package dev.belay.internal.worker;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.PayloadException;
import dev.belay.ReplayMismatch;
import dev.belay.SagaAborted;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.StepKind;
import dev.belay.StepRejected;
import dev.belay.UnknownPolicy;
import dev.belay.Verdict;
import dev.belay.internal.coordinator.Outcomes;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a step that may run at most once from running twice. That its code is about to run is recorded first. An attempt that was
 * begun so and of which nothing says how it ended is not repeated: its effect is looked for, and if that tells nothing, the step's
 * policy or an operator decides.
 */
final class OnceCode {
    /** The failure type of a step of which nobody knows whether it took effect. */
    static final String OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN";

    private final StepCode steps;
    private final Payloads payloads;

    OnceCode(StepCode steps, Payloads payloads) {
        this.steps = steps;
        this.payloads = payloads;
    }

    /** Looking for an effect failed. */
    private static final class Unverified extends Exception {
        private static final long serialVersionUID = 1L;

        Unverified(Throwable reason) {
            super(reason);
        }
    }

    /** What becomes of the saga instead of running the step; null if the step is to run. */
    @Nullable
    Wish insteadOf(SagaRun run, StepDefinition step, StepRunner runner, long from) throws Exception {
        boolean open =
                step.rules().atMostOnce() && run.job().attempt() > 1 && Outcomes.isOpen(run.history(), run.job());
        if (!open) {
            return null;
        }
        Handlers.Verification<?, ?> verification = step.rules().verification().orElse(null);
        if (verification == null) {
            return unknown(
                    run, step, failure(step, "its process died or its time was over", ""), StepCode.micros(from));
        }
        Verdict<?> verdict = verdict(run, step, runner, StepCode.cast(verification));
        if (verdict instanceof Verdict.Applied<?> applied) {
            return applied(run, step, applied.output(), from);
        } else if (verdict instanceof Verdict.NotApplied<?>) {
            return notApplied(run, step, StepCode.micros(from));
        }
        return unknown(run, step, failure(step, "its verification cannot tell", ""), StepCode.micros(from));
    }

    private Verdict<?> verdict(
            SagaRun run, StepDefinition step, StepRunner runner, Handlers.Verification<Object, Object> verification)
            throws Exception {
        try {
            Verdict<?> verdict = steps.inUserCode(run, runner, step, verification::verify);
            if (verdict == null) {
                throw new SagaException("The verification of step \"" + step.name()
                        + "\" returned null. Return Verdict.applied(…), notApplied() or unclear().");
            }
            return verdict;
        } catch (LeaseLost e) {
            throw e;
        } catch (Exception e) {
            throw new Unverified(e);
        }
    }

    private Wish applied(SagaRun run, StepDefinition step, @Nullable Object output, long from) {
        try {
            return steps.wishAfter(run, step, output, StepRunner.row(run, Result.SUCCEEDED, StepCode.micros(from)));
        } catch (Exception e) {
            // It must not run again all the same, so only a person can go on from here.
            Failure unusable = Failures.of(step.name(), e);
            return new Wish.Suspend(run.job(), row(run, Result.UNKNOWN, unusable, StepCode.micros(from)), unusable);
        }
    }

    private Wish notApplied(SagaRun run, StepDefinition step, long micros) {
        JobRow job = run.job();
        SagaException error = new SagaException("An attempt of step \"" + step.name()
                + "\" did not come to its end, and its verification found no effect.");
        Failure failure = Failures.of(step.name(), error);
        JournalRow row = row(run, Result.REJECTED, failure, micros);
        return step.retry()
                .delayAfter(job.failures() + 1, error)
                .<Wish>map(delay -> new Wish.Go(Move.to(job, row, Move.Target.again(job, delay))))
                .orElseGet(() -> steps.forGood(run, step, row, failure));
    }

    /** What becomes of the saga after an attempt that may have had its effect; empty if the step's own rules say that. */
    Optional<Wish> failed(SagaRun run, StepDefinition step, Throwable error, long micros) {
        if (error instanceof OutcomeUnknown) {
            Failure failure =
                    new Failure(step.name(), OUTCOME_UNKNOWN, String.valueOf(error.getMessage()), stack(step, error));
            return Optional.of(unknown(run, step, failure, micros));
        }
        if (error instanceof Unverified) {
            return Optional.of(unverified(run, step, error.getCause() == null ? error : error.getCause(), micros));
        }
        boolean speaksForItself = error instanceof StepRejected
                || error instanceof SagaAborted
                || error instanceof PayloadException
                || error instanceof ReplayMismatch
                || error instanceof StepCode.UnusableResult;
        if (speaksForItself || !hasBegun(run, step)) {
            return Optional.empty();
        }
        if (run.stopping() == SagaRun.Stop.TIMED_OUT) {
            return Optional.of(lookAgain(run, step, "its time was over", error, micros));
        }
        if (step.rules().verification().isPresent()) {
            return Optional.of(lookAgain(run, step, "it threw", error, micros));
        }
        Failure failure = Failures.of(step.name(), error);
        return Optional.of(steps.forGood(run, step, row(run, Result.GAVE_UP, failure, micros), failure));
    }

    /** What becomes of the saga if the step ignores its timeout; empty unless it may run at most once. */
    Optional<Wish> timedOut(SagaRun run, StepDefinition step, Throwable error, long micros) {
        return hasBegun(run, step)
                ? Optional.of(lookAgain(run, step, "it did not stop when its time was over", error, micros))
                : Optional.empty();
    }

    private static boolean hasBegun(SagaRun run, StepDefinition step) {
        JobRow job = run.job();
        return step.rules().atMostOnce()
                && run.history().stream()
                        .anyMatch(row -> row.kind() == Kind.STARTED
                                && row.n() == job.attempt()
                                && row.isOf(job.branch(), job.seq(), job.run()));
    }

    /** The next claim looks for the effect, if the step says how. */
    private Wish lookAgain(SagaRun run, StepDefinition step, String why, Throwable error, long micros) {
        Failure failure = failure(step, why + ": " + error.getMessage(), stack(step, error));
        return step.rules().verification().isPresent()
                ? again(run, failure, run.job().failures(), Duration.ZERO, micros)
                : unknown(run, step, failure, micros);
    }

    private Wish unverified(SagaRun run, StepDefinition step, Throwable error, long micros) {
        Failure failure = failure(step, "looking for its effect failed: " + error.getMessage(), stack(step, error));
        int failures = run.job().failures() + 1;
        return step.retry()
                .delayAfter(failures, error)
                .map(delay -> again(run, failure, failures, delay, micros))
                .orElseGet(() -> unknown(run, step, failure, micros));
    }

    private Wish again(SagaRun run, Failure failure, int failures, Duration delay, long micros) {
        JobRow job = run.job();
        Move.Target target = new Move.Target(
                JobRow.State.WAITING,
                job.undoing(),
                job.seq(),
                job.run(),
                job.item(),
                job.step(),
                job.attempt(),
                failures,
                delay);
        return new Wish.Go(Move.to(job, row(run, Result.UNKNOWN, failure, micros), target));
    }

    private Wish unknown(SagaRun run, StepDefinition step, Failure failure, long micros) {
        JournalRow row = row(run, Result.UNKNOWN, failure, micros);
        return step.rules().onUnknown() == UnknownPolicy.COMPENSATE && step.kind() != StepKind.PIVOT
                ? new Wish.Compensate(run.job(), row, Cause.STEP_FAILED, failure)
                : new Wish.Suspend(run.job(), row, failure);
    }

    private JournalRow row(SagaRun run, Result outcome, Failure failure, long micros) {
        return StepRunner.row(run, outcome, micros).failing(Failures.json(payloads, failure));
    }

    private static String stack(StepDefinition step, Throwable error) {
        return Failures.of(step.name(), error).stack();
    }

    private static Failure failure(StepDefinition step, String why, String stack) {
        return new Failure(
                step.name(),
                OUTCOME_UNKNOWN,
                "Nobody knows whether step \"" + step.name() + "\" took effect: " + why
                        + ". Find out, and say so by resolveApplied(…) or resolveNotApplied(…).",
                stack);
    }
}
