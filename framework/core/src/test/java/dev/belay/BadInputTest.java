package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.embedded.LocalPostgres;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What is wrong is said in words that name the thing, the fact and the way out, and nothing recorded is lost by it. */
class BadInputTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private static HikariDataSource pool;
    private static Jdbi jdbi;
    private String schema = "";

    record Order(String item) {}

    record Booking(String ref) {}

    /** What a booking becomes in a later build that forgot about the stored ones. */
    @PayloadName("booking")
    record BookingOfLater(int ref) {}

    /** The same in the build after, which reads both. */
    @PayloadName("booking")
    record BookingMended(String ref) {}

    record Other(String ref) {}

    @BeforeAll
    static void connect() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(LocalPostgres.shared().url());
        config.setMaximumPoolSize(20);
        pool = new HikariDataSource(config);
        jdbi = Jdbi.create(pool);
    }

    @AfterAll
    static void disconnect() {
        pool.close();
    }

    @BeforeEach
    void newSchema() {
        schema = "bad_input_" + SCHEMAS.incrementAndGet();
        jdbi.useHandle(handle -> handle.execute("drop schema if exists " + schema + " cascade"));
    }

    private Belay open(SagaDefinition<?, ?>... definitions) {
        return Belay.on(pool).schema(schema).with(definitions).open();
    }

    private static Worker work(Belay belay) {
        return belay.worker(WorkerOptions.defaults().platformThreads(4)).start();
    }

    private static SagaDefinition<Order, String> oneStep(Handlers.Chain<Order, String> code) {
        Saga<Order> saga = Saga.define("order", Order.class);
        return saga.returns(saga.step("handle", String.class, code).pure().retry(RetryPolicy.never()));
    }

    // ---- definitions

    @Test
    void startingAnUnknownDefinitionSaysHowToMakeItKnown() {
        SagaDefinition<Order, String> known = oneStep(context -> "done");
        SagaDefinition<Order, Void> unknown = unknown();
        try (Belay belay = open(known)) {

            assertThatThrownBy(() -> belay.start(unknown, new Order("tea")))
                    .isInstanceOf(SagaException.class)
                    .hasMessageContaining("stranger")
                    .hasMessageContaining("is not known here")
                    .hasMessageContaining("order")
                    .hasMessageContaining("Pass the definition to Belay.on(…).with(…)");

            assertThat(count("saga")).isZero();
        }
    }

    private static SagaDefinition<Order, Void> unknown() {
        Saga<Order> saga = Saga.define("stranger", Order.class);
        saga.step("only", String.class, context -> "").pure();
        return saga.returnsNothing();
    }

    @Test
    void aChangedPlanRefusesNewSagasAndLetsOpenOnesGoOn() {
        SagaDefinition<Order, String> original = chain("first", "second");
        SagaHandle<String> open;
        try (Belay belay = open(original)) {
            open = belay.start(original, new Order("tea"));
        }
        SagaDefinition<Order, String> changed = chain("first", "inserted", "second");
        try (Belay belay = open(changed)) {

            assertThatThrownBy(() -> belay.start(changed, new Order("tea")))
                    .isInstanceOf(SagaException.class)
                    .hasMessageContaining("was stored with the steps [first, second]")
                    .hasMessageContaining("the code now has [first, inserted, second]")
                    .hasMessageContaining("Raise its version, or keep the old steps");

            try (Worker worker = work(belay)) {
                SagaHandle<String> same = belay.saga(open.id(), changed);
                assertThat(same.await(LONG)).isEqualTo("second of tea");
                assertThat(same.journal())
                        .filteredOn(entry -> entry.kind() == Kind.ATTEMPT)
                        .extracting(JournalEntry::step)
                        .containsExactly("first", "second");
            }
            assertThat(count("saga")).isOne();
        }
    }

    private static SagaDefinition<Order, String> chain(String... steps) {
        Saga<Order> saga = Saga.define("order", Order.class);
        Step<Order, String> last = null;
        for (String step : steps) {
            last = saga.step(
                            step,
                            String.class,
                            context -> step + " of " + context.input().item())
                    .pure();
        }
        return saga.returns(last);
    }

    @Test
    void aStepMissingAfterADeployWaitsForTheBuildThatHasIt() {
        SagaDefinition<Order, String> whole = chain("first", "second");
        UUID id;
        try (Belay belay = open(whole)) {
            id = belay.start(whole, new Order("tea")).id();
        }
        try (Belay belay = open(chain("first"));
                Worker worker = work(belay)) {
            assertThat(belay.saga(id).awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            Failure failure = belay.saga(id).view().failure().orElseThrow();
            assertThat(failure.type()).isEqualTo("NO_HANDLER");
            assertThat(failure.message())
                    .contains("This build has no step \"second\"")
                    .contains("order")
                    .contains("Deploy a build that has it and retry, or skip it");
        }
        try (Belay belay = open(whole);
                Worker worker = work(belay)) {
            belay.operator("alice").retry(id, "deployed");

            assertThat(belay.saga(id, whole).await(LONG)).isEqualTo("second of tea");
            assertThat(successes(belay, id)).containsExactly("first", "second");
        }
    }

    private static List<String> successes(Belay belay, UUID id) {
        return belay.saga(id).journal().stream()
                .filter(entry -> entry.kind() == Kind.ATTEMPT && entry.outcome() == Result.SUCCEEDED)
                .map(JournalEntry::step)
                .toList();
    }

    // ---- payloads

    @Test
    void aPayloadThatNoLongerFitsSuspendsTheSagaAndIsKept() {
        UUID id;
        SagaDefinition<Order, String> first = booking(Booking.class, new Booking("F-1"));
        try (Belay belay = open(first)) {
            id = belay.start(first, new Order("tea")).id();
            try (Worker worker = work(belay)) {
                assertThat(belay.saga(id).awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            }
        }
        String recorded = recordedBooking(id);
        try (Belay belay = open(booking(BookingOfLater.class, new BookingOfLater(1)));
                Worker worker = work(belay)) {
            belay.operator("alice").retry(id, "new build");
            assertThat(belay.saga(id).awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            Failure failure = belay.saga(id).view().failure().orElseThrow();
            assertThat(failure.type()).isEqualTo(PayloadException.class.getName());
            assertThat(failure.message())
                    .contains("\"book\"")
                    .contains("\"booking\"")
                    .contains(BookingOfLater.class.getName())
                    .contains("The stored value is kept as it is");
            assertThat(recordedBooking(id)).isEqualTo(recorded);
        }
        SagaDefinition<Order, String> mended = booking(BookingMended.class, new BookingMended("never"));
        try (Belay belay = open(mended);
                Worker worker = work(belay)) {
            DECIDED.add(id);
            belay.operator("alice").retry(id, "reads the old ones again");

            assertThat(belay.saga(id, mended).await(LONG)).contains("F-1");
            assertThat(recordedBooking(id)).isEqualTo(recorded);
            assertThat(successes(belay, id)).containsExactly("book", "use");
        }
    }

    private static final List<UUID> DECIDED = new CopyOnWriteArrayList<>();

    /** Books, and then needs a decision before it uses what was booked. */
    private static <B> SagaDefinition<Order, String> booking(Class<B> type, B made) {
        Saga<Order> saga = Saga.define("booking", Order.class);
        Step<Order, B> book = saga.step("book", type, context -> made).pure();
        return saga.returns(saga.step("use", String.class, context -> {
                    String used = "used " + context.output(book);
                    if (!DECIDED.contains(context.sagaId())) {
                        throw new IllegalStateException("undecided");
                    }
                    return used;
                })
                .pure()
                .retry(RetryPolicy.never()));
    }

    private String recordedBooking(UUID id) {
        return jdbi.withHandle(handle -> handle.createQuery("select t::text from " + schema
                        + ".journal t where saga_id = :id and step = 'book' and kind = 'A' and outcome = 'S'")
                .bind("id", id)
                .mapTo(String.class)
                .one());
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void anInputOfTheWrongTypeIsRefusedAtTheStart() {
        SagaDefinition<Order, String> definition = oneStep(context -> "done");
        try (Belay belay = open(definition)) {

            assertThatThrownBy(() -> belay.start((SagaDefinition) definition, new Other("x")))
                    .isInstanceOf(PayloadException.class)
                    .hasMessageContaining("The input of saga")
                    .hasMessageContaining("order")
                    .hasMessageContaining("must be a " + Order.class.getName())
                    .hasMessageContaining("but is a " + Other.class.getName());
            assertThatThrownBy(() -> belay.start((SagaDefinition) definition, (Object) null))
                    .isInstanceOf(SagaException.class)
                    .hasMessageContaining("needs an input of type Order, got null");

            assertThat(count("saga")).isZero();
        }
    }

    @Test
    void anInputAboveTheLimitIsRefusedAtTheStart() {
        SagaDefinition<Order, String> definition = oneStep(context -> "done");
        try (Belay belay = open(definition)) {

            assertThatThrownBy(() -> belay.start(definition, new Order("x".repeat(1024 * 1024))))
                    .isInstanceOf(PayloadException.class)
                    .hasMessageContaining("The input of saga")
                    .hasMessageContaining("more than the limit of 1048576")
                    .hasMessageContaining("Store it elsewhere and pass a reference, or raise the limit");

            assertThat(count("saga")).isZero();
        }
    }

    @Test
    void anOutputAboveTheLimitSuspendsTheSaga() {
        AtomicInteger size = new AtomicInteger(1024 * 1024);
        SagaDefinition<Order, String> definition = oneStep(context -> "x".repeat(size.get()));
        try (Belay belay = open(definition);
                Worker worker = work(belay)) {
            SagaHandle<String> saga = belay.start(definition, new Order("tea"));

            assertThat(saga.awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            assertThat(saga.view().failure().orElseThrow().message())
                    .contains("The output of step \"handle\"")
                    .contains("has 1048578 bytes, more than the limit of 1048576")
                    .contains("Store it elsewhere");
            size.set(1024 * 1024 - 2);
            belay.operator("alice").retry(saga.id(), "just fits");
            assertThat(saga.await(LONG)).hasSize(1024 * 1024 - 2);
        }
    }

    @Test
    void textsThatPostgresCannotHoldSurviveTheRoundTrip() {
        String text = "nul \0, half \uD83D and \uDE00, whole \uD83D\uDE00, quoted \\u0000, ä";
        List<String> seen = new CopyOnWriteArrayList<>();
        Saga<Order> saga = Saga.define("odd", Order.class);
        Step<Order, Booking> book = saga.step("book", Booking.class, context -> {
                    seen.add(context.input().item());
                    return new Booking(context.activity("ask", String.class, () -> text));
                })
                .pure();
        saga.step("fail", String.class, context -> {
                    seen.add(context.output(book).ref());
                    if (context.attempt() == 1) {
                        throw new IllegalStateException(text);
                    }
                    return "";
                })
                .pure()
                .retry(RetryPolicy.fixed(Duration.ZERO));
        SagaDefinition<Order, Booking> definition = saga.returns(book);
        try (Belay belay = open(definition)) {
            SagaHandle<Booking> odd = belay.start(definition, new Order(text));
            try (Worker worker = work(belay)) {
                assertThat(odd.await(LONG)).isEqualTo(new Booking(text));
                assertThat(seen).containsOnly(text);
            }
        }
    }

    // ---- the database

    @Test
    void anUnreachableDatabaseIsSaidToBeUnreachable() {
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setURL("jdbc:postgresql://127.0.0.1:1/postgres?user=postgres");

        assertThatThrownBy(() -> Belay.on(nowhere).open())
                .isInstanceOf(DatabaseUnusable.class)
                .hasMessageContaining("The database cannot be reached")
                .hasMessageContaining("Check that PostgreSQL runs");
    }

    @Test
    void aServerTooOldIsRefusedByItsVersion() {
        DataSource old = answering("current_setting('server_version_num')", "select 130011");

        assertThatThrownBy(() -> Belay.on(old).schema(schema).open())
                .isInstanceOf(DatabaseUnusable.class)
                .hasMessageContaining("Belay needs 14 or newer")
                .hasMessageContaining("Upgrade the server");

        assertThat(schemas()).isZero();
    }

    /** A data source that asks the server something else where a query contains {@code part}. */
    private static DataSource answering(String part, String instead) {
        return proxy(
                DataSource.class,
                pool,
                "getConnection",
                connection -> proxy(
                        Connection.class,
                        connection,
                        "createStatement",
                        statement -> (Statement) Proxy.newProxyInstance(
                                BadInputTest.class.getClassLoader(),
                                new Class<?>[] {Statement.class},
                                (self, method, args) -> {
                                    if (method.getName().equals("executeQuery") && ((String) args[0]).contains(part)) {
                                        return ((Statement) statement).executeQuery(instead);
                                    }
                                    return method.invoke(statement, args);
                                })));
    }

    @SuppressWarnings("unchecked")
    private static <T> T proxy(Class<T> type, Object target, String method, Function<Object, Object> changed) {
        return (T) Proxy.newProxyInstance(
                BadInputTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, args) -> {
                    Object result = called.invoke(target, args);
                    return called.getName().equals(method) ? changed.apply(result) : result;
                });
    }

    @Test
    void aSchemaOfANewerLibraryIsLeftAlone() {
        open().close();
        jdbi.useHandle(handle -> handle.execute("insert into " + schema + """
                .belay_migration (installed_rank, version, description, type, script, checksum, installed_by,
                                  execution_time, success)
                values (1000, '999', 'the future', 'SQL', 'V999__the_future.sql', 1, 'tomorrow', 1, true)"""));

        for (boolean migrate : new boolean[] {true, false}) {
            BelayBuilder builder = Belay.on(pool).schema(schema);
            assertThatThrownBy(() -> (migrate ? builder : builder.withoutMigrating()).open())
                    .isInstanceOf(DatabaseUnusable.class)
                    .hasMessageContaining("\"" + schema + "\"")
                    .hasMessageContaining("was migrated to version 999 by a newer Belay")
                    .hasMessageContaining("it knows")
                    .hasMessageContaining("Use that version of the library, or another schema");
        }
    }

    @Test
    void aMissingSchemaIsNotMadeWhenMigratingIsForbidden() {
        assertThatThrownBy(
                        () -> Belay.on(pool).schema(schema).withoutMigrating().open())
                .isInstanceOf(DatabaseUnusable.class)
                .hasMessageContaining("\"" + schema + "\" lacks")
                .hasMessageContaining("V001__")
                .hasMessageContaining("Apply them");

        assertThat(schemas()).isZero();
    }

    private long schemas() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "select count(*) from information_schema.schemata where schema_name = :schema")
                .bind("schema", schema)
                .mapTo(Long.class)
                .one());
    }

    // ---- replay

    @Test
    void aChangedOrderOfActivitiesSuspendsAndRunsNothingTwice() {
        Map<String, AtomicInteger> calls =
                Map.of("search", new AtomicInteger(), "book", new AtomicInteger(), "mail", new AtomicInteger());
        UUID id;
        SagaDefinition<Order, String> original = calling(calls, true, "search", "book", "mail");
        try (Belay belay = open(original);
                Worker worker = work(belay)) {
            id = belay.start(original, new Order("tea")).id();
            assertThat(belay.saga(id).awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
        }
        try (Belay belay = open(calling(calls, false, "book", "search", "mail"));
                Worker worker = work(belay)) {
            belay.operator("alice").retry(id, "new build");
            assertThat(belay.saga(id).awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            Failure failure = belay.saga(id).view().failure().orElseThrow();
            assertThat(failure.type()).isEqualTo(ReplayMismatch.class.getName());
            assertThat(failure.message())
                    .contains(id.toString())
                    .contains("recorded activity 1 of step \"talk\" as \"search#1\"")
                    .contains("the code now runs \"book#1\"")
                    .contains("Keep the old order");
        }
        assertThat(calls.get("search")).hasValue(1);
        assertThat(calls.get("book")).hasValue(1);
        try (Belay belay = open(calling(calls, false, "search", "book", "mail"));
                Worker worker = work(belay)) {
            belay.operator("alice").retry(id, "old order restored");

            assertThat(belay.saga(id, original).await(LONG)).isEqualTo("search 1, book 1, mail 1");
            assertThat(calls.values()).allSatisfy(times -> assertThat(times).hasValue(1));
        }
    }

    /** Calls one after the other; if {@code fails}, the step fails before the last of them. */
    private static SagaDefinition<Order, String> calling(
            Map<String, AtomicInteger> calls, boolean fails, String... order) {
        Saga<Order> saga = Saga.define("talk", Order.class);
        return saga.returns(saga.step("talk", String.class, context -> {
                    List<String> answers = new ArrayList<>();
                    for (int i = 0; i < order.length; i++) {
                        String name = order[i];
                        if (fails && i == order.length - 1) {
                            throw new IllegalStateException("broke off");
                        }
                        answers.add(context.activity(
                                name,
                                String.class,
                                () -> name + " " + calls.get(name).incrementAndGet()));
                    }
                    return String.join(", ", answers);
                })
                .pure()
                .retry(RetryPolicy.never()));
    }

    // ---- operators

    @Test
    void skippingWithAnOutputOfTheWrongTypeIsRefused() {
        SagaDefinition<Order, String> definition = oneStep(context -> {
            throw new IllegalStateException("broken");
        });
        try (Belay belay = open(definition);
                Worker worker = work(belay)) {
            SagaHandle<String> saga = belay.start(definition, new Order("tea"));
            saga.awaitSettled(LONG);
            List<String> before = rows();

            assertThatThrownBy(() -> belay.operator("alice").skip(saga.id(), new Other("x"), "by hand"))
                    .isInstanceOf(PayloadException.class)
                    .hasMessageContaining("The value to skip step \"handle\" with")
                    .hasMessageContaining("must be a \"string\"")
                    .hasMessageContaining("is a \"other\"");
            assertThatThrownBy(() -> belay.operator("alice").skip(saga.id(), "done", " "))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("A reason is needed");

            assertThat(rows()).isEqualTo(before);
            belay.operator("alice").skip(saga.id(), "by hand", "done by phone");
            assertThat(saga.await(LONG)).isEqualTo("by hand");
        }
    }

    @Test
    void retryingARunningSagaIsRefused() {
        SagaDefinition<Order, String> definition = oneStep(context -> "done");
        try (Belay belay = open(definition)) {
            SagaHandle<String> saga = belay.start(definition, new Order("tea"));
            List<String> before = rows();

            OperationRefused refused = catchThrowableOfType(
                    OperationRefused.class, () -> belay.operator("alice").retry(saga.id(), "impatient"));

            assertThat(refused.reason()).isEqualTo(OperationRefused.Reason.WRONG_STATE);
            assertThat(refused.state()).isEqualTo(SagaState.RUNNING);
            assertThat(refused)
                    .hasMessageContaining("Cannot retry saga " + saga.id())
                    .hasMessageContaining("it is RUNNING")
                    .hasMessageContaining("SUSPENDED");
            assertThat(rows()).isEqualTo(before);
        }
    }

    @Test
    void ofTwoOperatorsWhoSawTheSameOneIsToldThatItChanged() throws Exception {
        SagaDefinition<Order, String> definition = oneStep(context -> {
            throw new IllegalStateException("broken");
        });
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Belay belay = open(definition)) {
            SagaHandle<String> saga = belay.start(definition, new Order("tea"));
            try (Worker worker = work(belay)) {
                assertThat(saga.awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
            }
            String seen = saga.view().version();
            CyclicBarrier barrier = new CyclicBarrier(2);
            List<Future<SagaState>> calls = new ArrayList<>();
            for (String name : List.of("alice", "bob")) {
                calls.add(threads.submit(() -> {
                    barrier.await();
                    return belay.operator(name).expecting(seen).retry(saga.id(), "both saw it suspended");
                }));
            }

            List<OperationRefused> refusals = new ArrayList<>();
            for (Future<SagaState> call : calls) {
                try {
                    assertThat(call.get()).isEqualTo(SagaState.RUNNING);
                } catch (ExecutionException e) {
                    refusals.add((OperationRefused) e.getCause());
                }
            }

            assertThat(refusals).singleElement().satisfies(refused -> {
                assertThat(refused.reason()).isEqualTo(OperationRefused.Reason.CHANGED_SINCE_YOU_LOOKED);
                assertThat(refused)
                        .hasMessageContaining("changed since you looked")
                        .hasMessageContaining("Look again");
            });
            assertThat(count("operation")).isOne();
        } finally {
            threads.shutdownNow();
        }
    }

    private long count(String table) {
        return jdbi.withHandle(handle -> handle.createQuery("select count(*) from " + schema + "." + table)
                .mapTo(Long.class)
                .one());
    }

    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (String table : List.of("saga", "job", "journal", "operation", "outbox")) {
            rows.addAll(jdbi.withHandle(
                    handle -> handle.createQuery("select t::text from " + schema + "." + table + " t order by 1")
                            .mapTo(String.class)
                            .list()));
        }
        return rows;
    }
}
