package dev.belay.dashboard.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of answers that go wrong in the middle, and of browsers that do not take them. */
@Timeout(60)
final class AnsweringTest {
    private static final BlockingQueue<EventSink> SINKS = new LinkedBlockingQueue<>();
    private static final Server SERVER = new Server();
    private static final Streams STREAMS = new Streams(12);

    @BeforeAll
    static void serve() throws Exception {
        List<Route> routes = List.of(
                route("/early", download("the first line\n", 1)),
                route("/late", download("a line of many\n", 100_000)),
                route("/events", call -> new Answer.Events(SINKS::add)),
                Route.post("/sign-out", Access.signedIn(), "For its form.", List.of(), call -> Answer.goTo("/")),
                route("/form", call -> Answer.goTo("/")),
                Route.post("/form", Access.signedIn(), "Refuses.", List.of(), call -> {
                    throw new Refused(409, "Things have changed.");
                }));
        FrontServlet servlet = new FrontServlet(
                new Router(routes),
                new Door(List.of(
                        request -> Optional.of(Principal.of(String.valueOf(request.getHeader("X-Who")), Role.ADMIN)))),
                new Csrf(new byte[32]),
                new Assets(),
                Clock.systemUTC(),
                STREAMS,
                false);
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        ServletContextHandler context = new ServletContextHandler("/");
        context.addServlet(holder, "/*");
        SERVER.setHandler(context);
        SERVER.addConnector(new ServerConnector(SERVER));
        SERVER.start();
    }

    @AfterAll
    static void stop() throws Exception {
        STREAMS.close();
        SERVER.stop();
    }

    private static Route route(String pattern, Handler handler) {
        return Route.get(pattern, Access.signedIn(), "For this test.", List.of(), handler);
    }

    private static Handler download(String line, int times) {
        return call -> new Answer.Download("lines.csv", "text/csv", out -> {
            for (int i = 0; i < times; i++) {
                out.write(line.getBytes(StandardCharsets.UTF_8));
            }
            throw new IllegalStateException("the database is gone");
        });
    }

    private static Socket ask(String head) throws IOException {
        Socket socket = new Socket("127.0.0.1", ((ServerConnector) SERVER.getConnectors()[0]).getLocalPort());
        socket.getOutputStream()
                .write((head.replace("\n", "\r\n") + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static String answer(String head) throws IOException {
        try (Socket socket = ask(head + "\nHost: localhost\nConnection: close")) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aDownloadThatFailsBeforeAnythingWasSentIsAPageThatSaysSo() throws Exception {
        String answer = answer("GET /early HTTP/1.1");

        assertThat(answer).startsWith("HTTP/1.1 500").contains("under incident");
        assertThat(answer).doesNotContain("attachment").doesNotContain("the first line");
    }

    @Test
    void aDownloadThatFailsInTheMiddleDoesNotEndAsIfItWereWhole() throws Exception {
        String answer;
        try (Socket socket = ask("GET /late HTTP/1.1\nHost: localhost")) {
            answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        assertThat(answer.startsWith("HTTP/1.1 200")).isTrue();
        assertThat(answer.contains("Transfer-Encoding: chunked")).isTrue();
        assertThat(answer.contains("a line of many")).isTrue();
        assertThat(answer.endsWith("\r\n0\r\n\r\n")).isFalse();
    }

    @Test
    void aBrowserThatDoesNotReadHoldsUpNobody() throws Exception {
        List<Socket> lazy = new ArrayList<>();
        lazy.add(ask("GET /events HTTP/1.1\nHost: localhost\nX-Who: lazy"));
        EventSink sink = SINKS.poll(30, TimeUnit.SECONDS);
        String much = "x".repeat(100_000);

        for (int i = 0; i < 500; i++) {
            assertThat(sink.send("changed", much + i)).isTrue();
        }

        // It is told the last of them once it reads again: what was in between says nothing more.
        String read = readUntil(lazy.get(0), "x499\n\n");
        assertThat(read).contains("event: hello").contains("event: changed");
        assertThat(read.length()).isLessThan(500 * much.length());
        sink.close();
        lazy.get(0).close();
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        byte[] buffer = new byte[65_536];
        for (int n = socket.getInputStream().read(buffer); n >= 0; n = socket.getInputStream().read(buffer)) {
            read.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
            if (read.indexOf(end, Math.max(0, read.length() - n - end.length())) >= 0) {
                return read.toString();
            }
        }
        throw new AssertionError("ended without " + end);
    }

    @Test
    void nobodyTakesAllLivePages() throws Exception {
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < STREAMS.mostForOne(); i++) {
            Socket socket = ask("GET /events HTTP/1.1\nHost: localhost\nX-Who: many");
            readUntil(socket, "event: hello");
            open.add(socket);
        }

        assertThat(answer("GET /events HTTP/1.1\nX-Who: many"))
                .startsWith("HTTP/1.1 503")
                .contains("You have 10 live pages open");
        Socket other = ask("GET /events HTTP/1.1\nHost: localhost\nX-Who: other");
        assertThat(readUntil(other, "event: hello")).startsWith("HTTP/1.1 200");

        SINKS.forEach(EventSink::close);
        SINKS.clear();
        for (Socket socket : open) {
            socket.close();
        }
        other.close();
    }

    @Test
    void aRefusedFormLeadsBackToIt() throws Exception {
        String page = answer("GET /no-page HTTP/1.1");
        String token = page.replaceAll("(?s).*name=\"csrf\" value=\"([^\"]+)\".*", "$1");
        String cookie = page.replaceAll("(?s).*(belay-csrf=[^;]+);.*", "$1");
        String form = "csrf=" + token;
        String head = "\nHost: localhost\nCookie: " + cookie
                + "\nContent-Type: application/x-www-form-urlencoded\nConnection: close\nContent-Length: ";

        String refused = post("/form", "\nReferer: http://localhost/form?q=a%3Ab" + head, form);
        String elsewhere = post("/form", "\nReferer: http://evil.example/other?q=1" + head, form);

        assertThat(refused).startsWith("HTTP/1.1 409").contains("Things have changed.");
        assertThat(refused).contains("href=\"/form?q=a%3Ab\"");
        assertThat(elsewhere).contains("href=\"/form\"").doesNotContain("evil");
    }

    private static String post(String path, String head, String form) throws IOException {
        try (Socket socket = ask("POST " + path + " HTTP/1.1" + head + form.length())) {
            socket.getOutputStream().write(form.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
