package dev.belay.testing;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source whose connections can be cut all at once and for ever. To the database that looks as if the process had been
 * killed: what was not committed is gone, and nothing comes after.
 */
final class CuttableDataSource implements DataSource {
    private static final String CONNECTION_FAILURE = "08006";

    private final DataSource source;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    CuttableDataSource(DataSource source) {
        this.source = source;
    }

    void cut() {
        cut = true;
        open.forEach(CuttableDataSource::abort);
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            // It was broken already, which is all that is wanted.
            return;
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        refuseIfCut();
        Connection connection = source.getConnection();
        open.add(connection);
        if (cut) {
            abort(connection);
            refuseIfCut();
        }
        return connection;
    }

    private void refuseIfCut() throws SQLException {
        if (cut) {
            throw new SQLException("The worker's connections were cut, as the test had asked.", CONNECTION_FAILURE);
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("Only the user of the data source itself connects.");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
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
