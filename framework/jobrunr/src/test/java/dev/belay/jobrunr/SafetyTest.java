package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.Singleton;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.EnqueuedState;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SafetyTest {
    private static final String PASSWORD = "correct horse";

    private final SagaDefinition<String, String> greet = greet();

    private static SagaDefinition<String, String> greet() {
        Saga<String> saga = Saga.define("greet", String.class);
        return saga.returns(
                saga.step("greet", String.class, ctx -> "hello " + ctx.input()).pure());
    }

    // ---- what a row may name

    static final AtomicInteger MADE = new AtomicInteger();

    /** A type that a row may not name unless its package is allowed. */
    static final class ForeignJob implements JobRequest {
        private final String text = "foreign";

        ForeignJob() {
            MADE.incrementAndGet();
        }

        @Override
        public Class<ForeignHandler> getJobRequestHandler() {
            return ForeignHandler.class;
        }
    }

    /** Must not come to run. */
    public static final class ForeignHandler implements JobRequestHandler<ForeignJob> {
        static final AtomicInteger RUN = new AtomicInteger();

        @Override
        public void run(ForeignJob job) {
            RUN.incrementAndGet();
        }
    }

    @Test
    @DisplayName(
            "a row that names a type that is not allowed makes no object of it, fails, and keeps nothing else from running")
    void refusesTypes() {
        try (Fixture fixture = new Fixture("safety_types");
                Belay belay = fixture.belay(greet);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            StorageProvider careless =
                    SqlStorageProviderFactory.using(fixture.pool, fixture.prefix(), DatabaseOptions.SKIP_CREATE);
            careless.setJobMapper(new JobMapper(OwnServer.mapper(List.of("dev.belay.jobrunr"))));
            Job foreign = careless.save(new Job(Job.newUUID(), new JobDetails(new ForeignJob()), new EnqueuedState()));
            int made = MADE.get();
            assertThat(careless.getJobById(foreign.getId()).getJobDetails().getJobParameterValues()[0])
                    .isInstanceOf(ForeignJob.class);
            assertThat(MADE.get()).isGreaterThan(made);
            MADE.set(0);

            bridge.worker().start();

            await().atMost(Fixture.LONG)
                    .until(() -> !fixture.stateOf(foreign.getId()).equals("ENQUEUED"));
            assertThat(belay.start(greet, "ada").await(Fixture.LONG)).isEqualTo("hello ada");
            fixture.awaitPoll();
            assertThat(MADE).hasValue(0);
            assertThat(ForeignHandler.RUN).hasValue(0);
            assertThat(bridge.server().isRunning()).isTrue();
            assertThat(fixture.stateOf(foreign.getId())).isNotEqualTo("SUCCEEDED");
            assertThat(careless.getJobById(foreign.getId()).getJobDetails().getJobParameterValues()[0])
                    .as("the row, once its types are allowed")
                    .isInstanceOf(ForeignJob.class);
        }
    }

    // ---- JobRunr's dashboard

    @Test
    @DisplayName("JobRunr's dashboard is off unless it is asked for, and needs a password")
    void dashboardIsOff() {
        try (Fixture fixture = new Fixture("safety_no_dashboard");
                Belay belay = fixture.belay(greet);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            assertThatThrownBy(bridge::dashboardPort)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("No dashboard was asked for");
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(
                            name -> name.startsWith("belay-jobrunr-dashboard") || name.startsWith("HTTP-Dispatcher"));
            assertThatThrownBy(() -> JobRunrBridge.on(belay).dashboard(0, "ops", " "))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("needs a user and a password");
        }
    }

    @Test
    @DisplayName("JobRunr's dashboard lets in who has the password and comes from its own pages, and reports no usage")
    void dashboardIsGuarded() throws IOException {
        try (Fixture fixture = new Fixture("safety_dashboard");
                Belay belay = fixture.belay(greet);
                JobRunrBridge bridge =
                        fixture.bridge(belay).dashboard(0, "ops", PASSWORD).open()) {
            int port = bridge.dashboardPort();
            String host = "Host: localhost:" + port;
            SagaHandle<String> saga = belay.start(greet, "ada");
            String delete = "DELETE /api/jobs/" + saga.id();

            assertThat(ask(port, "GET /dashboard", host)).startsWith("HTTP/1.1 401");
            assertThat(ask(port, "GET /api/version", host)).startsWith("HTTP/1.1 401");
            assertThat(ask(port, "GET /sse/jobstats", host)).startsWith("HTTP/1.1 401");
            assertThat(ask(port, "GET /api/version", host, login("ops", "wrong")))
                    .startsWith("HTTP/1.1 401");
            assertThat(ask(port, delete, host)).startsWith("HTTP/1.1 401");

            String login = login("ops", PASSWORD);
            assertThat(ask(port, "GET /api/version", host, login))
                    .startsWith("HTTP/1.1 200")
                    .contains("\"allowAnonymousDataUsage\":false");
            assertThat(ask(port, "GET /dashboard", host, login)).startsWith("HTTP/1.1 200");

            assertThat(ask(port, "GET /api/version", "Host: rebound.example:" + port, login))
                    .startsWith("HTTP/1.1 403");
            assertThat(ask(port, delete, host, login, "Origin: http://elsewhere.example"))
                    .startsWith("HTTP/1.1 403");
            assertThat(ask(port, delete, host, login, "Origin: null")).startsWith("HTTP/1.1 403");
            assertThat(ask(port, delete, host, login, "Origin: http://localhost:" + (port == 1 ? 2 : port - 1)))
                    .startsWith("HTTP/1.1 403");
            assertThat(ask(port, delete, host, login, "Sec-Fetch-Site: cross-site"))
                    .startsWith("HTTP/1.1 403");
            assertThat(fixture.statesOf(saga.id())).containsExactly("ENQUEUED");

            assertThat(ask(port, delete, host, login, "Origin: http://localhost:" + port))
                    .startsWith("HTTP/1.1 204");
            assertThat(fixture.statesOf(saga.id())).containsExactly("DELETED");
        }
    }

    @Test
    @DisplayName("JobRunr's dashboard cannot be reached at the machine's other addresses")
    void dashboardIsLocal() throws IOException {
        List<InetAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .toList();
        Assumptions.assumeFalse(others.isEmpty(), "this machine has no other address");
        try (Fixture fixture = new Fixture("safety_loopback");
                Belay belay = fixture.belay(greet);
                JobRunrBridge bridge =
                        fixture.bridge(belay).dashboard(0, "ops", PASSWORD).open()) {
            int port = bridge.dashboardPort();
            connect(InetAddress.getLoopbackAddress(), port);

            assertThat(others)
                    .allSatisfy(address ->
                            assertThatThrownBy(() -> connect(address, port)).isInstanceOf(ConnectException.class));
        }
    }

    private static void connect(InetAddress address, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 5_000);
        }
    }

    private static String login(String user, String password) {
        byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(both);
    }

    /** By hand, because clients do not let their callers choose the host they name. */
    private static String ask(int port, String request, String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            String text = request + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    // ---- Guice

    @Singleton
    static class Shared {}

    static class Fresh {
        final Shared shared;

        @Inject
        Fresh(Shared shared) {
            this.shared = shared;
        }
    }

    interface Unbound {}

    interface Bound {}

    static class Binding implements Bound {}

    @Test
    @DisplayName("handlers come from the injector in their scopes, and what it cannot make is left to JobRunr")
    void guice() {
        Injector injector = Guice.createInjector(new AbstractModule() {
            @Override
            protected void configure() {
                bind(Bound.class).to(Binding.class);
            }
        });
        GuiceActivator activator = new GuiceActivator(injector);

        Fresh one = activator.activateJob(Fresh.class);
        Fresh other = activator.activateJob(Fresh.class);

        assertThat(one).isNotSameAs(other);
        assertThat(one.shared).isSameAs(other.shared).isSameAs(activator.activateJob(Shared.class));
        assertThat(activator.activateJob(Bound.class)).isInstanceOf(Binding.class);
        assertThat(activator.activateJob(Unbound.class)).isNull();
    }
}
