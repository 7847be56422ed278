package dev.belay.jobrunr;

import dev.belay.SagaException;
import dev.belay.internal.Engine;
import dev.belay.internal.queue.JobTable.Key;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.EnqueuedState;
import org.jobrunr.jobs.states.ProcessingState;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.JobNotFoundException;
import org.jobrunr.storage.JobRunrMetadata;
import org.jobrunr.storage.StorageException;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jspecify.annotations.Nullable;

/** JobRunr's rows of saga steps, written in transactions of Belay's. */
final class StepRows {
    private static final String LAST_FIRED = "belay-last-fired";
    private static final int LONGEST_LABEL = 45;

    private final String schema;
    private final JoinedDataSource joined;
    private final StorageProvider storage;

    StepRows(String schema, DataSource dataSource, @Nullable String tablePrefix, JsonMapper mapper) {
        this.schema = schema;
        this.joined = new JoinedDataSource(dataSource);
        this.storage = SqlStorageProviderFactory.using(joined, tablePrefix, DatabaseOptions.SKIP_CREATE);
        this.storage.setJobMapper(new JobMapper(mapper));
    }

    /** A job for the first step of a saga that was just started: its id is the saga's. */
    Job first(UUID saga, String definition, String step) {
        return named(
                new Job(saga, new JobDetails(new StepJob(schema, saga, 0)), new EnqueuedState()),
                saga,
                definition,
                step,
                false);
    }

    /** A job for a step that a worker has just come to. */
    Job next(UUID id, UUID saga, int branch, String definition, String step, boolean undoing) {
        Job job = new Job(id, new JobDetails(new StepJob(schema, saga, branch)), new EnqueuedState());
        return named(job, saga, definition, step, undoing);
    }

    /** JobRunr tries none of them again: the saga decides about that. */
    private static Job named(Job job, UUID saga, String definition, String step, boolean undoing) {
        job.setJobName(definition + ": " + (undoing ? "undo " : "") + step);
        job.setAmountOfRetries(0);
        job.setLabels(List.of(label("saga:" + definition), label(saga.toString())));
        return job;
    }

    private static String label(String text) {
        return text.length() <= LONGEST_LABEL ? text : text.substring(0, LONGEST_LABEL);
    }

    /** The same job once more, so that a transaction that fails leaves the first as it was. */
    static Job copyOf(Job job) {
        Job copy = new Job(
                job.getId(),
                job.getVersion(),
                job.getJobDetails(),
                new ArrayList<>(job.getJobStates()),
                new ConcurrentHashMap<>(job.getMetadata()));
        copy.setJobName(job.getJobName());
        copy.setAmountOfRetries(job.getAmountOfRetries());
        copy.setLabels(job.getLabels());
        job.getRecurringJobId().ifPresent(copy::setRecurringJobId);
        return copy;
    }

    Optional<Job> find(Connection transaction, UUID id) throws SQLException {
        return with(transaction, () -> {
            try {
                return Optional.of(storage.getJobById(id));
            } catch (JobNotFoundException e) {
                return Optional.empty();
            }
        });
    }

    void insert(Connection transaction, List<Job> jobs) throws SQLException {
        if (!jobs.isEmpty()) {
            with(transaction, () -> storage.save(jobs));
        }
    }

    static boolean isProcessed(Job job) {
        return job.hasState(StateName.PROCESSING);
    }

    /** The server that processes a job that is processed. */
    static UUID processedBy(Job job) {
        ProcessingState state = job.getJobState();
        return state.getServerId();
    }

    /** Which job of Belay's a row is about, if it is of this schema. */
    static Optional<Key> key(Job job, String schema) {
        Object[] parameters = job.getJobDetails().getJobParameterValues();
        return parameters.length == 1
                        && parameters[0] instanceof StepJob step
                        && step.schema().equals(schema)
                ? Optional.of(new Key(step.saga(), step.branch()))
                : Optional.empty();
    }

    /**
     * Brings jobs to their ends. One that was changed meanwhile is read again; if JobRunr ended it, by its operators' wish or because it took this
     * server for dead, that stays as it is: what becomes of the saga is not JobRunr's to say.
     *
     * @return those that were changed meanwhile: by JobRunr, or by the same transaction before, whose reply was lost
     */
    Set<UUID> end(Connection transaction, Map<Job, UnaryOperator<Job>> ends) throws SQLException {
        Set<UUID> changed = new HashSet<>();
        Map<UUID, UnaryOperator<Job>> byId = new HashMap<>();
        List<Job> ended = new ArrayList<>();
        ends.forEach((job, end) -> {
            byId.put(job.getId(), end);
            if (isProcessed(job)) {
                ended.add(end.apply(job));
            } else {
                changed.add(job.getId());
            }
        });
        if (ended.isEmpty()) {
            return changed;
        }
        with(transaction, () -> {
            for (Job other : trySave(ended)) {
                changed.add(other.getId());
                endAnew(other.getId(), byId);
            }
            return ended;
        });
        return changed;
    }

    private void endAnew(UUID id, Map<UUID, UnaryOperator<Job>> ends) {
        UnaryOperator<Job> end = ends.get(id);
        try {
            Job now = storage.getJobById(id);
            if (end != null && now.hasState(StateName.PROCESSING)) {
                trySave(List.of(end.apply(now)));
            }
        } catch (JobNotFoundException e) {
            // It was deleted for good.
        }
    }

    /** Saves jobs that exist, and answers those that were changed by somebody else. */
    List<Job> save(Connection transaction, List<Job> jobs) throws SQLException {
        return jobs.isEmpty() ? jobs : with(transaction, () -> trySave(jobs));
    }

    private List<Job> trySave(List<Job> jobs) {
        try {
            storage.save(jobs);
            return List.of();
        } catch (ConcurrentJobModificationException e) {
            return e.getConcurrentUpdatedJobs();
        }
    }

    /** When the last run of a schedule was due that was started. */
    Optional<Instant> lastFired(Connection transaction, String schedule) {
        return unchecked(transaction, () -> Optional.ofNullable(storage.getMetadata(LAST_FIRED, owner(schedule))))
                .map(metadata -> Instant.parse(metadata.getValue()));
    }

    void fired(Connection transaction, String schedule, Instant at) {
        unchecked(transaction, () -> {
            storage.saveMetadata(new JobRunrMetadata(LAST_FIRED, owner(schedule), at.toString()));
            return at;
        });
    }

    private String owner(String schedule) {
        return schema + "/" + schedule;
    }

    private <T> T unchecked(Connection transaction, JoinedDataSource.Work<T> work) {
        try {
            return with(transaction, work);
        } catch (SQLException e) {
            throw new SagaException("JobRunr's metadata could not be read or written: " + e.getMessage(), e);
        }
    }

    /** What the database said is passed on as such: whether it passes is for Belay to judge. */
    private <T> T with(Connection transaction, JoinedDataSource.Work<T> work) throws SQLException {
        try {
            return joined.with(transaction, work);
        } catch (StorageException e) {
            if (e.getCause() instanceof SQLException cause) {
                throw cause;
            }
            throw e;
        }
    }

    static StepRows of(Engine engine, @Nullable String tablePrefix, JsonMapper mapper) {
        return new StepRows(engine.schema(), engine.dataSource(), tablePrefix, mapper);
    }
}
