package dev.belay.guice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.ProvisionException;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.ProvidesIntoSet;
import com.google.inject.util.Modules;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.DatabaseUnusable;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaException;
import dev.belay.SagaListener;
import dev.belay.SagaState;
import dev.belay.Step;
import dev.belay.StepRejected;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SagaModuleTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static final TypeLiteral<SagaDefinition<Trip, Booking>> BOOK_TRIP = new TypeLiteral<>() {};

    private final String schema = "guice_" + SCHEMAS.incrementAndGet();
    private final List<Injector> opened = new CopyOnWriteArrayList<>();
    private HikariDataSource pool;

    record Trip(String to) {}

    record Booking(String ref, int session) {}

    /** A service that all sagas share. */
    @Singleton
    static class Flights {
        final List<String> cancelled = new CopyOnWriteArrayList<>();

        String reserve(String to) {
            return "F-" + to;
        }
    }

    /** A service with a state of its own, of which each step needs a fresh one. */
    static class Session {
        private static final AtomicInteger MADE = new AtomicInteger();
        final int number = MADE.incrementAndGet();
    }

    static class BookTrip implements Provider<SagaDefinition<Trip, Booking>> {
        private static final AtomicInteger ASKED = new AtomicInteger();
        private final Flights flights;
        private final Provider<Session> sessions;

        @Inject
        BookTrip(Flights flights, Provider<Session> sessions) {
            this.flights = flights;
            this.sessions = sessions;
        }

        @Override
        public SagaDefinition<Trip, Booking> get() {
            ASKED.incrementAndGet();
            Saga<Trip> saga = Saga.define("book-trip", Trip.class);
            Step<Trip, Booking> flight = saga.step(
                            "flight",
                            Booking.class,
                            ctx -> new Booking(flights.reserve(ctx.input().to()), sessions.get().number))
                    .undo(u -> flights.cancelled.add(u.output().ref()));
            Step<Trip, Booking> hotel = saga.step("hotel", Booking.class, ctx -> {
                if (ctx.input().to().equals("nowhere")) {
                    throw new StepRejected("no hotel there");
                }
                return new Booking("H-" + ctx.output(flight).ref(), sessions.get().number);
            });
            return saga.returns(hotel);
        }
    }

    static class TripModule extends AbstractModule {
        @Override
        protected void configure() {
            SagaModule.definition(binder(), BOOK_TRIP, BookTrip.class);
        }
    }

    @BeforeEach
    void openPool() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        pool = new HikariDataSource(config);
    }

    @AfterEach
    void closeEverything() {
        opened.forEach(injector -> injector.getInstance(Belay.class).close());
        pool.close();
    }

    private Module database() {
        return new AbstractModule() {
            @Override
            protected void configure() {
                bind(DataSource.class).toInstance(pool);
            }
        };
    }

    private Injector open(Module... modules) {
        Injector injector = Guice.createInjector(database(), Modules.combine(modules));
        opened.add(injector);
        return injector;
    }

    @Test
    void runsAndUndoesSagasWhoseServicesComeFromTheInjector() {
        Injector injector = open(new SagaModule().schema(schema), new TripModule());
        Belay belay = injector.getInstance(Belay.class);
        SagaDefinition<Trip, Booking> bookTrip = injector.getInstance(Key.get(BOOK_TRIP));

        injector.getInstance(Worker.class).start();

        assertThat(belay.start(bookTrip, new Trip("oslo")).await(SOON).ref()).isEqualTo("H-F-oslo");
        assertThat(belay.start(bookTrip, new Trip("nowhere")).awaitSettled(SOON))
                .isEqualTo(SagaState.COMPENSATED);
        assertThat(injector.getInstance(Flights.class).cancelled).containsExactly("F-nowhere");
    }

    @Test
    void makesOneEngineOneWorkerAndEachDefinitionOnce() {
        int askedBefore = BookTrip.ASKED.get();

        Injector injector = open(new SagaModule().schema(schema), new TripModule());

        assertThat(injector.getInstance(Belay.class)).isSameAs(injector.getInstance(Belay.class));
        assertThat(injector.getInstance(Worker.class)).isSameAs(injector.getInstance(Worker.class));
        injector.getInstance(Key.get(BOOK_TRIP));
        injector.getInstance(Key.get(new TypeLiteral<Set<SagaDefinition<?, ?>>>() {}));
        assertThat(BookTrip.ASKED.get()).isEqualTo(askedBefore + 1);
    }

    @Test
    void givesEachStepAFreshObjectThroughAProvider() {
        Injector injector = open(new SagaModule().schema(schema), new TripModule());
        Belay belay = injector.getInstance(Belay.class);
        SagaDefinition<Trip, Booking> bookTrip = injector.getInstance(Key.get(BOOK_TRIP));
        injector.getInstance(Worker.class).start();

        int before = Session.MADE.get();
        belay.start(bookTrip, new Trip("rome")).await(SOON);
        belay.start(bookTrip, new Trip("bergen")).await(SOON);

        assertThat(Session.MADE.get()).isEqualTo(before + 4);
    }

    @Test
    void takesDefinitionsFromSeveralModules() {
        Saga<Trip> one = Saga.define("one", Trip.class);
        one.step("only", String.class, ctx -> "one").pure();
        SagaDefinition<Trip, Void> bound = one.returnsNothing();

        Injector injector = open(
                new SagaModule().schema(schema),
                new TripModule(),
                new AbstractModule() {
                    @Override
                    protected void configure() {
                        SagaModule.definitions(binder()).addBinding().toInstance(bound);
                    }
                },
                new AbstractModule() {
                    @ProvidesIntoSet
                    @Singleton
                    SagaDefinition<?, ?> two(Flights flights) {
                        Saga<Trip> saga = Saga.define("two", Trip.class);
                        saga.step("only", String.class, ctx -> flights.reserve("two"))
                                .pure();
                        return saga.returnsNothing();
                    }
                });

        assertThat(injector.getInstance(Key.get(new TypeLiteral<Set<SagaDefinition<?, ?>>>() {})))
                .extracting(SagaDefinition::name)
                .containsExactlyInAnyOrder("book-trip", "one", "two");
        injector.getInstance(Worker.class).start();
        assertThat(injector.getInstance(Belay.class).start(bound, new Trip("x")).awaitSettled(SOON))
                .isEqualTo(SagaState.COMPLETED);
    }

    /** A listener that gets its services like everything else. */
    @Singleton
    static class Desk implements SagaListener {
        final BlockingQueue<SagaEvent> heard = new LinkedBlockingQueue<>();
        final Flights flights;

        @Inject
        Desk(Flights flights) {
            this.flights = flights;
        }

        @Override
        public void heard(SagaEvent event) throws Exception {
            heard.put(event);
        }
    }

    @Test
    void tellsListenersThatModulesContribute() throws Exception {
        Injector injector = open(new SagaModule().schema(schema), new TripModule(), new AbstractModule() {
            @Override
            protected void configure() {
                SagaModule.listeners(binder()).addBinding().to(Desk.class);
            }
        });
        Belay belay = injector.getInstance(Belay.class);
        injector.getInstance(Worker.class).start();

        UUID trip = belay.start(injector.getInstance(Key.get(BOOK_TRIP)), new Trip("oslo"))
                .id();

        SagaEvent event = injector.getInstance(Desk.class).heard.poll(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        assertThat(event.saga()).isEqualTo(trip);
        assertThat(event.type()).isEqualTo(SagaEvent.Type.COMPLETED);
    }

    @Test
    void letsADefinitionStartOtherSagas() {
        Injector injector = open(new SagaModule().schema(schema), new TripModule(), new AbstractModule() {
            @Provides
            @Singleton
            SagaDefinition<Trip, Void> both(Provider<Belay> belay, SagaDefinition<Trip, Booking> bookTrip) {
                Saga<Trip> saga = Saga.define("both", Trip.class);
                saga.step(
                        "start",
                        String.class,
                        ctx -> belay.get().start(bookTrip, ctx.input()).id().toString());
                return saga.returnsNothing();
            }

            @ProvidesIntoSet
            SagaDefinition<?, ?> asOneOfAll(SagaDefinition<Trip, Void> both) {
                return both;
            }
        });
        Belay belay = injector.getInstance(Belay.class);
        injector.getInstance(Worker.class).start();

        SagaState state = belay.start(
                        injector.getInstance(Key.get(new TypeLiteral<SagaDefinition<Trip, Void>>() {})),
                        new Trip("oslo"))
                .awaitSettled(SOON);

        assertThat(state).isEqualTo(SagaState.COMPLETED);
    }

    @Test
    void worksWithoutDefinitionsInAProcessThatOnlyWatches() {
        Belay belay = open(new SagaModule().schema(schema)).getInstance(Belay.class);

        assertThat(belay).isNotNull();
    }

    @Test
    void passesItsOptionsOn() {
        Injector injector = open(
                new SagaModule()
                        .schema(schema)
                        .payloadLimit(1024)
                        .worker(WorkerOptions.defaults().name("from-guice").withoutNotifications()),
                new TripModule());
        Belay belay = injector.getInstance(Belay.class);
        SagaDefinition<Trip, Booking> bookTrip = injector.getInstance(Key.get(BOOK_TRIP));
        injector.getInstance(Worker.class).start();

        assertThatThrownBy(() -> belay.start(bookTrip, new Trip("x".repeat(2_000))))
                .isInstanceOf(SagaException.class)
                .hasMessageContaining("limit of 1024");
        assertThat(belay.start(bookTrip, new Trip("oslo")).await(SOON).ref()).isEqualTo("H-F-oslo");
    }

    @Test
    void refusesAnEmptySchemaThatItMayNotMigrate() {
        Injector injector =
                Guice.createInjector(database(), new SagaModule().schema(schema).withoutMigrating());

        assertThatThrownBy(() -> injector.getInstance(Belay.class))
                .isInstanceOf(ProvisionException.class)
                .hasCauseInstanceOf(DatabaseUnusable.class);
    }

    @Test
    void saysAtCreationThatADataSourceIsMissing() {
        assertThatThrownBy(() -> Guice.createInjector(new SagaModule()))
                .isInstanceOf(CreationException.class)
                .hasMessageContaining("DataSource");
    }
}
