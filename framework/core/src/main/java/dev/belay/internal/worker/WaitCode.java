package dev.belay.internal.worker;

import dev.belay.Approval;
import dev.belay.GroupSummary;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.StepDefinition.Body;
import dev.belay.StepRejected;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.coordinator.Locking;
import dev.belay.internal.coordinator.Question;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps that wait. Such a step is begun, rests without a thread, and is looked at again whenever its job is claimed: when what it
 * waits for has come, when its time is over, or for no reason at all. So each look asks afresh whether the wait is over.
 */
final class WaitCode {
    private final StepCode steps;
    private final ChildCode childCode;
    private final Payloads payloads;

    WaitCode(StepCode steps, ChildCode childCode, Payloads payloads) {
        this.steps = steps;
        this.childCode = childCode;
        this.payloads = payloads;
    }

    Wish run(SagaRun run, StepDefinition step, StepRunner runner, long from) throws Exception {
        Body body = step.body();
        if (body instanceof Body.Parallel parallel) {
            return parallel(run, runner, parallel, from);
        } else if (body instanceof Body.FanOut fanOut) {
            return fanOut(run, runner, step, fanOut, from);
        } else if (body instanceof Body.Child child) {
            return childCode.run(run, step, child, runner, from);
        } else if (body instanceof Body.Sleep sleep) {
            return sleep(run, runner, step, sleep, from);
        } else if (body instanceof Body.Signal) {
            return signal(run, runner, step, from);
        } else if (body instanceof Body.Lock lock) {
            return lock(run, runner, step, lock, from);
        } else if (body instanceof Body.Approve approve) {
            return approve(run, runner, step, approve, from);
        }
        throw new IllegalStateException("A step that cannot wait: " + step);
    }

    private static <T> T said(StepDefinition step, @Nullable T answer) {
        if (answer == null) {
            throw new SagaException(
                    "Step \"" + step.name() + "\" must say what it waits for, but its code returned null.");
        }
        return answer;
    }

    private static JournalRow done(SagaRun run, long from, @Nullable Payload output) {
        return StepRunner.row(run, Result.SUCCEEDED, StepCode.micros(from)).returning(output, null, null);
    }

    private Wish parallel(SagaRun run, StepRunner runner, Body.Parallel parallel, long from) throws Exception {
        JobRow job = run.job();
        if (run.waitBegan().isPresent()) {
            return joined(run, runner).orElse(steps.chained(run, done(run, from, null)));
        }
        List<String> first = parallel.lines().stream()
                .map(line -> run.plan().first(line).name())
                .toList();
        List<@Nullable Payload> inputs = new ArrayList<>();
        Payload input = job.branch() == 0 ? null : run.branchInput();
        first.forEach(step -> inputs.add(input));
        return new Wish.Fork(job, first, inputs, first.size());
    }

    /** Waits on, if a branch is still open. */
    private static Optional<Wish> joined(SagaRun run, StepRunner runner) {
        JobRow job = run.job();
        return runner.hasOpenBranches(job)
                ? Optional.of(new Wish.Rest(job, null, Awaited.JOIN, null))
                : Optional.empty();
    }

    private Wish fanOut(SagaRun run, StepRunner runner, StepDefinition step, Body.FanOut fanOut, long from)
            throws Exception {
        JobRow job = run.job();
        JournalRow began = run.waitBegan().orElse(null);
        if (began != null) {
            Optional<Wish> open = joined(run, runner);
            return open.isPresent() ? open.get() : steps.chained(run, done(run, from, summary(run, runner, began)));
        }
        Handlers.Chain<Object, Collection<?>> items = StepCode.cast(fanOut.items());
        Collection<?> all = steps.inUserCode(run, runner, step, context -> said(step, items.run(context)));
        List<@Nullable Payload> inputs = new ArrayList<>();
        int number = 0;
        for (Object item : all) {
            number++;
            if (item == null) {
                throw new SagaException(
                        "Item " + number + " of fan-out \"" + step.name() + "\" is null; leave it out.");
            }
            inputs.add(payloads.encode(item, fanOut.item(), "Item " + number + " of fan-out \"" + step.name() + "\""));
        }
        if (inputs.isEmpty()) {
            return steps.chained(run, done(run, from, encode(new GroupSummary(0, 0, 0))));
        }
        String first = run.plan().first(fanOut.perItem()).name();
        int atOnce = run.plan().step(step.name()).map(Plan.PlannedStep::atOnce).orElse(1);
        return new Wish.Fork(job, java.util.Collections.nCopies(inputs.size(), first), inputs, atOnce);
    }

