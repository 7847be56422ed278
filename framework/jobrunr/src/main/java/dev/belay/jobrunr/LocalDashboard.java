package dev.belay.jobrunr;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.belay.SagaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jobrunr.dashboard.JobRunrApiHandler;
import org.jobrunr.dashboard.JobRunrSseHandler;
import org.jobrunr.dashboard.JobRunrStaticFileHandler;
import org.jobrunr.dashboard.server.HttpExchangeHandler;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JobRunr's dashboard, served on the loopback address alone, behind a name and password, and without reporting how it is used. JobRunr's own
 * server would listen on all addresses.
 */
final class LocalDashboard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalDashboard.class);
    private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    private final HttpServer http;
    private final ExecutorService threads;
    private final List<HttpExchangeHandler> handlers;

    private LocalDashboard(HttpServer http, ExecutorService threads, List<HttpExchangeHandler> handlers) {
        this.http = http;
        this.threads = threads;
        this.handlers = handlers;
    }

    static LocalDashboard serve(StorageProvider storage, JsonMapper mapper, OwnServer.DashboardSettings settings) {
        HttpServer http;
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port()), 0);
        } catch (IOException e) {
            throw new SagaException(
                    "JobRunr's dashboard cannot listen on port " + settings.port() + " of this machine: "
                            + e.getMessage() + ". Choose another port, or 0 for any.",
                    e);
        }
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "belay-jobrunr-dashboard");
            thread.setDaemon(true);
            return thread;
        });
        List<HttpExchangeHandler> handlers = List.of(
                new JobRunrStaticFileHandler(),
                new JobRunrApiHandler(storage, mapper, false),
                new JobRunrSseHandler(storage, mapper));
        for (HttpExchangeHandler handler : handlers) {
            HttpContext context = http.createContext(handler.getContextPath(), handler);
            context.setAuthenticator(authenticator(settings));
            context.getFilters().add(new OwnSite());
        }
        http.setExecutor(threads);
        http.start();
        log.info(
                "JobRunr's dashboard is at http://localhost:{}/dashboard",
                http.getAddress().getPort());
        return new LocalDashboard(http, threads, handlers);
    }

    private static BasicAuthenticator authenticator(OwnServer.DashboardSettings settings) {
        return new BasicAuthenticator("JobRunr") {
            @Override
            public boolean checkCredentials(String user, String password) {
                return same(user, settings.user()) & same(password, settings.password());
            }
        };
    }

    private static boolean same(String given, String wanted) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), wanted.getBytes(StandardCharsets.UTF_8));
    }

    /** A browser sends the password along with whatever another site makes it ask: what changes something must come from these pages. */
    private static final class OwnSite extends Filter {
        @Override
        public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
            String host = exchange.getRequestHeaders().getFirst("Host");
            String origin = exchange.getRequestHeaders().getFirst("Origin");
            String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
            boolean changes = !READS.contains(exchange.getRequestMethod());
            boolean foreign = changes
                    && ((origin != null && !isOf(origin, host)) || (site != null && !site.equals("same-origin")));
            if (!isLocal(host) || foreign) {
                exchange.sendResponseHeaders(403, -1);
                exchange.close();
                return;
            }
            chain.doFilter(exchange);
        }

        private static boolean isLocal(@Nullable String host) {
            return host != null && LOCAL.contains(host.replaceAll(":\\d+$", ""));
        }

        private static boolean isOf(String origin, @Nullable String host) {
            try {
                return URI.create(origin).getAuthority() != null
                        && URI.create(origin).getAuthority().equals(host);
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Override
        public String description() {
            return "Refuses what does not come from the dashboard's own pages";
        }
    }

    int port() {
        return http.getAddress().getPort();
    }

    @Override
    public void close() {
        handlers.forEach(HttpExchangeHandler::close);
        http.stop(0);
        threads.shutdownNow();
    }
}
