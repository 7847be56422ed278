package dev.belay;

import dev.belay.agent.Agents;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.Inspector;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;

/**
 * The engine over one database: starts sagas, finds them, lets operators decide, and makes workers. Thread-safe; one instance a
 * process is enough.
 */
public interface Belay extends Starter, AutoCloseable {

    /** Begins to open an engine on {@code dataSource}, which should be a pool and stays the caller's. */
    static BelayBuilder on(DataSource dataSource) {
        return new BelayBuilder(dataSource);
    }

    /**
     * Starts sagas in the transaction of {@code handle}: they exist if and only if it commits. Workers of this process, and of
     * others, are woken after the commit.
     */
    Starter within(Handle handle);

    /** Starts sagas in the transaction of {@code connection}. Workers find them by {@link #wake()} after the commit, or by polling. */
    Starter within(Connection connection);

    /** The saga with the given id, whose result is of an unknown type (a map, list, text, number or null). */
    SagaHandle<Object> saga(UUID id);

    /** The saga with the given id, which is one of {@code definition}. */
    <R> SagaHandle<R> saga(UUID id, SagaDefinition<?, R> definition);

    /**
     * Starts a new saga that takes up the course of {@code saga}, be that open or ended, at a step that it has come to, which runs
     * again and what follows after it. What the steps before returned, in their branches too, can be asked for as ever; what they did
     * is not undone with the new saga, and stays the old one's. The old saga goes on as if nothing had happened. Both have an
     * audit row, and {@link SagaView#forkedFrom} tells where the new one comes from. Runs in a transaction of its own.
     *
     * @param actor who forks
     * @param reason why; both are kept in the audit
     * @throws OperationRefused if the saga has not come to that step, or the step is in a branch
     * @throws UnknownSaga if there is no such saga
     */
    SagaHandle<Object> fork(UUID saga, ForkPoint at, String actor, String reason);

    /** What {@code actor} may do to sagas that are stuck. */
    Operator operator(String actor);

    /** Pauses, resumes and limits the queue of the given name, whether or not anybody uses it yet. */
    QueueControl queue(String name);

    /** Pauses and resumes all sagas of the definition of the given name, in all its versions. */
    Control definition(String name);

    /**
     * What waits for a person's approval, the longest asked first. Decide by {@link Operator#approve} or {@link Operator#reject}. One
     * that is being escalated at this moment may be missing.
     */
    List<OpenApproval> approvals();

    /**
     * How often steps, undos and activities ended how, how long they took and what they cost, in the minutes that begin at
     * {@code from} or later and before {@code to}. Read from counts by the minute, never from the journal, so that it is quick however
     * much happened. The counts are about a second behind; a killed worker process takes its last second's counts with it.
     */
    List<Statistic> statistics(Instant from, Instant to);

    /**
     * Purges, now and here, the ended sagas that {@code retention} lets go, and returns what went when all has gone. Takes as long
     * as there is to delete; interrupting the thread ends it early. Runs in many short transactions of its own, beside which
     * sagas are started and go on. Workers do the same in the background by {@link BelayBuilder#retention}.
     *
     * @throws SagaException if the database is too busy, or another process purges all the while; what went stays gone
     */
    Purged purge(Retention retention);

    /** Who holds semantic locks and who waits for them: for each key the sagas in line, the holder first. Reads the database. */
    List<SemanticLock> locks();

    /** Which open sagas the code given to this engine can go on with, and which it cannot, and why. Reads the database. */
    Deployment deployment();

    /** A worker with default options, not yet started. */
    default Worker worker() {
        return worker(WorkerOptions.defaults());
    }

    /** A worker, not yet started. */
    Worker worker(WorkerOptions options);

    /** Reads across sagas: lists, counts, failures, workers, the audit. */
    Inspector inspect();

    /** The same, by connections of {@code readers}: a small pool of its own keeps reports from waiting for, or holding up, the work. */
    Inspector inspect(DataSource readers);

    /** What calls of models cost and may cost. */
    Agents agents();

    /** Decides about many sagas at once. */
    BulkOperations bulk();

    /**
     * Records in the audit what somebody was shown or did outside the engine, like a look at a payload.
     *
     * @param saga the saga it is about, if it is about one
     * @param words what the audit says of it
     */
    void audit(String actor, String action, Optional<UUID> saga, String words);

    /** Tells workers, here and in other processes, that there may be something to do. */
    void wake();

    /** Stops the workers made here. The data source stays open. */
    @Override
    void close();
}