    private @Nullable Payload summary(SagaRun run, StepRunner runner, JournalRow began) {
        int first = began.item();
        int last = Integer.parseInt(String.valueOf(began.target()));
        int items = last - first + 1;
        int succeeded = runner.countDone(run.job().sagaId(), first, last);
        return encode(new GroupSummary(items, succeeded, items - succeeded));
    }

    private @Nullable Payload encode(GroupSummary summary) {
        return payloads.encode(summary, GroupSummary.class, "A group's summary");
    }

    private Wish sleep(SagaRun run, StepRunner runner, StepDefinition step, Body.Sleep sleep, long from)
            throws Exception {
        JournalRow began = run.waitBegan().orElse(null);
        if (began != null) {
            Duration left = left(run.job(), began, length(began));
            if (left.isZero()) {
                return steps.chained(run, done(run, from, null));
            }
            if (run.job().isOverdue()) {
                throw new WaitOver(
                        "Step \"" + step.name() + "\" was to sleep longer than its time of " + time(step) + ".");
            }
            return new Wish.Rest(run.job(), null, Awaited.TIME, left);
        }
        Handlers.Chain<Object, Duration> duration = StepCode.cast(sleep.duration());
        Duration length = steps.inUserCode(run, runner, step, context -> said(step, duration.run(context)));
        if (length.isZero() || length.isNegative()) {
            return steps.chained(run, done(run, from, null));
        }
        // As the database keeps it, so that the end of the sleep is the very time at which the job falls due.
        Duration exact = length.truncatedTo(ChronoUnit.MICROS);
        Payload about = payloads.encode(exact, Duration.class, "The length of a sleep");
        return new Wish.Rest(run.job(), began(run, Awaited.TIME, 0, about), Awaited.TIME, exact);
    }

    private Duration length(JournalRow began) {
        Duration length = payloads.decode(began.output(), Duration.class, "The length of a sleep");
        return length == null ? Duration.ZERO : length;
    }

    /**
     * How much of {@code time} was left, since {@code row} was written, when the job fell due or was woken. Both are the database's
     * times, and neither is later than now.
     */
    private static Duration left(JobRow job, JournalRow row, Duration time) {
        Instant until = Objects.requireNonNull(row.recordedAt()).plus(time);
        return job.runAt().isBefore(until) ? Duration.between(job.runAt(), until) : Duration.ZERO;
    }

    private static JournalRow began(SagaRun run, String awaits, int level, @Nullable Payload about) {
        JobRow job = run.job();
        return JournalRow.wait(job.place(), job.attempt(), awaits, level, null).returning(about, null, null);
    }

    private static String time(StepDefinition step) {
        return step.rules().deadline().map(String::valueOf).orElse("which the code no longer tells");
    }

    private Wish signal(SagaRun run, StepRunner runner, StepDefinition step, long from) throws Exception {
        JobRow job = run.job();
        String awaits = Awaited.signal(step.name());
        JournalRow message = runner.oldestMessage(job.sagaId(), awaits).orElse(null);
        if (message != null) {
            return new Wish.Receive(
                    steps.chained(run, done(run, from, message.output())).move(), message.n(), awaits);
        }
        if (job.isOverdue()) {
            throw new WaitOver("No signal \"" + step.name() + "\" came within its time of " + time(step) + ".");
        }
        return new Wish.Rest(job, run.waitBegan().isPresent() ? null : began(run, awaits, 0, null), awaits, null);
    }

