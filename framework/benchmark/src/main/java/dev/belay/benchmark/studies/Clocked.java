package dev.belay.benchmark.studies;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Takes the time of the two statements that a worker lives by: its claims, and the advances of its jobs from step to step. */
final class Clocked {
    private static final Set<String> EXECUTIONS =
            Set.of("execute", "executeQuery", "executeUpdate", "executeLargeUpdate");

    final Watch claims = new Watch();
    final Watch advances = new Watch();
    private final DataSource dataSource;

    private Clocked(DataSource real) {
        this.dataSource = over(DataSource.class, real, (method, arguments) -> {
            Object result = method.invoke(real, arguments);
            return result instanceof Connection connection ? clocked(connection) : result;
        });
    }

    static Clocked over(DataSource real) {
        return new Clocked(real);
    }

    /** The same connections, with a clock on what they do. */
    DataSource dataSource() {
        return dataSource;
    }

    /** What statements of one kind took, in all and at the most. */
    static final class Watch {
        private final LongAdder nanos = new LongAdder();
        private final LongAccumulator longest = new LongAccumulator(Math::max, 0);
        private final AtomicLong statements = new AtomicLong();

        private void took(long time) {
            nanos.add(time);
            longest.accumulate(time);
            statements.incrementAndGet();
        }

        long statements() {
            return statements.get();
        }

        double millis() {
            return nanos.sum() / 1e6;
        }

        /** The longest since the last call. */
        double longestMillis() {
            return longest.getThenReset() / 1e6;
        }
    }

    private Connection clocked(Connection real) {
        return over(Connection.class, real, (method, arguments) -> {
            Object result = method.invoke(real, arguments);
            if (result instanceof PreparedStatement statement && arguments != null) {
                Watch watch = watch((String) arguments[0]);
                return watch == null ? statement : clocked(statement, watch);
            }
            return result;
        });
    }

    private static PreparedStatement clocked(PreparedStatement real, Watch watch) {
        return over(PreparedStatement.class, real, (method, arguments) -> {
            if (!EXECUTIONS.contains(method.getName())) {
                return method.invoke(real, arguments);
            }
            long from = System.nanoTime();
            try {
                return method.invoke(real, arguments);
            } finally {
                watch.took(System.nanoTime() - from);
            }
        });
    }

    private @Nullable Watch watch(String sql) {
        if (sql.contains("set state = 'C'") && sql.contains("skip locked")) {
            return claims;
        }
        return sql.contains("unnest(") && sql.contains(".job j") && sql.contains("insert into belay.journal")
                ? advances
                : null;
    }

    private interface Call {
        @Nullable
        Object with(Method method, Object @Nullable [] arguments) throws ReflectiveOperationException;
    }

    private static <T> T over(Class<T> type, Object real, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return call.with(method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
