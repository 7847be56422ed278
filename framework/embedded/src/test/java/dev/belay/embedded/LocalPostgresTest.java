package dev.belay.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A PostgreSQL in a folder")
class LocalPostgresTest {

    @TempDir
    Path temp;

    @Test
    @DisplayName("keeps its data when it is closed and started again")
    void keepsItsData() throws SQLException {
        Path folder = temp.resolve("kept");
        try (LocalPostgres first = LocalPostgres.in(folder).start()) {
            run(first, "create table note (text text)");
            run(first, "insert into note values ('still here')");
        }

        try (LocalPostgres second = LocalPostgres.in(folder).start()) {
            assertThat(query(second, "select text from note")).isEqualTo("still here");
        }
    }

    @Test
    @DisplayName("flushes every commit to disk, as PostgreSQL does by default")
    void isDurableByDefault() {
        try (LocalPostgres postgres = LocalPostgres.in(temp.resolve("durable")).start()) {
            assertThat(postgres.settings())
                    .containsEntry("fsync", "on")
                    .containsEntry("synchronous_commit", "on")
                    .containsEntry("full_page_writes", "on")
                    .containsEntry("listen_addresses", "127.0.0.1");
        }
    }

    @Test
    @DisplayName("keeps what was committed before it was killed, and comes back on its port")
    void survivesAKill() throws SQLException {
        try (LocalPostgres postgres = LocalPostgres.in(temp.resolve("killed")).start()) {
            run(postgres, "create table note (text text)");
            run(postgres, "insert into note values ('committed')");

            postgres.kill();

            assertThatThrownBy(() -> query(postgres, "select 1")).isInstanceOf(SQLException.class);
            postgres.restart();
            assertThat(query(postgres, "select text from note")).isEqualTo("committed");
        }
    }

