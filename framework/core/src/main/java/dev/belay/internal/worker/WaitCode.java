package dev.belay.internal.worker;

import dev.belay.GroupSummary;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.StepDefinition.Body;
import dev.belay.StepRejected;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.coordinator.Locking;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
        if (run.waitBegan().isPresent()) {
            return steps.chained(run, done(run, from, null));
        }
        Handlers.Chain<Object, Duration> duration = StepCode.cast(sleep.duration());
        Duration length = steps.inUserCode(run, runner, step, context -> said(step, duration.run(context)));
        if (length.isZero() || length.isNegative()) {
            return steps.chained(run, done(run, from, null));
        }
        return new Wish.Rest(run.job(), began(run, Awaited.TIME, null), Awaited.TIME, length);
    }

    private static JournalRow began(SagaRun run, String awaits, @Nullable Payload about) {
        JobRow job = run.job();
        return JournalRow.wait(job.place(), job.attempt(), awaits, 0, null).returning(about, null, null);
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
            throw new WaitOver("No signal \"" + step.name() + "\" came within "
                    + step.rules().deadline().map(String::valueOf).orElse("its time") + ".");
        }
        return new Wish.Rest(job, run.waitBegan().isPresent() ? null : began(run, awaits, null), awaits, null);
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
        return new Wish.Rest(job, began == null ? began(run, awaits, about) : null, awaits, null);
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
