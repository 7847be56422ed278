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
public final class ReplyLosingDataSource implements DataSource {
    private final DataSource source;
    private final AtomicReference<String> armed = new AtomicReference<>();
    private final AtomicReference<Thread> committer = new AtomicReference<>();
    private final AtomicReference<Connection> written = new AtomicReference<>();
    private volatile boolean commitMade;
    private final AtomicInteger lost = new AtomicInteger();

    /** A database behind {@code source} that loses nothing yet. */
    public ReplyLosingDataSource(DataSource source) {
        this.source = source;
    }

    /** The next statement that writes to {@code table} is committed, by itself or with its transaction, and the commit is not answered. */
    void loseNextReplyAbout(String table) {
        armed.set(table);
    }

    /** The next commit that the present thread asks for is not answered; whether it is made is for the caller to say. */
    public void loseNextCommitHere(boolean made) {
        commitMade = made;
        committer.set(Thread.currentThread());
    }

    /** How many replies were lost. */
    public int lost() {
        return lost.get();
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = source.getConnection();
        return (Connection) proxy(Connection.class, (proxy, method, args) -> {
            boolean commits = method.getName().equals("commit");
            boolean lost = commits && committer.compareAndSet(Thread.currentThread(), null);
            if (lost && !commitMade) {
                throw broken(connection);
            }
            Object result = invoke(connection, method, args);
            if (lost || (commits && written.compareAndSet(connection, null))) {
                throw broken(connection);
            }
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
            if (method.getName().startsWith("execute") && about && armed.compareAndSet(table, null)) {
                if (connection.getAutoCommit()) {
                    throw broken(connection);
                }
                written.set(connection);
            }
            return result;
        });
    }

    private SQLException broken(Connection connection) throws SQLException {
        lost.incrementAndGet();
        connection.abort(Runnable::run);
        return new SQLException("The reply was lost, as the test had asked.", "08006");
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
