package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.Belay;
import dev.belay.Retention;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.internal.Engine;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.RecurringJob;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.states.EnqueuedState;
import org.jobrunr.jobs.states.ScheduledState;
import org.jobrunr.server.JobActivator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecurringTest {
    private static final String YEARLY = "0 0 1 1 *";
    private static final String HOURLY = "0 * * * *";

    private final SagaDefinition<String, String> report = report();

    private static SagaDefinition<String, String> report() {
        Saga<String> saga = Saga.define("report", String.class);
        return saga.returns(
                saga.step("write", String.class, ctx -> "of " + ctx.input()).pure());
    }

    private RecurringSaga<String> recurring(String schedule) {
        return RecurringSaga.of("nightly", report, schedule, Instant::toString);
    }

    // ---- times

    @Test
    @DisplayName("a run is started once, however often and by however many servers its job is run")
    void oncePerTime() throws Exception {
        try (Fixture fixture = new Fixture("recurring_once");
                Belay here = fixture.belay(report);
                Belay there = fixture.belay(report);
                JobRunrBridge one = fixture.bridge(here).open();
                JobRunrBridge other = fixture.bridge(there).open()) {
            one.recurring(recurring(YEARLY));
            other.recurring(recurring(YEARLY));
            Instant planned = Instant.now().minusSeconds(20).truncatedTo(ChronoUnit.MILLIS);
            Job job = planned(fixture, one, planned);

            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Callable<Object>> runs = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Schedules schedules = (i % 2 == 0 ? one : other).schedules();
                    runs.add(Executors.callable(() -> schedules.fire("nightly", job.getId())));
                }
                for (Future<Object> run : threads.invokeAll(runs)) {
                    run.get();
                }
            } finally {
                threads.shutdown();
            }

            assertThat(keys(fixture)).containsExactly("recurring:nightly:" + planned);
            one.worker().start();
            assertThat(here.saga(onlySaga(fixture), report).await(Fixture.LONG)).isEqualTo("of " + planned);
        }
    }

    @Test
    @DisplayName(
            "all runs that were missed are started if the schedule is to catch up, and when it is registered again none is")
    void catchesUp() throws Exception {
        try (Fixture fixture = new Fixture("recurring_catches_up");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            Instant last = lastFiredHoursAgo(fixture, belay, bridge, 3);

            List<String> least = hourlyKeys(last, Instant.now());
            bridge.recurring(recurring(HOURLY).catchingUp());
            List<String> most = hourlyKeys(last, Instant.now());

            assertThat(least).hasSizeGreaterThanOrEqualTo(3);
            assertThat(keys(fixture)).containsAll(least).isSubsetOf(most);
            bridge.recurring(recurring(HOURLY).catchingUp());
            assertThat(keys(fixture)).containsAll(least).isSubsetOf(hourlyKeys(last, Instant.now()));
        }
    }

    @Test
    @DisplayName("a schedule that was never registered has missed nothing")
    void newScheduleMissedNothing() {
        try (Fixture fixture = new Fixture("recurring_new");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.recurring(recurring(YEARLY).catchingUp());

            assertThat(keys(fixture)).isEmpty();
        }
    }

    @Test
    @DisplayName("of the runs that were missed only the last is started if the schedule is to skip them")
    void skips() throws Exception {
        try (Fixture fixture = new Fixture("recurring_skips");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            Instant last = lastFiredHoursAgo(fixture, belay, bridge, 3);

            bridge.recurring(recurring(HOURLY));
            assertThat(keys(fixture)).isEmpty();

            List<String> before = hourlyKeys(last, Instant.now());
            Job job =
                    planned(fixture, bridge, last.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS));
            bridge.schedules().fire("nightly", job.getId());
            List<String> after = hourlyKeys(last, Instant.now());

            assertThat(keys(fixture)).singleElement().isIn(before.get(before.size() - 1), after.get(after.size() - 1));
        }
    }

    @Test
    @DisplayName("an interval means the same times in every process")
    void intervalsAgree() {
        try (Fixture fixture = new Fixture("recurring_interval");
                Belay here = fixture.belay(report);
                Belay there = fixture.belay(report);
                JobRunrBridge one = fixture.bridge(here).open();
                JobRunrBridge other = fixture.bridge(there).open()) {
            Instant from = Instant.parse("2031-05-05T10:07:00Z");
            one.recurring(recurring("PT15M"));
            Instant first = onlySchedule(one).getNextRun(from);
            other.recurring(recurring("PT15M"));

            assertThat(onlySchedule(other).getNextRun(from))
                    .isEqualTo(first)
                    .isEqualTo(Instant.parse("2031-05-05T10:15:00Z"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"every tuesday", "PT1S", "* * * * * *", "61 * * * *", ""})
    @DisplayName("a schedule that cannot be used is refused in words, and leaves nothing behind")
    void badSchedule(String schedule) {
        try (Fixture fixture = new Fixture("recurring_bad");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            assertThatThrownBy(() -> bridge.recurring(recurring(schedule)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("The schedule \"" + schedule + "\" of \"nightly\" cannot be used")
                    .hasMessageContaining("\"0 3 * * *\"");

            assertThat(bridge.storage().getRecurringJobs()).isEmpty();
        }
    }

    @Test
    @DisplayName("a run of a schedule that this process does not know fails in words, and starts nothing")
    void unknownSchedule() {
        try (Fixture fixture = new Fixture("recurring_unknown");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            Job job = planned(fixture, bridge, Instant.now());
            bridge.schedules().fire("nightly", job.getId());
            assertThat(keys(fixture)).as("of a schedule that was removed").isEmpty();

            bridge.storage()
                    .saveRecurringJob(new RecurringJob(
                            fixture.schema + "-nightly",
                            new JobDetails(new RecurringSagaJob(fixture.schema, "nightly")),
                            "0 3 * * *",
                            "UTC",
                            RecurringJob.CreatedBy.API));
            assertThatThrownBy(() -> bridge.schedules().fire("nightly", job.getId()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("No recurring saga \"nightly\" is registered");
            assertThat(keys(fixture)).isEmpty();
        }
    }

    // ---- by JobRunr's server

    @Test
    @DisplayName("a schedule starts its sagas by itself, and no more of them once it is removed")
    void runsByItself() {
        try (Fixture fixture = new Fixture("recurring_runs");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.recurring(recurring("PT5S"));
            bridge.worker().start();

            await().atMost(Fixture.LONG)
                    .until(() ->
                            fixture.count("select count(*) from " + fixture.schema + ".saga where state = 'COMPLETED'")
                                    >= 2);

            bridge.remove("nightly");
            assertThat(bridge.storage().getRecurringJobs()).isEmpty();
            assertThat(keys(fixture)).allMatch(key -> key.matches("recurring:nightly:.*:\\d[05]Z"));
        }
    }

    @Test
    @DisplayName("a run that an operator of JobRunr's triggers by hand starts a saga beside the schedule")
    void triggered() {
        try (Fixture fixture = new Fixture("recurring_triggered");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.recurring(recurring(YEARLY));
            bridge.worker().start();

            Job job = bridge.storage().save(onlySchedule(bridge).toEnqueuedJob());

            await().atMost(Fixture.LONG)
                    .until(() -> fixture.stateOf(job.getId()).equals("SUCCEEDED"));
            assertThat(keys(fixture)).hasSize(1);
            assertThat(belay.saga(onlySaga(fixture), report).await(Fixture.LONG))
                    .startsWith("of ");
        }
    }

    @Test
    @DisplayName("upkeep that rides on a schedule makes the partitions of the coming days")
    void upkeep() {
        try (Fixture fixture = new Fixture("recurring_upkeep");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            List<String> partitions = partitions(fixture);
            assertThat(partitions).isNotEmpty();
            String last = partitions.get(partitions.size() - 1);
            fixture.jdbi.useHandle(handle -> handle.execute("drop table " + fixture.schema + "." + last));
            assertThat(partitions(fixture)).doesNotContain(last);
            bridge.upkeep(YEARLY, Retention.of(Duration.ofDays(30)));

            // No worker is started: it would make them itself.
            bridge.worker();
            Job job = bridge.storage().save(onlySchedule(bridge).toEnqueuedJob());

            await().atMost(Fixture.LONG)
                    .until(() -> fixture.stateOf(job.getId()).equals("SUCCEEDED"));
            assertThat(partitions(fixture)).containsAll(partitions);
        }
    }

    // ---- from a job of the application's

    static final AtomicInteger RUNS = new AtomicInteger();

    /** A job of the application's that starts two sagas and fails the first time. */
    static final class OrderJob implements JobRequest {
        @Override
        public Class<OrderHandler> getJobRequestHandler() {
            return OrderHandler.class;
        }
    }

    /** Runs it. */
    public static final class OrderHandler implements JobRequestHandler<OrderJob> {
        private final JobRunrBridge bridge;
        private final SagaDefinition<String, String> definition;

        OrderHandler(JobRunrBridge bridge, SagaDefinition<String, String> definition) {
            this.bridge = bridge;
            this.definition = definition;
        }

        @Override
        public void run(OrderJob job) {
            bridge.start(definition, "main");
            bridge.start(definition, "copy", "copy");
            if (RUNS.incrementAndGet() == 1) {
                throw new IllegalStateException("after the start");
            }
        }
    }

    @Test
    @DisplayName("a job that fails after it has started its sagas starts no others when JobRunr runs it again")
    void startedByAJob() {
        RUNS.set(0);
        JobRunrBridge[] opened = new JobRunrBridge[1];
        try (Fixture fixture = new Fixture("recurring_from_job");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay)
                        .allowJobsOf("dev.belay.jobrunr")
                        .jobActivator(new JobActivator() {
                            @Override
                            public <T> T activateJob(Class<T> type) {
                                return type == OrderHandler.class
                                        ? type.cast(new OrderHandler(opened[0], report))
                                        : null;
                            }
                        })
                        .open()) {
            opened[0] = bridge;
            bridge.worker().start();

            Job job =
                    bridge.storage().save(new Job(Job.newUUID(), new JobDetails(new OrderJob()), new EnqueuedState()));

            await().atMost(Fixture.LONG)
                    .until(() -> fixture.stateOf(job.getId()).equals("SUCCEEDED"));
            assertThat(RUNS).hasValue(2);
            assertThat(keys(fixture)).containsExactly("jobrunr:" + job.getId(), "jobrunr:" + job.getId() + ":copy");
        }
    }

    @Test
    @DisplayName("a start by a job's id is refused where no job runs")
    void noJob() {
        try (Fixture fixture = new Fixture("recurring_no_job");
                Belay belay = fixture.belay(report);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            assertThatThrownBy(() -> bridge.start(report, "a"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("runs no JobRunr job");
            assertThat(keys(fixture)).isEmpty();
        }
    }

    // ----

    private static RecurringJob onlySchedule(JobRunrBridge bridge) {
        assertThat(bridge.storage().getRecurringJobs()).hasSize(1);
        return bridge.storage().getRecurringJobs().get(0);
    }

    private static Job planned(Fixture fixture, JobRunrBridge bridge, Instant at) {
        return bridge.storage()
                .save(new Job(
                        Job.newUUID(),
                        new JobDetails(new RecurringSagaJob(fixture.schema, "nightly")),
                        new ScheduledState(at)));
    }

    private static Instant lastFiredHoursAgo(Fixture fixture, Belay belay, JobRunrBridge bridge, int hours)
            throws SQLException {
        Instant last = Instant.now().minus(hours, ChronoUnit.HOURS);
        Engine engine = (Engine) belay;
        try (StepRows rows = new StepRows(
                engine.schema(),
                engine.dataSource(),
                fixture.prefix(),
                bridge.server().getJsonMapper())) {
            fixture.jdbi.useTransaction(handle -> rows.fired(handle.getConnection(), "nightly", last));
        }
        return last;
    }

    private static List<String> hourlyKeys(Instant from, Instant until) {
        List<String> keys = new ArrayList<>();
        Instant at = from.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS);
        while (!at.isAfter(until)) {
            keys.add("recurring:nightly:" + at);
            at = at.plus(1, ChronoUnit.HOURS);
        }
        return keys;
    }

    private static List<String> keys(Fixture fixture) {
        return fixture.jdbi.withHandle(
                handle -> handle.createQuery("select start_key from " + fixture.schema + ".saga order by start_key")
                        .mapTo(String.class)
                        .list());
    }

    private static UUID onlySaga(Fixture fixture) {
        return fixture.jdbi.withHandle(handle -> handle.createQuery("select id from " + fixture.schema + ".saga")
                .mapTo(UUID.class)
                .one());
    }

    private static List<String> partitions(Fixture fixture) {
        return fixture.jdbi.withHandle(handle -> handle.createQuery("""
                        select c.relname
                          from pg_inherits i
                          join pg_class c on c.oid = i.inhrelid and c.relkind = 'r'
                          join pg_namespace n on n.oid = c.relnamespace
                         where n.nspname = :schema and c.relname ~ '^journal'
                         order by c.relname""")
                .bind("schema", fixture.schema)
                .mapTo(String.class)
                .list());
    }
}
