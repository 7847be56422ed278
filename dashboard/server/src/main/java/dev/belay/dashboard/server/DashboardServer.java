package dev.belay.dashboard.server;

import dev.belay.dashboard.Dashboard;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A dashboard served over HTTP by this process, for applications that are no web applications, and for {@code ./belay dashboard}. TLS
 * is left to a proxy before it. Thread-safe.
 */
public final class DashboardServer implements AutoCloseable {
    private static final int THREADS = 32;
    private static final int MOST_HEADER_BYTES = 16 * 1024;

    private final Server server;
    private final ServerConnector connector;
    private final String host;

    private DashboardServer(Server server, ServerConnector connector, String host) {
        this.server = server;
        this.connector = connector;
        this.host = host;
    }

    /** Serves {@code dashboard} to browsers on this machine; port 0 takes a free one. The dashboard stays the caller's to close. */
    public static DashboardServer local(Dashboard dashboard, int port) throws IOException {
        return on(dashboard, "127.0.0.1", port);
    }

    /**
     * Serves {@code dashboard} on an address of this machine. One without an authenticator answers nobody but this machine even so.
     *
     * @throws IllegalArgumentException if the address is none of this machine, or the port is taken
     */
    public static DashboardServer on(Dashboard dashboard, String host, int port) throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("belay-dashboard");
        threads.setDaemon(true);
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(MOST_HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder holder = new ServletHolder("dashboard", dashboard.servlet());
        holder.setAsyncSupported(true);
        context.addServlet(holder, "/*");
        server.setHandler(context);
        // Live pages never end by themselves; there is nothing to wait for.
        server.setStopTimeout(0);
        try {
            server.start();
        } catch (Exception e) {
            throw refused(server, e, host, port);
        }
        return new DashboardServer(server, connector, host);
    }

    private static RuntimeException refused(Server server, Exception e, String host, int port) throws IOException {
        try {
            server.stop();
        } catch (Exception stopping) {
            e.addSuppressed(stopping);
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException || cause instanceof UnknownHostException) {
                return new IllegalArgumentException(
                        "The dashboard cannot listen on " + host + " port " + port + ": " + cause.getMessage()
                                + ". Give it another with --port or --host.",
                        e);
            }
        }
        throw new IOException("The dashboard's server could not be started", e);
    }

    /** Whether an address is one that only this machine reaches. */
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** The port it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Where a browser finds it. */
    public URI uri() {
        String name = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return URI.create("http://" + (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port() + "/");
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The dashboard's server could not be stopped", e);
        }
    }
}
