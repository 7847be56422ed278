package dev.belay.jobrunr;

import dev.belay.SagaException;
import dev.belay.internal.queue.JobRow;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.EnqueuedState;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JobRunr's rows of saga steps, written in transactions of Belay's. Whatever JobRunr, its operators or another release have done to a row, writing it
 * never fails the transaction: what cannot be brought to its end is left as it is. Only what the database itself refuses is thrown.
 */
final class StepRows implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StepRows.class);
    private static final String LAST_FIRED = "belay-last-fired";
    private static final int LONGEST_LABEL = 45;

    private final String schema;
    private final String table;
    private final JoinedDataSource joined;
    private final StorageProvider storage;
    private final JobMapper mapper;

    StepRows(String schema, DataSource dataSource, @Nullable String tablePrefix, JsonMapper json) {
        this.schema = schema;
        this.table = (tablePrefix == null ? "" : tablePrefix) + "jobrunr_jobs";
        this.joined = new JoinedDataSource(dataSource);
        this.storage = SqlStorageProviderFactory.using(joined, tablePrefix, DatabaseOptions.SKIP_CREATE);
        this.mapper = new JobMapper(json);
        this.storage.setJobMapper(mapper);
    }

    /** A job for the first step of a saga that was just started: its id is the saga's. */
    Job first(UUID saga, String definition, String step) {
        return named(saga, saga, 0, definition + ": " + step, definition);
    }

    /** A job for a step that a worker has come to. Its id follows from what it is for, so that it is made once. */
    Job of(JobRow row, String definition) {
        return named(
                id(row, row.fence(), row.attempt()), row.sagaId(), row.branch(), name(row, definition), definition);
    }

    static String name(JobRow row, String definition) {
        return definition + ": " + (row.undoing() ? "undo " : "") + row.step();
    }

    private UUID id(JobRow row, long fence, int attempt) {
        String place = schema + "/" + row.sagaId() + "/" + row.branch() + "/" + row.seq() + "/" + row.run() + "/"
                + row.item() + "/" + row.undoing() + "/" + attempt + "/" + fence;
        return UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
    }

    /** JobRunr tries none of them again: the saga decides about that. */
    private Job named(UUID id, UUID saga, int branch, String name, String definition) {
        Job job = new Job(id, new JobDetails(new StepJob(schema, saga, branch)), new EnqueuedState());
        job.setJobName(name);
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
        return copy;
    }

    /** The rows of just started sagas that still wait, locked; those that JobRunr has at this moment are left to it. */
    Map<UUID, Job> takeEnqueued(Connection transaction, Collection<UUID> sagas) throws SQLException {
        return locked(transaction, sagas, StateName.ENQUEUED);
    }

    /** Ends the rows that carried jobs under the claims before these: whoever had them is dead, or lost them with a reply. */
    void endPredecessors(Connection transaction, Collection<JobRow> rows) throws SQLException {
        List<UUID> ids = rows.stream()
                .filter(row -> row.fence() > 2)
                .map(row -> id(row, row.fence() - 2, row.attempt() - 1))
                .toList();
        List<Job> left = new ArrayList<>();
        for (Job job : locked(transaction, ids, StateName.PROCESSING).values()) {
            left.add(job.delete("Its server died or lost it, and Belay runs the step as another job"));
        }
        save(transaction, left);
    }

    private Map<UUID, Job> locked(Connection transaction, Collection<UUID> ids, StateName state) throws SQLException {
        Map<UUID, Job> found = new HashMap<>();
        if (ids.isEmpty()) {
            return found;
        }
        String sql = "select id, jobAsJson from " + table
                + " where id = any (?) and state = ? order by id for update skip locked";
        try (PreparedStatement statement = transaction.prepareStatement(sql)) {
            String[] keys = ids.stream().map(UUID::toString).sorted().toArray(String[]::new);
            statement.setArray(1, transaction.createArrayOf("bpchar", keys));
            statement.setString(2, state.name());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Job job = read(rows.getString(2));
                    if (job != null) {
                        found.put(job.getId(), job);
                    }
                }
            }
        }
        return found;
    }

    private @Nullable Job read(String json) {
        try {
            return mapper.deserializeJob(json);
        } catch (RuntimeException e) {
            log.warn("A row of JobRunr's cannot be read, and its step runs as another job: {}", e.toString());
            return null;
        }
    }

    /** The row of this id, or null. */
    @Nullable
    Job find(Connection transaction, UUID id) throws SQLException {
        try (PreparedStatement statement =
                transaction.prepareStatement("select jobAsJson from " + table + " where id = cast(? as bpchar)")) {
            statement.setString(1, id.toString());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? read(rows.getString(1)) : null;
            }
        }
    }

    void insert(Connection transaction, List<Job> jobs) throws SQLException {
        if (!jobs.isEmpty()) {
            with(transaction, () -> storage.save(jobs));
        }
    }

    /**
     * Brings jobs to their ends. One that JobRunr changed meanwhile is read again; if JobRunr ended it, by its operators' wish or because it took this
     * server for dead, that stays as it is: what becomes of the saga is not JobRunr's to say.
     */
    void end(Connection transaction, Map<Job, UnaryOperator<Job>> ends) throws SQLException {
        Map<UUID, UnaryOperator<Job>> byId = new HashMap<>();
        List<Job> ended = new ArrayList<>();
        ends.forEach((job, end) -> {
            byId.put(job.getId(), end);
            ended.add(end.apply(copyOf(job)));
        });
        for (Job changed : save(transaction, ended)) {
            endAnew(transaction, changed.getId(), byId.getOrDefault(changed.getId(), Job::succeeded));
        }
    }

    private void endAnew(Connection transaction, UUID id, UnaryOperator<Job> end) throws SQLException {
        Job now = locked(transaction, List.of(id), StateName.PROCESSING).get(id);
        if (now != null) {
            save(transaction, List.of(end.apply(now)));
        }
    }

    /** Saves jobs that exist, and answers those that were changed by somebody else. */
    List<Job> save(Connection transaction, List<Job> jobs) throws SQLException {
        return jobs.isEmpty()
                ? jobs
                : with(transaction, () -> {
                    try {
                        storage.save(jobs);
                        return List.<Job>of();
                    } catch (ConcurrentJobModificationException e) {
                        return e.getConcurrentUpdatedJobs();
                    }
                });
    }

    /** Saves one job by itself; false if somebody else has changed it, or it is gone. */
    boolean saveAlone(Job job) {
        try {
            storage.save(job);
            return true;
        } catch (ConcurrentJobModificationException | JobNotFoundException e) {
            return false;
        }
    }

    // ---- schedules

    /** One at a time fires a schedule, until its transaction is over. */
    void lockSchedule(Connection transaction, String schedule) throws SQLException {
        try (PreparedStatement statement =
                transaction.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, LAST_FIRED + schema + "/" + schedule);
            statement.execute();
        }
    }

    /** When the last run of a schedule was due that was started. */
    Optional<Instant> lastFired(Connection transaction, String schedule) throws SQLException {
        JobRunrMetadata last = with(transaction, () -> storage.getMetadata(LAST_FIRED, owner(schedule)));
        return Optional.ofNullable(last).map(metadata -> Instant.parse(metadata.getValue()));
    }

    void fired(Connection transaction, String schedule, Instant at) throws SQLException {
        with(transaction, () -> {
            storage.saveMetadata(new JobRunrMetadata(LAST_FIRED, owner(schedule), at.toString()));
            return at;
        });
    }

    void forgetFired(String schedule) {
        storage.deleteMetadata(LAST_FIRED, owner(schedule));
    }

    /** JobRunr has room for 64 characters, and a schedule's id may be longer. */
    private String owner(String schedule) {
        return UUID.nameUUIDFromBytes((schema + "/" + schedule).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** What the database said is passed on as such: whether it passes is for Belay to judge. */
    private <T> T with(Connection transaction, JoinedDataSource.Work<T> work) throws SQLException {
        try {
            return joined.with(transaction, work);
        } catch (StorageException e) {
            if (e.getCause() instanceof SQLException cause) {
                throw cause;
            }
            throw new SagaException("JobRunr's tables could not be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        storage.close();
    }
}
