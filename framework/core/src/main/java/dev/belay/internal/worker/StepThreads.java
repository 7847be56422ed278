package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that steps run on: virtual ones on a JVM that has them, found by reflection because the library also runs on 17. */
final class StepThreads {
    private StepThreads() {}

    static ThreadFactory factory(WorkerOptions options) {
        ThreadFactory virtual = options.virtualThreads() ? virtual() : null;
        return virtual != null ? virtual : platform();
    }

    private static ThreadFactory platform() {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, "belay-step-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static @Nullable ThreadFactory virtual() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Method name = type.getMethod("name", String.class, long.class);
            Object named = name.invoke(builder, "belay-step-", 1L);
            return (ThreadFactory) type.getMethod("factory").invoke(named);
        } catch (NoSuchMethodException | ClassNotFoundException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("This JVM has virtual threads that cannot be made", e);
        }
    }
}
