package dev.belay.dashboard.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaException;
import dev.belay.dashboard.BuiltInUsers;
import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.Role;
import dev.belay.embedded.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./belay dashboard}: serves the dashboard of a database. */
@Command(
        name = "belay dashboard",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Serves the dashboard of a database: the one given by --url, else the local one that ./belay demo keeps.",
            "Only browsers on this machine are answered, unless people sign in (--users)."
        },
        footer = {
            "",
            "The database's password is taken from the environment variable BELAY_DB_PASSWORD.",
            "Exit status: 0 after Ctrl-C, 1 if it failed, 2 if it was called wrongly."
        })
public final class Main implements Callable<Integer> {
    private static final String PASSWORD = "BELAY_DB_PASSWORD";
    private static final int POOL = 4;

    @Option(names = "--url", paramLabel = "URL", description = "The database, like jdbc:postgresql://db.example/app")
    private @Nullable String url;

    @Option(names = "--db-user", paramLabel = "NAME", description = "The database user, if the URL does not name it.")
    private @Nullable String user;

    @Option(
            names = "--schema",
            paramLabel = "NAME",
            defaultValue = "belay",
            description = "The schema of Belay's tables; ${DEFAULT-VALUE} unless given.")
    private String schema = "belay";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Without --url: the folder of the local database; the demo's unless given.")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8095",
            description = "Where to listen; ${DEFAULT-VALUE} unless given, 0 for a free one.")
    private int port = 8095;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "The address to listen on; ${DEFAULT-VALUE} unless given. Another needs --users.")
    private String host = "127.0.0.1";

    @Option(names = "--users", description = "People sign in with a name and a password kept in the database.")
    private boolean users;

    @Option(
            names = "--over-tls",
            description = "Browsers come by TLS that ends at a proxy before this: cookies are sent by TLS only.")
    private boolean overTls;

    @Option(
            names = "--add-user",
            paramLabel = "NAME",
            description = "Adds somebody who may sign in, prints a password to be used once, and ends.")
    private @Nullable String addUser;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            defaultValue = "ADMIN",
            description = "Of --add-user: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} unless given.")
    private Role role = Role.ADMIN;

    @Option(
            names = "--hide",
            paramLabel = "PATH",
            description =
                    "Never shows what is at this place in payloads, like **.password. May be given several times.")
    private List<String> hidden = List.of();

    @Option(names = "--four-eyes", description = "Nobody decides an approval of a saga they have decided about before.")
    private boolean fourEyes;

    @Option(
            names = "--migrate",
            description = "Brings the schema up to date first. Without it a schema that is behind is refused.")
    private boolean migrate;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Main() {}

    /** Serves until it is ended. */
    public static void main(String... args) {
        System.exit(command().execute(args));
    }

    static CommandLine command() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
    }

    private static int failed(Exception failure, CommandLine command) {
        boolean told = failure instanceof IllegalArgumentException || failure instanceof SagaException;
        command.getErr().println("belay dashboard: " + (told ? failure.getMessage() : failure.toString()));
        return failure instanceof IllegalArgumentException ? 2 : 1;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        refuseOpenDoors();
        try (Database database = database();
                HikariDataSource pool = pool(database)) {
            if (addUser != null) {
                open(pool, true).close();
                String password = BuiltInUsers.on(pool, schema).create(addUser, role);
                say(addUser + " may sign in as " + role.word() + ", once, with this password: " + password);
                return 0;
            }
            serve(database, pool);
            return 0;
        }
    }

    private void say(String words) {
        spec.commandLine().getOut().println(words);
        spec.commandLine().getOut().flush();
    }

    private void refuseOpenDoors() {
        if (!users && !DashboardServer.isLoopback(host)) {
            throw new IllegalArgumentException("On " + host + " others reach the dashboard, so people have to sign in:"
                    + " add --users, after you have added the first of them with --add-user NAME.");
        }
    }

    private void serve(Database database, HikariDataSource pool) throws IOException, InterruptedException {
        try (Belay belay = open(pool, migrate || database.isLocal());
                Dashboard dashboard = dashboard(belay, pool);
                DashboardServer server = DashboardServer.on(dashboard, host, port)) {
            say("Dashboard of " + database.name() + ", schema " + schema);
            say("  " + server.uri());
            if (users && BuiltInUsers.on(pool, schema).isEmpty()) {
                say("  Nobody can sign in yet. Add somebody: ./belay dashboard --add-user NAME, with the same"
                        + " database.");
            }
            say("Ctrl-C ends it. No saga is run by this process.");
            Thread.currentThread().join();
        }
    }

    private Belay open(HikariDataSource pool, boolean migrating) {
        var builder = Belay.on(pool).schema(schema);
        return (migrating ? builder : builder.withoutMigrating()).open();
    }

    private Dashboard dashboard(Belay belay, HikariDataSource pool) {
        Dashboard.Builder builder = Dashboard.of(belay, pool).schema(schema);
        hidden.forEach(builder::hide);
        if (users) {
            builder.builtInUsers();
        }
        if (overTls) {
            builder.overTls();
        }
        if (fourEyes) {
            builder.fourEyes();
        }
        return builder.open();
    }

    /** A database that was given, or the local one. */
    private record Database(String url, Optional<LocalPostgres> local) implements AutoCloseable {
        boolean isLocal() {
            return local.isPresent();
        }

        String name() {
            // Passwords may stand behind the question mark.
            return local.map(postgres -> postgres.folder().toString()).orElse(url.replaceFirst("\\?.*", ""));
        }

        @Override
        public void close() {
            local.ifPresent(LocalPostgres::close);
        }
    }

    private Database database() {
        if (url != null) {
            if (!url.startsWith("jdbc:postgresql:")) {
                throw new IllegalArgumentException("\"" + url.replaceFirst("\\?.*", "")
                        + "\" is no address of a PostgreSQL database. One begins with" + " jdbc:postgresql://");
            }
            return new Database(url, Optional.empty());
        }
        Path folder = data != null
                ? data
                : Path.of(System.getProperty("belay.home", ""))
                        .toAbsolutePath()
                        .resolve("samples/target/demo/postgres");
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("There is no local database in \"" + folder
                    + "\". Run ./belay demo first, or name a database with --url.");
        }
        LocalPostgres postgres = LocalPostgres.in(folder).start();
        return new Database(postgres.url(), Optional.of(postgres));
    }

    private HikariDataSource pool(Database database) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("belay-dashboard");
        config.setJdbcUrl(database.url());
        config.setMaximumPoolSize(POOL);
        config.setInitializationFailTimeout(-1);
        if (user != null) {
            config.setUsername(user);
        }
        String password = System.getenv(PASSWORD);
        if (password != null) {
            config.setPassword(password);
        }
        return new HikariDataSource(config);
    }
}
