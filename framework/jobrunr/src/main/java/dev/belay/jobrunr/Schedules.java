package dev.belay.jobrunr;

import dev.belay.SagaException;
import dev.belay.StartOptions;
import dev.belay.internal.Engine;
import dev.belay.internal.journal.Jdbis;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Handle;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.RecurringJob;
import org.jobrunr.jobs.states.ScheduledState;
import org.jobrunr.scheduling.Schedule;
import org.jobrunr.scheduling.ScheduleExpressionType;
import org.jobrunr.storage.StorageProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recurring sagas. JobRunr says when; what was started last is kept with JobRunr's metadata, in the transaction of the start, so that
 * runs missed while all servers were down are known.
 */
final class Schedules {
    private static final Logger log = LoggerFactory.getLogger(Schedules.class);
    private static final int AT_ONCE = 500;

    private final Engine engine;
    private final StepRows rows;
    private final StorageProvider storage;
    private final Map<String, Registered<?>> known = new ConcurrentHashMap<>();

    private record Registered<I>(RecurringSaga<I> saga, RecurringJob job) {}

    Schedules(Engine engine, StepRows rows, StorageProvider storage) {
        this.engine = engine;
        this.rows = rows;
        this.storage = storage;
    }

    <I> void register(RecurringSaga<I> saga) {
        RecurringJob job = job(
                saga.id(),
                new JobDetails(new RecurringSagaJob(engine.schema(), saga.id())),
                saga.schedule(),
                saga.zone(),
                "Start " + saga.definition());
        Registered<I> registered = new Registered<>(saga, job);
        known.put(saga.id(), registered);
        if (saga.missed() == RecurringSaga.Missed.CATCH_UP) {
            startUntil(registered, null);
        }
        storage.saveRecurringJob(job);
    }

    void register(String id, JobDetails details, String schedule, String name) {
        storage.saveRecurringJob(job(id, details, schedule, ZoneId.of("UTC"), name));
    }

    private RecurringJob job(String id, JobDetails details, String expression, ZoneId zone, String name) {
        Schedule schedule;
        try {
            schedule = ScheduleExpressionType.createScheduleFromString(expression);
            schedule.validate();
            storage.validateRecurringJobInterval(schedule.durationBetweenSchedules());
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "The schedule \"" + expression + "\" of \"" + id + "\" cannot be used: " + e.getMessage()
                            + ". Write a cron expression of five or six fields, as \"0 3 * * *\", or an interval as \"PT15M\","
                            + " of 5 seconds or more.",
                    e);
        }
        // Intervals count from here: from a moment that is the same for all processes and after each restart.
        RecurringJob job =
                new RecurringJob(nameOf(id), details, schedule, zone, RecurringJob.CreatedBy.API, Instant.EPOCH);
        job.setJobName(name);
        return job;
    }

    void remove(String id) {
        known.remove(id);
        storage.deleteRecurringJob(nameOf(id));
        rows.forgetFired(id);
    }

    /** Two schemas may share JobRunr's tables, and with them its list of schedules. */
    private String nameOf(String id) {
        return engine.schema().equals("belay") ? id : engine.schema() + "-" + id;
    }

    /**
     * A job of a schedule runs: its time is that which JobRunr first planned it for, however often it has been tried since. One that an
     * operator triggered was planned for none.
     */
    void fire(String id, UUID jobId) {
        Registered<?> registered = known.get(id);
        if (registered == null) {
            boolean removed = storage.getRecurringJobs().stream()
                    .noneMatch(job -> job.getId().equals(nameOf(id)));
            if (removed) {
                log.info("The recurring saga \"{}\" was removed; its last planned run starts nothing", id);
                return;
            }
            throw new IllegalStateException(
                    "No recurring saga \"" + id + "\" is registered in this process. Register it by"
                            + " JobRunrBridge.recurring wherever a JobRunr server runs, or remove it by JobRunrBridge.remove(\""
                            + id
                            + "\").");
        }
        Job job = storage.getJobById(jobId);
        if (job.getJobStates().get(0) instanceof ScheduledState planned) {
            startUntil(registered, planned.getScheduledAt());
        } else {
            startOnce(registered, job.getCreatedAt());
        }
    }

    /** Beside the schedule, because somebody asked for it. */
    private <I> void startOnce(Registered<I> of, Instant now) {
        Jdbis.over(engine.dataSource()).useTransaction(handle -> start(handle, of.saga(), List.of(now)));
        engine.wake();
    }

    /**
     * What is due by now: the run planned, or the last one if others have passed since, and those before it that are to be caught up
     * with, some hundred a transaction.
     */
    private <I> void startUntil(Registered<I> of, @Nullable Instant planned) {
        Instant now = Instant.now();
        boolean more = true;
        while (more) {
            try {
                more = Jdbis.over(engine.dataSource()).inTransaction(handle -> startSome(handle, of, planned, now));
            } catch (SQLException e) {
                throw new SagaException(
                        "The recurring saga \"" + of.saga().id() + "\" could not be started: " + e.getMessage(), e);
            }
        }
        engine.wake();
    }

    /** Whether there are more. */
    private <I> boolean startSome(Handle handle, Registered<I> of, @Nullable Instant planned, Instant now)
            throws SQLException {
        String id = of.saga().id();
        Connection connection = handle.getConnection();
        rows.lockSchedule(connection, id);
        Instant last = rows.lastFired(connection, id).orElse(null);
        boolean catchesUp = of.saga().missed() == RecurringSaga.Missed.CATCH_UP && last != null;
        List<Instant> times = catchesUp && last != null ? between(of.job(), last, now, AT_ONCE) : new ArrayList<>();
        boolean more = times.size() == AT_ONCE;
        if (planned != null && !more) {
            Instant latest = latest(of.job(), planned, now);
            if (!times.contains(latest)) {
                times.add(latest);
            }
        }
        start(handle, of.saga(), times);
        Instant newest = times.stream().max(Comparator.naturalOrder()).orElse(now);
        if (last == null || (!times.isEmpty() && newest.isAfter(last))) {
            rows.fired(connection, id, newest);
        }
        return more;
    }

    /** The first times after {@code from} that are not after {@code until}. */
    private static List<Instant> between(RecurringJob job, Instant from, Instant until, int most) {
        List<Instant> times = new ArrayList<>();
        for (Instant at = job.getNextRun(from); !at.isAfter(until) && times.size() < most; at = job.getNextRun(at)) {
            times.add(at);
        }
        return times;
    }

    private static Instant latest(RecurringJob job, Instant planned, Instant until) {
        Instant latest = planned;
        for (Instant at = job.getNextRun(planned); !at.isAfter(until); at = job.getNextRun(at)) {
            latest = at;
        }
        return latest;
    }

    private <I> void start(Handle handle, RecurringSaga<I> saga, List<Instant> times) {
        if (times.isEmpty()) {
            return;
        }
        Map<String, I> inputs = new LinkedHashMap<>();
        for (Instant at : times) {
            inputs.put("recurring:" + saga.id() + ":" + at, saga.input().apply(at));
        }
        engine.within(handle).startAll(saga.definition(), inputs, StartOptions.defaults());
    }
}
