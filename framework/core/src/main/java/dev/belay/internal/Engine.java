package dev.belay.internal;

import dev.belay.Belay;
import dev.belay.BelayBuilder;
import dev.belay.Control;
import dev.belay.Deployment;
import dev.belay.ForkPoint;
import dev.belay.OpenApproval;
import dev.belay.Operator;
import dev.belay.Purged;
import dev.belay.QueueControl;
import dev.belay.Retention;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaListener;
import dev.belay.SemanticLock;
import dev.belay.StartOptions;
import dev.belay.Starter;
import dev.belay.Statistic;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.agent.Agents;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.Inspector;
import dev.belay.internal.coordinator.Approvals;
import dev.belay.internal.coordinator.Bulks;
import dev.belay.internal.coordinator.Controls;
import dev.belay.internal.coordinator.Coordinator;
import dev.belay.internal.coordinator.Deadlines;
import dev.belay.internal.coordinator.Definitions;
import dev.belay.internal.coordinator.Deployments;
import dev.belay.internal.coordinator.Forecasts;
import dev.belay.internal.coordinator.Forks;
import dev.belay.internal.coordinator.Inspections;
import dev.belay.internal.coordinator.Messages;
import dev.belay.internal.coordinator.Operations;
import dev.belay.internal.coordinator.Purges;
import dev.belay.internal.coordinator.Starts;
import dev.belay.internal.coordinator.Sweep;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.coordinator.Views;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Migrator;
import dev.belay.internal.journal.Partitions;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Redaction;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.Upcasters;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.ControlTable.Kind;
import dev.belay.internal.queue.StartStatement.Claimant;
import dev.belay.internal.worker.Dispatch;
import dev.belay.internal.worker.Hands;
import dev.belay.internal.worker.Notifier;
import dev.belay.internal.worker.RunningWorker;
import dev.belay.internal.worker.Waiters;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Puts the parts together behind the API. */
public final class Engine implements Belay {
    private final DataSource dataSource;
    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Coordinator coordinator;
    private final Operations operations;
    private final Messages messages;
    private final Approvals approvals;
    private final Deadlines deadlines;
    private final Controls controls;
    private final Sweep sweep;
    private final Views views;
    private final Forecasts forecasts;
    private final Starts starts;
    private final Forks forks;
    private final Partitions partitions;
    private final Notifier notifier;
    private final Retention retention;
    private final Purges purges;
    private final Bulks bulks;
    private final Deployments deployments;
    private final Waiters waiters = new Waiters();
    private final Set<RunningWorker> workers = ConcurrentHashMap.newKeySet();

    private Engine(
            DataSource dataSource,
            Schema schema,
            Payloads payloads,
            Collection<SagaDefinition<?, ?>> sagas,
            List<SagaListener> listeners,
            Retention retention) {
        this.dataSource = dataSource;
        this.jdbi = Jdbis.over(dataSource);
        this.payloads = payloads;
        this.tables = Tables.in(schema, payloads);
        this.definitions = new Definitions(jdbi, tables.plans(), payloads, sagas, listeners);
        this.coordinator = new Coordinator(jdbi, tables, payloads, definitions);
        this.operations = new Operations(jdbi, tables, payloads, definitions, coordinator);
        this.messages = new Messages(jdbi, tables, payloads, definitions);
        this.approvals = new Approvals(jdbi, tables, payloads, definitions, operations);
        this.deadlines = new Deadlines(tables, operations);
        this.controls = new Controls(jdbi, tables);
        this.sweep = new Sweep(jdbi, tables, coordinator, operations);
        this.views = new Views(jdbi, tables, payloads, definitions);
        this.forecasts = new Forecasts(jdbi, tables, definitions);
        this.partitions = new Partitions(jdbi, schema);
        this.starts = new Starts(tables, payloads, definitions, partitions);
        this.forks = new Forks(jdbi, tables, payloads, definitions, partitions);
        this.notifier = new Notifier(jdbi, schema);
        this.retention = retention;
        this.purges = new Purges(jdbi, tables);
        this.bulks = new Bulks(jdbi, tables, definitions, operations);
        this.deployments = new Deployments(jdbi, tables, payloads, definitions);
    }

    /** Opens an engine. */
    public static Belay open(
            DataSource dataSource,
            String schemaName,
            boolean migrate,
            int payloadLimit,
            Collection<SagaDefinition<?, ?>> sagas,
            List<SagaListener> listeners,
            Collection<BelayBuilder.Upcast> upcasts,
            Retention retention,
            Collection<String> redacted,
            Collection<String> secrets) {
        Schema schema = new Schema(schemaName);
        Upcasters upcasters = new Upcasters(upcasts.stream()
                .map(upcast -> new Upcasters.Upcaster(upcast.from(), upcast.to(), upcast.function()))
                .toList());
        Payloads payloads = new Payloads(payloadLimit, upcasters, new Redaction(redacted, secrets));
        Engine engine = new Engine(dataSource, schema, payloads, sagas, listeners, retention);
        Migrator migrator = new Migrator(dataSource, schema);
        if (migrate) {
            migrator.migrate();
        } else {
            migrator.check();
        }
        engine.partitions.makeAhead();
        engine.definitions.store();
        engine.deployments.warn();
        return engine;
    }

