package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The same database under PostgreSQL's own load generator, which owes nothing to Java: every transaction moves a job to its next
 * step and adds a row to the journal.
 */
public final class PgBench implements Contender {
    private static final int CLIENTS = 16;

    private static final String TABLES = """
            create schema bare;
            create table bare.journal (like belay.journal including all);
            create table bare.job (like belay.job including all)
              with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
                    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false);
            insert into bare.job (saga_id, plan_id, attempt, state, fence, owner, run_at, step)
            select ('00000000-0000-7000-8000-' || lpad(client::text, 12, '0'))::uuid, 1, 1, 'C', 1, 1, now(), 'step'
            from generate_series(0, %d) as client""".formatted(CLIENTS - 1);
    private static final String TRANSACTION = """
            with moved as (
              update bare.job set seq = seq + 1, step = 'step'
              where saga_id = ('00000000-0000-7000-8000-' || lpad(:client_id::text, 12, '0'))::uuid and branch = 0
              returning saga_id, seq
            )
            insert into bare.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                      recorded_at, took_us)
            select saga_id, 0, seq - 1, 0, '+', 'A', 1, 0, 'S', 'step', 1, 1, now(), 1 from moved;
            """;

    private final Path program;
    private final String version;
    private final String address;
    private final HikariDataSource pool;
    private final Path script;

    /** Uses {@code program}, on tables in a database of their own. */
    public PgBench(Place place, Path program) throws IOException, SQLException, InterruptedException {
        this.program = program;
        this.version = finished(new ProcessBuilder(program.toString(), "--version"))
                .replaceAll("^pgbench \\(PostgreSQL\\) ", "")
                .strip();
        this.address = place.database("pgbench").replaceFirst("^jdbc:", "");
        this.pool = place.pool("pgbench", 3);
        Belay.on(pool).open().close();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(TABLES);
        }
        this.script = Files.createTempFile("step", ".sql");
        Files.writeString(script, TRANSACTION);
    }

    /** Where it is installed, by the PATH. */
    public static Optional<Path> program() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(Pattern.quote(File.pathSeparator)))
                .flatMap(folder -> Stream.of(Path.of(folder, "pgbench"), Path.of(folder, "pgbench.exe")))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public String name() {
        return "pgbench";
    }

    @Override
    public String configuration() {
        return "pgbench " + version
                + " -M prepared, each transaction an update and an insert in one statement, 1 client for one saga, "
                + CLIENTS + " for many, the start of its process counted";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return workload == Workload.ONE_SAGA || workload == Workload.MANY_SAGAS;
    }

    @Override
    public boolean worksInThisProcess() {
        return false;
    }

    @Override
    public void run(Load load) throws Exception {
        int clients = load.workload() == Workload.ONE_SAGA ? 1 : CLIENTS;
        int each = (load.units() + clients - 1) / clients;
        String said = finished(new ProcessBuilder(
                program.toString(),
                "--no-vacuum",
                "--protocol=prepared",
                "--client=" + clients,
                "--transactions=" + each,
                "--file=" + script,
                address));
        String all = each * clients + "/" + each * clients;
        if (!said.contains("actually processed: " + all)) {
            throw new IllegalStateException("pgbench did not process all of its " + all + " transactions:\n" + said);
        }
    }

    private static String finished(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(
                    builder.command().get(0) + " ended with " + process.exitValue() + ":\n" + said);
        }
        return said;
    }

    @Override
    public void close() {
        pool.close();
        try {
            Files.deleteIfExists(script);
        } catch (IOException e) {
            throw new IllegalStateException("\"" + script + "\" could not be deleted.", e);
        }
    }
}
