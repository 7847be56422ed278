package dev.belay.conformance;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A database whose connection can break just after a statement was committed, so that whoever sent it never hears of it. */
final class ReplyLosingDataSource implements DataSource {
    private final DataSource source;
    private final AtomicReference<String> armed = new AtomicReference<>();
    private final AtomicInteger lost = new AtomicInteger();

    ReplyLosingDataSource(DataSource source) {
        this.source = source;
    }

    /** The next statement that writes to {@code table} by itself, in autocommit, is committed and not answered. */
    void loseNextReplyAbout(String table) {
        armed.set(table);
    }

    int lost() {
        return lost.get();
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = source.getConnection();
        return (Connection) proxy(Connection.class, (proxy, method, args) -> {
            Object result = invoke(connection, method, args);
            return result instanceof PreparedStatement statement && args[0] instanceof String sql
                    ? watched(connection, statement, sql)
                    : result;
        });
    }

    private PreparedStatement watched(Connection connection, PreparedStatement statement, String sql) {
        return (PreparedStatement) proxy(PreparedStatement.class, (proxy, method, args) -> {
            Object result = invoke(statement, method, args);
            String table = armed.get();
            boolean about = table != null && sql.contains("insert into") && sql.contains("." + table);
            if (method.getName().startsWith("execute") && about && connection.getAutoCommit()) {
                armed.set(null);
                lost.incrementAndGet();
                connection.abort(Runnable::run);
                throw new SQLException("The reply was lost, as the test had asked.", "08006");
            }
            return result;
        });
    }

    private static Object proxy(Class<?> type, java.lang.reflect.InvocationHandler handler) {
        return Proxy.newProxyInstance(ReplyLosingDataSource.class.getClassLoader(), new Class<?>[] {type}, handler);
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
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
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
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
