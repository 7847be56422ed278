package dev.belay.guice;

import com.google.inject.AbstractModule;
import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.Multibinder;
import dev.belay.Belay;
import dev.belay.BelayBuilder;
import dev.belay.SagaDefinition;
import dev.belay.SagaListener;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * Opens an engine on the injector's {@link DataSource}, with every saga definition and listener that any module contributes.
 *
 * <p>Binds {@link Belay} and {@link Worker}, one each in the injector. The engine is opened, and the schema migrated, when
 * {@code Belay} is first asked for. The worker is not started: the processes that do the work say so. Guice closes nothing, so
 * whoever made the injector closes {@code Belay} at the end, which stops the worker too:
 *
 * <pre>{@code
 * Injector injector = Guice.createInjector(new DatabaseModule(), new SagaModule(), new TripModule());
 * injector.getInstance(Worker.class).start();
 * ...
 * injector.getInstance(Belay.class).close();
 * }</pre>
 *
 * <p>A definition is written by a class that takes its services in its constructor:
 *
 * <pre>{@code
 * final class BookTrip implements Provider<SagaDefinition<Trip, Itinerary>> {
 *   @Inject BookTrip(Flights flights, Provider<Session> sessions) { ... }
 *
 *   public SagaDefinition<Trip, Itinerary> get() {
 *     Saga<Trip> saga = Saga.define("book-trip", Trip.class);
 *     ...
 *   }
 * }
 *
 * final class TripModule extends AbstractModule {
 *   protected void configure() {
 *     SagaModule.definition(binder(), new TypeLiteral<SagaDefinition<Trip, Itinerary>>() {}, BookTrip.class);
 *   }
 * }
 * }</pre>
 *
 * <p>A definition is made once and its handlers run on many threads, so a service injected into it is one object for all sagas,
 * whatever its scope. A handler that needs an object of its own for each step takes a {@code Provider} of it and asks that when
 * it runs. A definition that starts other sagas takes a {@code Provider<Belay>}, because the engine is not open yet when its
 * definitions are made.
 *
 * <p>Immutable: each option returns another module.
 */
public final class SagaModule extends AbstractModule {
    private static final TypeLiteral<SagaDefinition<?, ?>> DEFINITION = new TypeLiteral<>() {};

    private final UnaryOperator<BelayBuilder> options;
    private final WorkerOptions workerOptions;

    /** A module with the default options of {@link BelayBuilder} and {@link WorkerOptions}. */
    public SagaModule() {
        this(builder -> builder, WorkerOptions.defaults());
    }

    private SagaModule(UnaryOperator<BelayBuilder> options, WorkerOptions workerOptions) {
        this.options = options;
        this.workerOptions = workerOptions;
    }

    /** See {@link BelayBuilder#schema}. */
    public SagaModule schema(String schema) {
        return with(builder -> builder.schema(schema));
    }

    /** See {@link BelayBuilder#withoutMigrating}. */
    public SagaModule withoutMigrating() {
        return with(BelayBuilder::withoutMigrating);
    }

    /** See {@link BelayBuilder#payloadLimit}. */
    public SagaModule payloadLimit(int bytes) {
        return with(builder -> builder.payloadLimit(bytes));
    }

    /** How the injector's worker works. */
    public SagaModule worker(WorkerOptions options) {
        return new SagaModule(this.options, Objects.requireNonNull(options, "options"));
    }

    private SagaModule with(UnaryOperator<BelayBuilder> option) {
        return new SagaModule(builder -> option.apply(options.apply(builder)), workerOptions);
    }

    /**
     * The set of definitions, for a module to add its own to. Each must be made only once, as a singleton: a saga is started with
     * the very object the engine was opened with. {@link #definition} sees to that.
     */
    public static Multibinder<SagaDefinition<?, ?>> definitions(Binder binder) {
        return Multibinder.newSetBinder(binder, DEFINITION);
    }

    /**
     * Adds the definition that {@code maker} writes, and binds it under its own type too, for the code that starts its sagas.
     * The maker is asked once.
     */
    public static <I, R> void definition(
            Binder binder,
            TypeLiteral<SagaDefinition<I, R>> type,
            Class<? extends Provider<SagaDefinition<I, R>>> maker) {
        binder.bind(type).toProvider(maker).in(Singleton.class);
        definitions(binder).addBinding().to(type);
    }

    /** The set of listeners and webhooks that hear of all definitions, for a module to add its own to. */
    public static Multibinder<SagaListener> listeners(Binder binder) {
        return Multibinder.newSetBinder(binder, SagaListener.class);
    }

    @Override
    protected void configure() {
        requireBinding(DataSource.class);
        definitions(binder());
        listeners(binder());
    }

    @Provides
    @Singleton
    Belay belay(DataSource dataSource, Set<SagaDefinition<?, ?>> definitions, Set<SagaListener> listeners) {
        BelayBuilder builder = options.apply(Belay.on(dataSource)).with(definitions);
        listeners.forEach(builder::listener);
        return builder.open();
    }

    @Provides
    @Singleton
    Worker worker(Belay belay) {
        return belay.worker(workerOptions);
    }
}