    @Test
    @DisplayName("starts after a kill even if its old process id is now another process's")
    void ignoresAStaleProcessId() throws IOException, SQLException {
        Path folder = temp.resolve("stale");
        try (LocalPostgres postgres = LocalPostgres.in(folder).start()) {
            postgres.kill();
        }
        Path pidFile = folder.resolve("data").resolve("postmaster.pid");
        List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
        lines.set(0, String.valueOf(ProcessHandle.current().pid()));
        Files.write(pidFile, lines);

        try (LocalPostgres postgres = LocalPostgres.in(folder).start()) {
            assertThat(query(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    @DisplayName("starts from a folder whose making was cut short, and from an empty postmaster.pid")
    void recoversFromAHalfMadeFolder() throws IOException, SQLException {
        Path folder = temp.resolve("half");
        Files.createDirectories(folder.resolve("data.initialising").resolve("base"));
        try (LocalPostgres postgres = LocalPostgres.in(folder).start()) {
            postgres.kill();
        }
        Files.writeString(folder.resolve("data").resolve("postmaster.pid"), "");

        try (LocalPostgres postgres = LocalPostgres.in(folder).start()) {
            assertThat(query(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    @DisplayName("works in a folder with spaces, quotes and dollars in its name")
    void worksInAFolderWithSpaces() throws SQLException {
        try (LocalPostgres postgres =
                LocalPostgres.in(temp.resolve("two words, one's $HOME")).start()) {
            assertThat(query(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    @DisplayName("is one server for all who ask for its folder, until the last one closes it")
    void isSharedWithinAProcess() throws SQLException {
        Path folder = temp.resolve("shared");
        LocalPostgres first = LocalPostgres.in(folder).start();
        LocalPostgres second = LocalPostgres.in(folder).start();

        assertThat(second.port()).isEqualTo(first.port());
        first.close();
        first.close();
        assertThat(query(second, "select 1")).isEqualTo("1");

        second.close();
        assertThatThrownBy(() -> query(second, "select 1")).isInstanceOf(SQLException.class);
    }

    @Test
    @DisplayName("is one server for processes that race to start it, whichever of them leaves or is killed first")
    void isSharedBetweenProcesses() throws IOException, InterruptedException, SQLException {
        Path folder = temp.resolve("raced for");
        try (ServerUser left = ServerUser.of(folder);
                ServerUser killed = ServerUser.of(folder)) {
            int port = left.port();
            assertThat(killed.port()).isEqualTo(port);

            try (LocalPostgres ours = LocalPostgres.in(folder).start()) {
                assertThat(ours.port()).isEqualTo(port);
                left.close();
                killed.kill();
                assertThat(query(ours, "select 1")).isEqualTo("1");
            }
        }

        assertThat(new Server(folder.toRealPath(), true).running()).isEmpty();
    }

    @Test
    @DisplayName("outlives a process that was killed, and stops with the next one that uses it")
    void isInheritedFromAKilledProcess() throws IOException, InterruptedException {
        Path folder = temp.resolve("inherited");
        try (ServerUser killed = ServerUser.of(folder)) {
            int port = killed.port();
            killed.kill();

            try (LocalPostgres ours = LocalPostgres.in(folder).start()) {
                assertThat(ours.port()).isEqualTo(port);
            }
        }

        assertThat(new Server(folder.toRealPath(), true).running()).isEmpty();
    }

    @Test
    @DisplayName("is started once by threads that race for it")
    void isSharedBetweenThreads() throws Exception {
        Path folder = temp.resolve("threads");
        Callable<LocalPostgres> start = () -> LocalPostgres.in(folder).start();
        var threads = Executors.newFixedThreadPool(4);
        try {
            var servers = new ArrayList<LocalPostgres>();
            for (Future<LocalPostgres> started : threads.invokeAll(List.of(start, start, start, start))) {
                servers.add(started.get());
            }

            assertThat(servers)
                    .extracting(LocalPostgres::port)
                    .containsOnly(servers.get(0).port());
            servers.forEach(LocalPostgres::close);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @DisplayName("refuses to be less durable, or on another port, than a user asked for")
    void refusesToJoinWhatWasNotAskedFor() {
        Path folder = temp.resolve("fast");
        try (LocalPostgres fast = LocalPostgres.in(folder).durable(false).start()) {
            assertThat(fast.settings()).containsEntry("fsync", "off");

            assertThatThrownBy(() -> LocalPostgres.in(folder).start())
                    .isInstanceOf(LocalPostgresException.class)
                    .hasMessageContaining("without durability");
            int other = fast.port() == 1024 ? 1025 : 1024;
            assertThatThrownBy(() ->
                            LocalPostgres.in(folder).durable(false).port(other).start())
                    .isInstanceOf(LocalPostgresException.class)
                    .hasMessageContaining("is served on port " + fast.port());
        }
    }

    @Test
    @DisplayName("says so when its port is taken")
    void namesATakenPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var setup = LocalPostgres.in(temp.resolve("taken")).durable(false).port(taken.getLocalPort());

            assertThatThrownBy(setup::start)
                    .isInstanceOf(LocalPostgresException.class)
                    .hasMessageContaining("Port " + taken.getLocalPort() + " is taken")
                    .hasMessageContaining("port 0");
        }
    }

    @Test
    @DisplayName("takes its last port again, or another when that one is gone")
    void keepsItsPortIfItCan() throws IOException {
        var setup = LocalPostgres.in(temp.resolve("port")).durable(false);
        int first = portOfOneStart(setup);
        assertThat(portOfOneStart(setup)).isEqualTo(first);

        try (ServerSocket taken = new ServerSocket(first, 1, InetAddress.getLoopbackAddress())) {
            assertThat(portOfOneStart(setup)).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    @DisplayName("refuses a folder that another version of PostgreSQL has made")
    void refusesAnotherVersion() throws IOException {
        Path folder = temp.resolve("old");
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data").resolve("PG_VERSION"), "9\n");

        assertThatThrownBy(() -> LocalPostgres.in(folder).start())
                .isInstanceOf(LocalPostgresException.class)
                .hasMessageContaining("made by PostgreSQL 9")
                .hasMessageContaining("Use another folder");
    }

    @Test
    @DisplayName("runs for root, whom PostgreSQL itself refuses")
    void runsForRoot() throws SQLException {
        assumeTrue(Platform.isRoot(), "this test is for root");

        assertThat(query(LocalPostgres.shared(), "select 1")).isEqualTo("1");
    }

    @Test
    @DisplayName("leaves nothing behind when it was temporary")
    void temporaryServersDeleteTheirFolder() throws SQLException {
        LocalPostgres postgres = LocalPostgres.temporary();
        assertThat(postgres.settings()).containsEntry("fsync", "off");

        postgres.close();

        assertThat(postgres.folder()).doesNotExist();
        assertThatThrownBy(() -> query(postgres, "select 1")).isInstanceOf(SQLException.class);
    }

    @Test
    @DisplayName("stays for the others when one test closes the shared server")
    void sharedServerIgnoresClose() throws SQLException {
        LocalPostgres.shared().close();

        assertThat(query(LocalPostgres.shared(), "select 1")).isEqualTo("1");
    }

    @Test
    @DisplayName("shows its log, in English")
    void showsItsLog() throws IOException {
        assertThatThrownBy(() -> query(LocalPostgres.shared(), "select no_such_column"))
                .isInstanceOf(SQLException.class);

        assertThat(Files.readString(LocalPostgres.shared().log())).contains("\"no_such_column\" does not exist");
    }

    private static int portOfOneStart(LocalPostgres.Setup setup) {
        try (LocalPostgres postgres = setup.start()) {
            return postgres.port();
        }
    }

    private static void run(LocalPostgres postgres, String sql) throws SQLException {
        try (var connection = postgres.dataSource().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(LocalPostgres postgres, String sql) throws SQLException {
        try (var connection = postgres.dataSource().getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
