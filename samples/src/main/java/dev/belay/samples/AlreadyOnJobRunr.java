package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StepRejected;
import dev.belay.jobrunr.JobRunrBridge;
import dev.belay.jobrunr.RecurringSaga;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/**
 * An application that runs JobRunr already, and adds Belay: its jobs start sagas, the steps of the sagas are jobs on its server, and a
 * schedule of JobRunr's starts a saga again and again.
 */
public final class AlreadyOnJobRunr {

    private AlreadyOnJobRunr() {}

    /** Packs an order and charges for it. If the card is declined, the parcel is unpacked. */
    static SagaDefinition<Order, Shipped> ship() {
        var saga = Saga.define("ship", Order.class);
        var parcel = saga.step(
                        "pack", String.class, ctx -> "parcel of " + ctx.input().item())
                .undo(u -> System.out.println("  unpacked the " + u.output()));
        var paid = saga.pivot("charge", String.class, ctx -> {
                    if (ctx.input().card().equals("declined")) {
                        throw new StepRejected("The bank declines the card.");
                    }
                    return "charge " + ctx.idempotencyKey();
                })
                .retry(RetryPolicy.exponential(Duration.ofMillis(200)).upTo(3));
        return saga.returns(Shipped.class, ctx -> new Shipped(ctx.output(parcel), ctx.output(paid)));
    }

    /** Counts what is on the shelves. */
    static SagaDefinition<Instant, Void> countStock(BlockingQueue<Instant> counted) {
        var saga = Saga.define("count-stock", Instant.class);
        saga.step("count", Void.class, ctx -> {
            counted.add(ctx.input());
            return null;
        });
        return saga.returnsNothing();
    }

    /** What is bought. */
    public record Order(String item, String card) {}

    /** What was sent. */
    public record Shipped(String parcel, String charge) {}

    /** A job that the application has had all along. */
    public record OrderPlaced(Order order) implements JobRequest {
        @Override
        public Class<OrderPlacedHandler> getJobRequestHandler() {
            return OrderPlacedHandler.class;
        }
    }

    /** Its handler, which now starts a saga. JobRunr tries the job again when it fails, and finds the saga that is there. */
    public static final class OrderPlacedHandler implements JobRequestHandler<OrderPlaced> {
        private final JobRunrBridge bridge;
        private final SagaDefinition<Order, Shipped> ship;
        private final AtomicBoolean mailed = new AtomicBoolean();
        private final BlockingQueue<SagaHandle<Shipped>> started = new LinkedBlockingQueue<>();

        OrderPlacedHandler(JobRunrBridge bridge, SagaDefinition<Order, Shipped> ship) {
            this.bridge = bridge;
            this.ship = ship;
        }

        @Override
        public void run(OrderPlaced job) {
            started.add(bridge.start(ship, job.order()));
            if (mailed.compareAndSet(false, true)) {
                throw new IllegalStateException("The mail to the customer cannot be sent.");
            }
        }

        SagaHandle<Shipped> next() throws InterruptedException {
            var saga = started.poll(60, TimeUnit.SECONDS);
            if (saga == null) {
                throw new IllegalStateException("No job has started a saga for a minute.");
            }
            return saga;
        }
    }

    /** Where JobRunr gets its handlers from; your application has Guice or Spring for this. */
    private static final class Handlers implements JobActivator {
        private final Map<Class<?>, Object> made = new ConcurrentHashMap<>();

        @Override
        @SuppressWarnings("NullAway") // Null is JobRunr's word for "not mine".
        public <T> @Nullable T activateJob(Class<T> type) {
            return type.cast(made.get(type));
        }
    }

    /** Places an order whose job fails once, and one that cannot be paid; then waits for the first count of the stock. */
    public static void main(String... args) throws Exception {
        try (var database = new SampleDatabase()) {
            // What the application has: a server, its tables, and a mapper that reads the types of jobs and no others.
            var handlers = new Handlers();
            var jobRunr = JobRunr.configure()
                    .useJsonMapper(new Jackson3JsonMapper(
                            BasicPolymorphicTypeValidator.builder().allowIfSubType(JobRequest.class)))
                    .useStorageProvider(SqlStorageProviderFactory.using(database.dataSource()))
                    .useJobActivator(handlers)
                    .useBackgroundJobServer(
                            BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                                    .andPollInterval(Duration.ofSeconds(5)),
                            false)
                    .initialize();
            var server = jobRunr.getBackgroundJobServer();

            // What it adds. Closed from below: the worker, then the server, then the bridge.
            var counted = new LinkedBlockingQueue<Instant>();
            var ship = ship();
            var countStock = countStock(counted);
            try (var belay = Belay.on(database.dataSource())
                            .with(ship, countStock)
                            .open();
                    var bridge = JobRunrBridge.on(belay).server(server).open();
                    AutoCloseable serverEnds = JobRunr::destroy;
                    var worker = bridge.worker()) {
                var orders = new OrderPlacedHandler(bridge, ship);
                handlers.made.put(OrderPlacedHandler.class, orders);
                bridge.recurring(RecurringSaga.of("count-stock", countStock, "PT5S", time -> time));
                server.start();
                worker.start();

                jobRunr.getJobRequestScheduler().enqueue(new OrderPlaced(new Order("tea", "4711")));
                var first = orders.next();
                System.out.println(
                        "tea:   " + first.await(Duration.ofSeconds(30)).parcel() + " is on its way");
                first.journal().stream()
                        .filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT)
                        .forEach(entry -> System.out.println("  " + entry.step() + ": " + entry.outcome()));
                System.out.println("tea:   tried again, the job finds "
                        + (orders.next().id().equals(first.id()) ? "the same saga" : "another saga"));

                jobRunr.getJobRequestScheduler().enqueue(new OrderPlaced(new Order("coffee", "declined")));
                System.out.println("coffee: " + orders.next().awaitSettled(Duration.ofSeconds(30)));

                System.out.println(
                        "stock: " + (counted.poll(60, TimeUnit.SECONDS) == null ? "not counted" : "counted"));
            }
        }
    }
}
