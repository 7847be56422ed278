package dev.belay.crash;

import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Step;
import dev.belay.StepContext;
import dev.belay.crash.Ledger.Event;
import java.nio.file.Files;
import java.nio.file.Path;

/** The sagas that worker processes run while they are killed and stopped. */
final class CrashSagas {
    static final int STEPS = 6;
    /** While this file is missing, the process that is told to hold holds. */
    static final String RELEASE = "release";
    /** While this file is missing, the last step of a held saga does not end. */
    static final String FINISH = "finish";

    private CrashSagas() {}

    /** The input: the saga's number, which its steps write to the ledger. */
    record Order(long number) {}

    /** The output of a step. */
    record Sum(long value) {}

    /** Which process did it. */
    record By(long pid) {}

    /** Six steps of a few milliseconds, each of which computes on from the one before. */
    static SagaDefinition<Order, Sum> chain(Ledger ledger) {
        Saga<Order> saga = Saga.define("chain", Order.class);
        Step<Order, Sum> last = null;
        for (int i = 1; i <= STEPS; i++) {
            int position = i;
            Step<Order, Sum> before = last;
            last = saga.step("step-" + i, Sum.class, context -> {
                        long number = context.input().number();
                        ledger.write(Event.BEGIN, number, context.step(), context.attempt());
                        Thread.sleep((number + position) % 4);
                        long sum =
                                before == null ? number : context.output(before).value();
                        ledger.write(Event.END, number, context.step(), context.attempt());
                        return new Sum(next(sum, position));
                    })
                    .pure();
        }
        return saga.returns(last);
    }

    private static long next(long sum, int position) {
        return sum * 31 + position;
    }

    /** What a saga of {@link #chain} returns when nothing disturbs it. */
    static Sum undisturbed(long number) {
        long sum = number;
        for (int i = 1; i <= STEPS; i++) {
            sum = next(sum, i);
        }
        return new Sum(sum);
    }

    /** Holds in the middle, in an activity or in the step itself, until released; orders below zero also hold at their end. */
    static SagaDefinition<Order, By> held(Ledger ledger, Path folder, boolean inActivity, boolean holds) {
        Saga<Order> saga = Saga.define("held", Order.class);
        saga.step("before", By.class, context -> by()).pure();
        Step<Order, By> middle = saga.step("middle", By.class, context -> {
                    if (inActivity) {
                        return context.activity("call", By.class, () -> hold(ledger, folder, context, holds));
                    }
                    return hold(ledger, folder, context, holds);
                })
                .pure();
        saga.step("after", By.class, context -> {
                    if (context.input().number() < 0) {
                        waitFor(folder.resolve(FINISH));
                    }
                    return by();
                })
                .pure();
        return saga.returns(middle);
    }

    /** Order 0 ends its process at once, unless mended; the others do no harm. */
    static SagaDefinition<Order, By> poison(Ledger ledger, boolean mended) {
        Saga<Order> saga = Saga.define("poison", Order.class);
        return saga.returns(saga.step("drink", By.class, context -> {
                    ledger.write(Event.BEGIN, context.input().number(), context.step(), context.attempt());
                    if (context.input().number() == 0 && !mended) {
                        Runtime.getRuntime().halt(1);
                    }
                    return by();
                })
                .pure());
    }

    private static By hold(Ledger ledger, Path folder, StepContext<Order> context, boolean holds) {
        long number = context.input().number();
        ledger.write(Event.BEGIN, number, context.step(), context.attempt());
        if (holds) {
            waitFor(folder.resolve(RELEASE));
        }
        ledger.write(Event.END, number, context.step(), context.attempt());
        return by();
    }

    private static By by() {
        return new By(ProcessHandle.current().pid());
    }

    /** Not to be interrupted: a stale step offers its result whatever it is told. */
    private static void waitFor(Path file) {
        boolean interrupted = false;
        while (!Files.exists(file)) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
