package dev.belay.inspect;

import dev.belay.FailurePolicy;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import java.math.BigInteger;
import java.util.List;

/** Sagas for these tests: what becomes of one is said by its input. */
final class Shop {
    private Shop() {}

    /** What is ordered. */
    record Order(String what, BigInteger amount, Customer customer, List<String> tags) {
        static Order of(String what) {
            return new Order(what, BigInteger.valueOf(5), new Customer("c-" + what, true), List.of("a", "b"));
        }

        static Order worth(String amount) {
            return new Order("fine", new BigInteger(amount), new Customer("rich", false), List.of());
        }
    }

    /** Who orders. */
    record Customer(String id, boolean gold) {}

    /** What is given back. */
    record Receipt(String what, int number) {}

    /** Completes; is suspended if its input begins with "stuck", compensated if "sold out", and waits for a person if "ask". */
    static SagaDefinition<Order, Receipt> orders() {
        return named("order", "default", 1);
    }

    static SagaDefinition<Order, Receipt> named(String name, String queue, int version) {
        var saga = Saga.define(name, Order.class).version(version).queue(queue);
        saga.step("reserve", String.class, ctx -> "room").undo(u -> {});
        saga.approval("grant", ctx -> ctx.input())
                .onlyIf(ctx -> ctx.input().what().equals("ask"));
        return saga.returns(saga.pivot("charge", Receipt.class, ctx -> {
                    String what = ctx.input().what();
                    if (what.startsWith("stuck")) {
                        throw new IllegalStateException("The card of " + what + " is declined: 50% ' \" <b>");
                    }
                    if (what.equals("sold out")) {
                        throw new StepRejected("no room left");
                    }
                    return ctx.activity("pay", Receipt.class, () -> new Receipt(what, 7));
                })
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.SUSPEND));
    }
}