    @Override
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, StartOptions options) {
        return own().start(definition, input, options);
    }

    @Override
    public <I, R> List<SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Collection<? extends I> inputs, StartOptions options) {
        return own().startAll(definition, inputs, options);
    }

    @Override
    public <I, R> Map<String, SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Map<String, ? extends I> inputsByKey, StartOptions options) {
        return own().startAll(definition, inputsByKey, options);
    }

    private Starter own() {
        return new Starting(this, starts, (queue, work) -> {
            try (Hands hands = notifier.hands(queue)) {
                Starts.Begun begun =
                        jdbi.inTransaction(handle -> work.with(handle, new Claimant(hands.owner(), hands.room())));
                hands.take(begun.claimed());
                if (begun.claimed().size() < begun.ids().size()) {
                    notifier.wake(queue);
                }
                return begun.ids();
            }
        });
    }

    @Override
    public Starter within(Handle handle) {
        return new Starting(this, starts, (queue, work) -> {
            try (Handle ours = Jdbis.open(handle.getConnection())) {
                List<UUID> ids = work.with(ours, Claimant.NOBODY).ids();
                if (handle.isInTransaction()) {
                    handle.afterCommit(() -> notifier.wake(queue));
                } else {
                    notifier.wake(queue);
                }
                return ids;
            }
        });
    }

    @Override
    public Starter within(Connection connection) {
        return new Starting(this, starts, (queue, work) -> {
            try (Handle ours = Jdbis.open(connection)) {
                return work.with(ours, Claimant.NOBODY).ids();
            }
        });
    }

    @Override
    public SagaHandle<Object> saga(UUID id) {
        return new Watched<>(id, Object.class, views, forecasts, payloads, operations, messages, notifier, waiters);
    }

    @Override
    public <R> SagaHandle<R> saga(UUID id, SagaDefinition<?, R> definition) {
        return new Watched<>(
                id, definition.result(), views, forecasts, payloads, operations, messages, notifier, waiters);
    }

    @Override
    public SagaHandle<Object> fork(UUID saga, ForkPoint at, String actor, String reason) {
        Forks.Forked forked = forks.fork(saga, at, actor, reason);
        notifier.wake(forked.queue());
        return saga(forked.saga());
    }

    @Override
    public Operator operator(String actor) {
        return new Deciding(
                actor, null, null, null, new Deciding.Powers(operations, approvals, deadlines, purges), notifier);
    }

    @Override
    public List<OpenApproval> approvals() {
        return approvals.open();
    }

    @Override
    public List<Statistic> statistics(Instant from, Instant to) {
        return jdbi.withHandle(handle -> tables.stats().read(handle, from, to));
    }

    @Override
    public Purged purge(Retention policy) {
        return purges.run(policy, Purges.Manner.onDemand());
    }

    @Override
    public List<SemanticLock> locks() {
        return jdbi.withHandle(handle -> tables.locks().all(handle));
    }

    @Override
    public Deployment deployment() {
        return deployments.report();
    }

    @Override
    public QueueControl queue(String name) {
        return new Controlling(Kind.QUEUE, name, controls, notifier);
    }

    @Override
    public Control definition(String name) {
        return new Controlling(Kind.DEFINITION, name, controls, notifier);
    }

    @Override
    public Worker worker(WorkerOptions options) {
        return worker(options, Dispatch.ownThreads(options));
    }

    /** A worker whose jobs reach threads by another way than the built-in one. */
    public Worker worker(WorkerOptions options, Dispatch dispatch) {
        RunningWorker[] made = new RunningWorker[1];
        RunningWorker.Engine shared = new RunningWorker.Engine(
                dataSource,
                jdbi,
                tables,
                payloads,
                definitions,
                coordinator,
                sweep,
                partitions,
                notifier,
                waiters,
                purges,
                bulks,
                retention,
                dispatch,
                () -> {
                    if (made[0] != null) {
                        workers.remove(made[0]);
                    }
                });
        RunningWorker worker = new RunningWorker(options, shared);
        made[0] = worker;
        workers.add(worker);
        return worker;
    }

    /** From now on {@code companion} writes beside what is started here, in the same transaction. */
    public void accompany(Companion.OfStarts companion) {
        starts.accompany(companion);
    }

    /** Ends what {@link #accompany} began. */
    public void leaveAlone(Companion.OfStarts companion) {
        starts.leaveAlone(companion);
    }

    /** Makes the partitions of the coming days, which workers do daily too. */
    public void makePartitionsAhead() {
        partitions.makeAhead();
    }

    /** Where the tables are, and the application's own. */
    public DataSource dataSource() {
        return dataSource;
    }

    /** The schema of the tables. */
    public String schema() {
        return tables.schema().name();
    }

    /** The plan a job follows. */
    public Plan plan(int id) {
        return definitions.plan(id).plan();
    }

    @Override
    public Inspector inspect() {
        return inspecting(jdbi);
    }

    @Override
    public Inspector inspect(DataSource readers) {
        return inspecting(Jdbis.over(readers));
    }

    private Inspector inspecting(Jdbi readers) {
        return new Inspections(readers, jdbi, tables, tables.reading(), definitions, views);
    }

    @Override
    public Agents agents() {
        return new Accounting(jdbi, tables, payloads);
    }

    @Override
    public BulkOperations bulk() {
        return new Bulking(bulks, notifier);
    }

    @Override
    public void audit(String actor, String action, Optional<UUID> saga, String words) {
        controls.note(actor, action, saga, words);
    }

    /** For the test kit: how long until an event is due that workers opened like this one deliver; zero while one is at it. */
    public Optional<Duration> untilNextDelivery() {
        return jdbi.withHandle(handle -> tables.outbox().untilNextDue(handle, definitions.wants()));
    }

    @Override
    public void wake() {
        notifier.wakeAll();
    }

    @Override
    public void close() {
        workers.forEach(RunningWorker::close);
        notifier.close();
    }
}
