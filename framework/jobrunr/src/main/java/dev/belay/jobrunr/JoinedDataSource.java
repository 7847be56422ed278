package dev.belay.jobrunr;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Hands JobRunr the connection of a transaction that is under way, so that what JobRunr writes is committed with it or not at all: commit,
 * rollback and close are left to whoever began it. A thread with no such transaction gets a connection of the application's.
 */
final class JoinedDataSource implements DataSource {
    private final DataSource source;
    private final ThreadLocal<@Nullable Connection> current = new ThreadLocal<>();

    JoinedDataSource(DataSource source) {
        this.source = source;
    }

    /** Work in which every connection is the transaction's. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException;
    }

    <T> T with(Connection transaction, Work<T> work) throws SQLException {
        Connection before = current.get();
        current.set(transaction);
        try {
            return work.run();
        } finally {
            if (before == null) {
                current.remove();
            } else {
                current.set(before);
            }
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection transaction = current.get();
        return transaction == null ? source.getConnection() : harmless(transaction);
    }

    private static Connection harmless(Connection transaction) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                    switch (method.getName()) {
                        case "commit", "rollback", "close", "setAutoCommit" -> {
                            return null;
                        }
                        case "getAutoCommit", "isClosed" -> {
                            return false;
                        }
                        default -> {
                            try {
                                return method.invoke(transaction, args);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        }
                    }
                });
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return source.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        source.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws java.sql.SQLFeatureNotSupportedException {
        return source.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return source.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return source.isWrapperFor(type);
    }
}
