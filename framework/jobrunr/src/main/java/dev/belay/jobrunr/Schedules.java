package dev.belay.jobrunr;

import dev.belay.StartOptions;
import dev.belay.internal.Engine;
import dev.belay.internal.journal.Jdbis;
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

/**
 * Recurring sagas. JobRunr says when; what was started last is kept with JobRunr's metadata, in the transaction of the start, so that
 * runs missed while all servers were down are known.
 */
final class Schedules {
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
        // JobRunr counts an interval from when its job was made, which would be another time in each process.
        RecurringJob job = new RecurringJob(id, details, schedule, zone, RecurringJob.CreatedBy.API, Instant.EPOCH);
        job.setJobName(name);
        return job;
    }

    void remove(String id) {
        known.remove(id);
        storage.deleteRecurringJob(id);
    }

    /** A job of a schedule runs: its time is that which JobRunr had planned it for, or now if an operator triggered it. */
    void fire(String id, UUID jobId) {
        Registered<?> registered = known.get(id);
        if (registered == null) {
            throw new IllegalStateException(
                    "No recurring saga \"" + id + "\" is registered in this process. Register it by"
                            + " JobRunrBridge.recurring wherever a JobRunr server runs, or remove it by JobRunrBridge.remove(\""
                            + id + "\").");
        }
        Job job = storage.getJobById(jobId);
        Instant planned = job.getLastJobStateOfType(ScheduledState.class)
                .map(ScheduledState::getScheduledAt)
                .orElse(null);
        if (planned == null) {
            startOnce(registered, job.getCreatedAt());
        } else {
            startUntil(registered, planned);
        }
    }

    /** Beside the schedule, because somebody asked for it. */
    private <I> void startOnce(Registered<I> of, Instant now) {
        Jdbis.over(engine.dataSource()).useTransaction(handle -> start(handle, of.saga(), List.of(now)));
        engine.wake();
    }

    /** What is due by now: the run planned, or the last one if others have passed since, and those before it that are to be caught up with. */
    private <I> void startUntil(Registered<I> of, @Nullable Instant planned) {
        Jdbis.over(engine.dataSource()).useTransaction(handle -> startUntil(handle, of, planned));
        engine.wake();
    }

    private <I> void startUntil(Handle handle, Registered<I> of, @Nullable Instant planned) {
        RecurringSaga<I> saga = of.saga();
        Instant now = Instant.now();

        Instant last = rows.lastFired(handle.getConnection(), saga.id()).orElse(null);
        List<Instant> times = new ArrayList<>();
        if (saga.missed() == RecurringSaga.Missed.CATCH_UP && last != null) {
            times.addAll(between(of.job(), last, now));
        }
        if (planned != null) {
            List<Instant> since = between(of.job(), planned, now);
            Instant latest = since.isEmpty() ? planned : since.get(since.size() - 1);
            if (!times.contains(latest)) {
                times.add(latest);
            }
        }
        for (int from = 0; from < times.size(); from += AT_ONCE) {
            start(handle, saga, times.subList(from, Math.min(times.size(), from + AT_ONCE)));
        }
        Instant newest = times.stream().max(Comparator.naturalOrder()).orElse(now);
        if (last == null || (newest.isAfter(last) && !times.isEmpty())) {
            rows.fired(handle.getConnection(), saga.id(), newest);
        }
    }

    /** Times after {@code from} and not after {@code until}. */
    private static List<Instant> between(RecurringJob job, Instant from, Instant until) {
        List<Instant> times = new ArrayList<>();
        for (Instant at = job.getNextRun(from); !at.isAfter(until); at = job.getNextRun(at)) {
            times.add(at);
        }
        return times;
    }

    private <I> void start(Handle handle, RecurringSaga<I> saga, List<Instant> times) {
        Map<String, I> inputs = new LinkedHashMap<>();
        for (Instant at : times) {
            inputs.put("recurring:" + saga.id() + ":" + at, saga.input().apply(at));
        }
        engine.within(handle).startAll(saga.definition(), inputs, StartOptions.defaults());
    }
}
