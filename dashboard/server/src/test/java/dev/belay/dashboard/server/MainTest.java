package dev.belay.dashboard.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Belay;
import dev.belay.dashboard.Dashboard;
import dev.belay.embedded.LocalPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine command = Main.command();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(args);
    }

    @Test
    void othersAreNotLetInWithoutASignIn() {
        assertThat(run("--host", "0.0.0.0")).isEqualTo(2);
        assertThat(err.toString()).contains("people have to sign in").contains("--users");
    }

    @Test
    void anAddressOfAnotherDatabaseIsRefusedInWords() {
        assertThat(run("--url", "jdbc:mysql://db.example/app?password=secret")).isEqualTo(2);
        assertThat(err.toString()).contains("jdbc:postgresql://").doesNotContain("secret");
    }

    @Test
    void aMissingLocalDatabaseIsRefusedInWords(@TempDir Path folder) {
        assertThat(run("--data", folder.resolve("nothing").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("./belay demo");
    }

    @Test
    void addsSomebodyWhoMaySignIn() {
        String url = LocalPostgres.shared().url();

        assertThat(run("--url", url, "--schema", "belay_people", "--add-user", "ada", "--role", "operator"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("ada may sign in as operator, once, with this password: ");

        assertThat(run("--url", url, "--schema", "belay_people", "--add-user", "ada"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("ada");
    }

    @Test
    void refusesASchemaThatWasNeverMigrated() {
        assertThat(run("--url", LocalPostgres.shared().url(), "--schema", "belay_nowhere", "--port", "0"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("belay_nowhere");
    }

    @Test
    void servesADashboardAndSaysWhenThePortIsTaken() throws Exception {
        var source = LocalPostgres.shared().dataSource();
        try (Belay belay = Belay.on(source).schema("belay_served").open();
                Dashboard dashboard =
                        Dashboard.of(belay, source).schema("belay_served").open();
                DashboardServer server = DashboardServer.local(dashboard, 0)) {
            HttpResponse<String> page = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(server.uri()).build(), HttpResponse.BodyHandlers.ofString());

            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("<h1>Overview</h1>");
            assertThat(page.headers().map()).doesNotContainKey("server");
            assertThat(page.headers().allValues("content-security-policy")).hasSize(1);
            assertThatThrownBy(() -> DashboardServer.local(dashboard, server.port()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("port " + server.port());
        }
    }
}
