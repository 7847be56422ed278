package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.benchmark.studies.Traffic.Figures;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether a step costs the same however many steps have been done before. */
@Command(
        name = "flat",
        mixinStandardHelpOptions = true,
        description =
                "What a step costs on top of millions of finished ones, beside what it costs in an empty database.")
public final class Flat extends Study {
    private static final double MOST = 1.10;
    private static final int DAYS = 10;

    @Option(
            names = "--steps",
            defaultValue = "10000000",
            description = "Finished steps in the full database (${DEFAULT-VALUE}).")
    private long steps;

    @Option(
            names = "--rounds",
            defaultValue = "11",
            description = "Counted rounds on each database (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--sagas",
            defaultValue = "2000",
            description = "Sagas of a round, of ten steps (${DEFAULT-VALUE}).")
    private int sagas;

    /** A round of many sagas and one of one after another. */
    private record Round(double manyMillis, double oneMillis, Figures figures) {}

    @Override
    protected boolean run(Place place) throws Exception {
        try (Traffic empty = new Traffic(place, "empty", sagas);
                Traffic full = new Traffic(place, "full", sagas)) {
            long from = System.nanoTime();
            try (Connection connection = full.pool().getConnection()) {
                fill(connection, steps / Traffic.STEPS);
            }
            say("%,d finished steps written in %.0f s", steps, (System.nanoTime() - from) / 1e9);
            empty.startWorker();
            full.startWorker();
            List<Round> ofEmpty = new ArrayList<>();
            List<Round> ofFull = new ArrayList<>();
            for (int round = -2; round < rounds; round++) {
                boolean counts = round >= 0;
                // Neither always goes first, and so into what the other left to be written.
                boolean emptyFirst = round % 2 == 0;
                Round first = round(emptyFirst ? empty : full);
                Round second = round(emptyFirst ? full : empty);
                if (counts) {
                    ofEmpty.add(emptyFirst ? first : second);
                    ofFull.add(emptyFirst ? second : first);
                }
            }
            boolean holds = compare("many sagas, ms a step", ofEmpty, ofFull, Round::manyMillis)
                    & compare("one saga, ms a step", ofEmpty, ofFull, Round::oneMillis);
            compare("claims, us a step", ofEmpty, ofFull, round -> round.figures.claimMicros());
            compare("advances, us a step", ofEmpty, ofFull, round -> round.figures.advanceMicros());
            compare("server's processor, us", ofEmpty, ofFull, round -> round.figures.serverMicros());
            boolean all = empty.end() & full.end();
            say("All sagas completed: %s", all ? "yes" : "NO");
            say("At most %.2f is promised for both: %s", MOST, holds ? "holds" : "DOES NOT HOLD");
            return all && holds;
        }
    }

    private Round round(Traffic traffic) throws Exception {
        Traffic.Window window = traffic.window();
        double many = traffic.round(sagas) * 1000 / sagas / Traffic.STEPS;
        Figures figures = window.close();
        int alone = 10;
        double one = 0;
        for (int i = 0; i < alone; i++) {
            one += traffic.round(1) * 1000 / Traffic.STEPS / alone;
        }
        return new Round(many, one, figures);
    }

    private boolean compare(String what, List<Round> empty, List<Round> full, ToDoubleFunction<Round> figure) {
        double before = median(empty, figure);
        double after = median(full, figure);
        double ratio = before == 0 ? 1 : after / before;
        say("%-24s empty %9.4f   full %9.4f   ratio %.2f", what, before, after, ratio);
        return ratio <= MOST;
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Writes sagas that completed, as workers would have left them, over the last days up to a minute ago. */
    private static void fill(Connection connection, long sagas) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            LocalDate today = LocalDate.now(ZoneOffset.UTC);
            for (int back = DAYS - 1; back >= 0; back--) {
                finished(statement, today.minusDays(back), sagas / DAYS);
            }
            for (String table : List.of("saga", "journal", "saga_key", "stat_minute", "plan")) {
                statement.execute("vacuum (analyze) belay." + table);
            }
            statement.execute("checkpoint");
        }
    }

    /** Writes so many completed sagas of a day, the third part of them with a key; its partitions are made if they are missing. */
    static void finished(Statement statement, LocalDate day, long sagas) throws SQLException {
        for (String sql : STATEMENTS) {
            statement.execute(sql.replace("${day}", day.toString())
                    .replace("${sagas}", String.valueOf(sagas))
                    .replace("${steps}", String.valueOf(Traffic.STEPS)));
        }
    }

    private static final String[] STATEMENTS = {"call belay.make_partitions('${day}')", """
        insert into belay.saga (id, plan_id, state, start_key, started_at, ended_at, input_type, input)
        select belay.new_id(t.at), p.id, 'COMPLETED', case when n % 3 = 0 then '${day}-' || n end, t.at, t.at + interval '20 milliseconds',
               'Integer', to_jsonb(n)
          from generate_series(0, ${sagas} - 1) as n
          cross join belay.plan p
          cross join lateral (
            select low + n * ((least(low + interval '1 day', pg_catalog.now() - interval '1 minute') - low) / ${sagas}) as at
              from (select '${day}'::timestamp at time zone 'UTC' as low) d) t
         where p.definition = 'traffic'""", """
        insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, outcome, step, worker, fence, recorded_at, took_us)
        select s.id, 0, r.seq, 0, '+', r.kind, r.n, 'S', 'step-' || r.seq,
               case r.kind when 'A' then 1 end, case r.kind when 'A' then 1 end, s.started_at + r.seq * interval '2 milliseconds',
               case r.kind when 'A' then 100 end
          from belay.saga s
          cross join (select seq, 'A'::"char" as kind, 1 as n from generate_series(1, ${steps}) as seq
                      union all select ${steps}, 'E', 0) as r
         where s.id >= belay.first_id('${day}'::timestamp at time zone 'UTC')
           and s.id < belay.first_id(('${day}'::date + 1)::timestamp at time zone 'UTC')""", """
        insert into belay.saga_key (definition, start_key, saga_id)
        select 'traffic', start_key, id from belay.saga
         where id >= belay.first_id('${day}'::timestamp at time zone 'UTC')
           and id < belay.first_id(('${day}'::date + 1)::timestamp at time zone 'UTC') and start_key is not null
        on conflict do nothing""", """
        insert into belay.stat_minute (minute, plan_id, step, direction, outcome, n, took_us, longest_us)
        select m, p.id, 'step-' || seq, '+', 'S', ${sagas} / 1440 + 1, 100, 100
          from generate_series('${day}'::timestamp at time zone 'UTC',
                               least(('${day}'::date + 1)::timestamp at time zone 'UTC' - interval '1 minute', pg_catalog.now()),
                               interval '1 minute') as m
          cross join belay.plan p cross join generate_series(1, ${steps}) as seq
         where p.definition = 'traffic'"""};
}
