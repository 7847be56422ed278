package dev.belay.benchmark.studies;

import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Very many sagas, each inside a slow call of a model, in one worker with a small heap. */
@Command(
        name = "waiting",
        mixinStandardHelpOptions = true,
        description =
                "Very many sagas each inside a slow call of a model, in one worker on virtual threads with 512 MB of heap.")
public final class WaitingCalls extends Study {
    private static final int PUT_AT_ONCE = 2_000;
    private static final long LONGEST_SECONDS = 180;

    @Option(names = "--sagas", defaultValue = "10000", description = "Sagas (${DEFAULT-VALUE}).")
    private int sagas;

    @Option(
            names = "--seconds",
            split = ",",
            defaultValue = "2,60",
            description = "How long a call takes, in one round after another, until all were inside at once"
                    + " (${DEFAULT-VALUE}).")
    private List<Integer> seconds = List.of();

    @Option(names = "--heap", defaultValue = "512", description = "MB of heap of the worker (${DEFAULT-VALUE}).")
    private int heap;

    @Override
    protected boolean run(Place place) throws Exception {
        Optional<Path> java = NewerJava.home();
        if (java.isEmpty()) {
            say("Not asked: no Java 21 or newer was found. Name one by JAVA_HOME_21_UP.");
            return true;
        }
        boolean all = false;
        boolean healthy = true;
        for (int each : seconds) {
            if (!all) {
                Round round = new Round(place, java.get(), each);
                healthy &= round.run();
                all = round.most == sagas;
            }
        }
        say(all ? "All %,d were inside at once." : "NOT all of %,d were inside at once.", sagas);
        return all && healthy;
    }

    /** One worker, from the first call to the last. */
    private final class Round {
        private final Path java;
        private final int callSeconds;
        private final Setup setup;
        private final SagaDefinition<Integer, Void> definition = CallerMain.definition();
        private int most;

        Round(Place place, Path java, int callSeconds) throws SQLException {
            this.java = java;
            this.callSeconds = callSeconds;
            this.setup = Setup.usual(place.database("waiting-" + callSeconds)).slots(sagas);
        }

        boolean run() throws Exception {
            try (var pool = setup.pool();
                    Belay belay = Belay.on(pool).with(definition).open();
                    Connection connection = pool.getConnection();
                    Child model = Child.start(SlowModel.class, Integer.toString(callSeconds * 1000))) {
                String port = model.hear();
                String[] words =
                        Stream.concat(Stream.of(port), Stream.of(setup.words())).toArray(String[]::new);
                try (Child worker = Child.start(java, List.of("-Xmx" + heap + "m"), CallerMain.class, words)) {
                    worker.hear();
                    return measure(belay, connection, model, worker);
                }
            }
        }

        private boolean measure(Belay belay, Connection connection, Child model, Child worker) throws Exception {
            backlog(belay);
            CallerMain.State before = CallerMain.State.parse(worker.ask("how"));
            long from = System.nanoTime();
            belay.queue("default").resume("benchmark", "All begin.");
            Optional<CallerMain.State> amid = Optional.empty();
            long held = 0;
            double allInside = 0;
            while (Rows.count(connection, "select count(*) from belay.job") > 0) {
                int now = Integer.parseInt(model.ask("how many").split(" ")[0]);
                if (now == sagas && amid.isEmpty()) {
                    allInside = seconds(from);
                    held = busySessions(connection);
                    amid = Optional.of(CallerMain.State.parse(worker.ask("how")));
                }
                if (seconds(from) > LONGEST_SECONDS) {
                    say("NOT through after %d s", LONGEST_SECONDS);
                    return false;
                }
                Thread.sleep(50);
            }
            double total = seconds(from);
            String[] calls = model.ask("how many").split(" ");
            most = Integer.parseInt(calls[1]);
            CallerMain.State after = CallerMain.State.parse(worker.ask("how"));
            say(
                    "%n%,d sagas, each in a call of %d s: %,d inside at once, all through in %.1f s (%.1f s more than a call), %.1f s of processor",
                    sagas, callSeconds, most, total, total - callSeconds, after.cpuSeconds() - before.cpuSeconds());
            boolean fine = true;
            if (amid.isPresent()) {
                say(
                        "  all were inside after %.1f s, with %.0f MB of live heap",
                        allInside, mb(amid.get().liveBytes()));
                boolean released = amid.get().connections() <= before.connections() && held == 0;
                fine = released;
                say(
                        "  connections in use while all waited: %d, idle before: %d; statements or transactions under way: %d: %s",
                        amid.get().connections(),
                        before.connections(),
                        held,
                        released ? "none held by a step" : "a step HOLDS one");
            }
            say("  most heap after a collection: %.0f MB of %d", mb(after.mostAfterCollection()), heap);
            return lease(connection, before, after) & once(connection, Integer.parseInt(calls[2])) & fine;
        }

        private boolean lease(Connection connection, CallerMain.State before, CallerMain.State after)
                throws SQLException {
            long lost = Rows.count(connection, "select count(*) from belay.journal where outcome = 'L' or kind = 'Z'");
            boolean there =
                    Rows.count(connection, "select count(*) from belay.worker where id = " + after.incarnation()) == 1;
            boolean kept = there && before.incarnation() == after.incarnation() && lost == 0;
            say("  lease: %s", kept ? "kept, nothing rescued, nothing late" : "LOST, with " + lost + " steps");
            return kept;
        }

        private boolean once(Connection connection, int answered) throws SQLException {
            long completed = Rows.count(connection, "select count(*) from belay.saga where state = 'COMPLETED'");
            boolean once = completed == sagas && answered == sagas;
            say(
                    "  %,d calls answered, %,d sagas completed: %s",
                    answered, completed, once ? "each once" : "NOT each once");
            return once;
        }

        private void backlog(Belay belay) {
            belay.queue("default").pause("benchmark", "All begin together.");
            for (int i = 0; i < sagas; i += PUT_AT_ONCE) {
                belay.startAll(
                        definition,
                        IntStream.range(i, Math.min(sagas, i + PUT_AT_ONCE))
                                .boxed()
                                .toList());
            }
        }
    }

    /** Sessions of anybody else that do something, or have begun to and hold it. */
    private static long busySessions(Connection connection) throws SQLException {
        return Rows.count(connection, """
                        select count(*) from pg_stat_activity
                         where datname = current_database() and pid <> pg_backend_pid()
                           and state like 'idle in transaction%'""");
    }

    private static double seconds(long from) {
        return (System.nanoTime() - from) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static double mb(long bytes) {
        return bytes / 1048576.0;
    }
}
