package dev.belay.jobrunr.crash;

import dev.belay.FailurePolicy;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Step;
import dev.belay.jobrunr.crash.Ledger.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The sagas that servers run while they are killed. */
final class CrashSagas {
    static final int STEPS = 5;
    /** The last step that begins in a saga that is undone. */
    static final int FAILING = 4;

    private CrashSagas() {}

    /** The input: the saga's number, and the kill that its last step but one waits for; 0 if it waits for none. */
    record Order(long number, int kill) {
        /** Every fourth is undone. */
        boolean fails() {
            return number % 4 == 3;
        }
    }

    /** The output of a step. */
    record Sum(long value) {}

    /** Five steps of a few milliseconds, each of which computes on from the one before; of some sagas the fourth gives up. */
    static SagaDefinition<Order, Sum> chain(Ledger ledger, Path folder) {
        Saga<Order> saga = Saga.define("chain", Order.class);
        Step<Order, Sum> last = null;
        for (int i = 1; i <= STEPS; i++) {
            int position = i;
            Step<Order, Sum> before = last;
            last = saga.step("step-" + i, Sum.class, context -> {
                        Order order = context.input();
                        ledger.write(Event.BEGIN, order.number(), context.step(), context.idempotencyKey());
                        if (position == FAILING) {
                            while (order.kill() > 0 && !Files.exists(killed(folder, order.kill()))) {
                                Thread.sleep(10);
                            }
                        }
                        Thread.sleep((order.number() + position) % 4);
                        if (position == FAILING && order.fails()) {
                            throw new IllegalStateException("Order " + order.number() + " is to be undone.");
                        }
                        long sum = before == null
                                ? order.number()
                                : context.output(before).value();
                        ledger.write(Event.END, order.number(), context.step(), context.idempotencyKey());
                        return new Sum(next(sum, position));
                    })
                    .undo(undo -> {
                        long number = undo.input().number();
                        ledger.write(Event.BEGIN, number, "undo-" + undo.step(), undo.idempotencyKey());
                        Thread.sleep(number % 3);
                        ledger.write(Event.END, number, "undo-" + undo.step(), undo.idempotencyKey());
                    })
                    .retry(RetryPolicy.fixed(Duration.ofMillis(20)).upTo(2))
                    .onFailure(FailurePolicy.COMPENSATE);
        }
        return saga.returns(last);
    }

    /** What is there once a kill is over. */
    static Path killed(Path folder, int kill) {
        return folder.resolve("killed-" + kill);
    }

    private static long next(long sum, int position) {
        return sum * 31 + position;
    }

    /** What a saga returns when nothing disturbs it. */
    static Sum undisturbed(long number) {
        long sum = number;
        for (int i = 1; i <= STEPS; i++) {
            sum = next(sum, i);
        }
        return new Sum(sum);
    }
}