    private Wish approve(SagaRun run, StepRunner runner, StepDefinition step, Body.Approve body, long from)
            throws Exception {
        JobRow job = run.job();
        Question question = Question.of(job, run.history());
        String awaits = Awaited.approval(step.name());
        JournalRow decision = question.asked().isEmpty()
                ? null
                : runner.message(job.sagaId(), awaits, question.key()).orElse(null);
        if (decision != null) {
            return decided(run, step, decision, from);
        }
        if (job.isOverdue()) {
            return undecided(run, step, from);
        }
        Duration escalation = step.rules().escalateAfter().orElse(null);
        if (question.asked().isEmpty()) {
            Handlers.Chain<Object, Object> asks = StepCode.cast(body.question());
            Object asked = steps.inUserCode(run, runner, step, context -> said(step, asks.run(context)));
            Payload about = payloads.encode(asked, Object.class, "The question of step \"" + step.name() + "\"");
            return new Wish.Rest(job, began(run, awaits, 0, about), awaits, escalation);
        }
        JournalRow last = question.asked().get(question.asked().size() - 1);
        Duration left = escalation == null ? null : left(job, last, escalation);
        if (left == null || !left.isZero()) {
            return new Wish.Rest(job, null, awaits, left);
        }
        return new Wish.Rest(job, began(run, awaits, question.asked().size(), last.output()), awaits, escalation);
    }

    private Wish decided(SagaRun run, StepDefinition step, JournalRow decision, long from) throws Exception {
        Approval approval = Objects.requireNonNull(
                payloads.decode(decision.output(), Approval.class, "The decision about \"" + step.name() + "\""));
        if (approval.approved() || step.rules().returnsRejections()) {
            return steps.chained(run, done(run, from, decision.output()));
        }
        throw new StepRejected(approval.by() + " rejected \"" + step.name() + "\": " + approval.reason());
    }

    private Wish undecided(SagaRun run, StepDefinition step, long from) throws Exception {
        String fact = "Nobody decided about \"" + step.name() + "\" within its time of " + time(step) + ".";
        if (!step.rules().returnsRejections()) {
            throw new WaitOver(fact);
        }
        Approval none = new Approval(
                false, "deadline", fact, Objects.requireNonNull(run.job().deadlineAt()));
        return steps.chained(run, done(run, from, payloads.encode(none, Approval.class, "What a deadline decides")));
    }

    /** The keys are recorded when the wait begins, so that every look asks for the same. */
    private Wish lock(SagaRun run, StepRunner runner, StepDefinition step, Body.Lock lock, long from) throws Exception {
        JobRow job = run.job();
        JournalRow began = run.waitBegan().orElse(null);
        Payload recorded = began == null ? null : began.output();
        String[] keys = recorded == null
                ? keys(run, runner, step, lock)
                : payloads.decode(recorded, String[].class, "The keys of lock \"" + step.name() + "\"");
        if (keys == null || keys.length == 0) {
            return steps.chained(run, done(run, from, null));
        }
        boolean mayWait = !step.rules().failsIfLocked() && !job.isOverdue();
        Locking.Answer answer = runner.askLocks(job, List.of(keys), mayWait);
        if (answer.missing() == null) {
            return steps.chained(run, done(run, from, null));
        }
        if (!mayWait && answer.holder() != null) {
            String held = "Lock \"" + answer.missing() + "\" is held by saga " + answer.holder();
            if (step.rules().failsIfLocked()) {
                throw new StepRejected(held + ".");
            }
            throw new WaitOver(held + ", and did not come to step \"" + step.name() + "\" within "
                    + step.rules().deadline().map(String::valueOf).orElse("its time") + ".");
        }
        String awaits = Awaited.lock(answer.missing());
        Payload about = payloads.encode(keys, String[].class, "The keys of lock \"" + step.name() + "\"");
        return new Wish.Rest(job, began == null ? began(run, awaits, 0, about) : null, awaits, null);
    }

    private String[] keys(SagaRun run, StepRunner runner, StepDefinition step, Body.Lock lock) throws Exception {
        Handlers.Chain<Object, Collection<String>> keys = StepCode.cast(lock.keys());
        Collection<String> all = steps.inUserCode(run, runner, step, context -> said(step, keys.run(context)));
        for (String key : all) {
            if (key == null || key.isEmpty()) {
                throw new SagaException("Lock step \"" + step.name() + "\" asks for a key that is null or empty.");
            }
        }
        return new TreeSet<>(all).toArray(String[]::new);
    }

    /** What a step waited for did not come in time. Trying again would not help: its time is over. */
    static final class WaitOver extends SagaException {
        private static final long serialVersionUID = 1L;

        WaitOver(String message) {
            super(message);
        }
    }
}
