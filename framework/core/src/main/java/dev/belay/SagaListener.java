package dev.belay;

import dev.belay.SagaEvent.Type;
import java.util.EnumSet;
import java.util.Set;

/**
 * Is told what happens to sagas, at least once each, in a worker process after the change has committed.
 *
 * <p>Give it to {@link BelayBuilder#listener} to hear of every definition, or to {@link Saga#onEvent} for one. It runs without a
 * transaction and without a connection held, on a thread of its own: a worker tells one listener one event at a time, and a slow
 * one keeps nobody else waiting. If it throws, it alone is told again, after half a minute, then after longer and longer waits
 * of up to half an hour, without end. If it takes longer than a minute, another process may tell it meanwhile. Events may come
 * out of order.
 *
 * <p>An event goes to the receivers that the worker process which takes it was opened with. So give all of them the same.
 */
@FunctionalInterface
public interface SagaListener {

    /** Hears an event. Its id tells repeated deliveries apart. */
    void heard(SagaEvent event) throws Exception;

    /** The types it is told of; all unless overridden. Always the same. */
    default Set<Type> types() {
        return EnumSet.allOf(Type.class);
    }

    /**
     * What tells this receiver apart from others: the events it has still to hear are kept under this name. The name of its class
     * unless overridden; of several that share a name, the order in which they were given decides. Always the same.
     */
    default String name() {
        String name = getClass().getName();
        int generated = name.indexOf("$$Lambda");
        return generated < 0 ? name : name.substring(0, generated) + " lambda";
    }

    /** The same listener, told of these types only, and of none that it did not hear before. */
    default SagaListener only(Type first, Type... more) {
        Set<Type> types = EnumSet.of(first, more);
        types.retainAll(types());
        SagaListener all = this;
        return new SagaListener() {
            @Override
            public void heard(SagaEvent event) throws Exception {
                all.heard(event);
            }

            @Override
            public Set<Type> types() {
                return types;
            }

            @Override
            public String name() {
                return all.name();
            }
        };
    }
}
