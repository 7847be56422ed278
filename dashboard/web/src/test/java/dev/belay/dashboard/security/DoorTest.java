package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.Showcase;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Without an authenticator the dashboard is closed to all but browsers on its own machine. */
class DoorTest {
    private static Showcase shop;
    private static Wire wire;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(0, settings -> settings);
        wire = new Wire("127.0.0.1", URI.create(shop.url()).getPort());
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static int status(Wire.Request request) {
        return wire.send(request).status();
    }

    @Test
    void thisMachineIsLetInByItsOwnNames() {
        assertThat(status(Wire.Request.get("/"))).isEqualTo(200);
        for (String host : List.of("localhost", "localhost:" + wire.port(), "LOCALHOST", "[::1]:80", "127.0.0.1")) {
            assertThat(status(Wire.Request.get("/").with("Host", host)))
                    .as(host)
                    .isEqualTo(200);
        }
    }

    @Test
    void aPageElsewhereThatPointsItsNameHereIsRefused() {
        for (String host : List.of(
                "evil.example",
                "evil.example:" + wire.port(),
                "localhost.evil.example",
                "127.0.0.1.nip.io",
                "localhost.",
                "0.0.0.0",
                "127.0.0.2",
                "10.0.0.1")) {
            assertThat(status(Wire.Request.get("/").with("Host", host)))
                    .as(host)
                    .isEqualTo(403);
        }
    }

    @Test
    void whateverComesThroughAProxyIsRefused() {
        for (String header : List.of(
                "X-Forwarded-For: 127.0.0.1",
                "x-forwarded-for: 127.0.0.1",
                "X-Forwarded-Host: localhost",
                "X-Forwarded-Proto: http",
                "X-Forwarded: for=127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "Via: 1.1 proxy",
                "X-Real-IP: 127.0.0.1",
                "True-Client-IP: 127.0.0.1",
                "CF-Connecting-IP: 127.0.0.1",
                "X-Forwarded-For:")) {
            String[] parts = header.split(":", 2);
            assertThat(status(Wire.Request.get("/").with(parts[0], parts[1].strip())))
                    .as(header)
                    .isEqualTo(403);
        }
    }

    @Test
    void anotherMachineIsRefusedEvenWhereTheServerListensToAll() throws Exception {
        Optional<InetAddress> own = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
        assumeThat(own).as("this machine has an address that others see").isPresent();
        try (Dashboard dashboard = Dashboard.of(shop.belay(), shop.pool()).open()) {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("0.0.0.0");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            ServletHolder holder = new ServletHolder(dashboard.servlet());
            holder.setAsyncSupported(true);
            context.addServlet(holder, "/*");
            server.setHandler(context);
            server.start();
            try {
                Wire near = new Wire("127.0.0.1", connector.getLocalPort());
                Wire far = new Wire(own.get().getHostAddress(), connector.getLocalPort());

                assertThat(near.send(Wire.Request.get("/")).status()).isEqualTo(200);
                for (String path : List.of("/", "/sagas", "/live", "/assets/x/belay.js", "/no-such-page")) {
                    assertThat(far.send(Wire.Request.get(path)).status())
                            .as(path)
                            .isEqualTo(403);
                }
            } finally {
                server.stop();
            }
        }
    }
}
