package dev.belay.dashboard.internal;

import dev.belay.dashboard.Authenticator;
import dev.belay.dashboard.internal.api.Api;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Pulse;
import dev.belay.dashboard.internal.pages.Sections;
import dev.belay.dashboard.internal.pages.Settings;
import dev.belay.dashboard.internal.pages.SignInParts;
import dev.belay.dashboard.internal.signin.SessionAuthenticator;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.store.SecretTable;
import dev.belay.dashboard.internal.web.Csrf;
import dev.belay.dashboard.internal.web.Door;
import dev.belay.dashboard.internal.web.FrontServlet;
import dev.belay.dashboard.internal.web.Router;
import dev.belay.dashboard.internal.web.Streams;
import dev.belay.inspect.Inspector;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Puts the parts of the dashboard together. */
public final class Wiring implements AutoCloseable {
    private final FrontServlet servlet;
    private final Streams streams;
    private final Pulse pulse;

    private Wiring(FrontServlet servlet, Streams streams, Pulse pulse) {
        this.servlet = servlet;
        this.streams = streams;
        this.pulse = pulse;
    }

    /** Puts them together. */
    public static Wiring of(Settings settings) {
        Inspector inspector = settings.belay().inspect(settings.dataSource());
        Streams streams = new Streams(settings.livePages());
        Pulse pulse = new Pulse(inspector, settings.belay().bulk(), streams);
        Database database = new Database(settings.dataSource(), settings.schema());
        Optional<SignInParts> signIn = settings.signIn().map(limits -> SignInParts.of(database, limits));
        Parts parts = new Parts(settings.belay(), inspector, pulse, settings, signIn);
        Router router = new Router(Stream.of(Sections.routes(parts), new Api(parts).routes())
                .flatMap(List::stream)
                .toList());
        List<Authenticator> authenticators = new ArrayList<>(settings.authenticators());
        signIn.ifPresent(with -> authenticators.add(new SessionAuthenticator(with.signIns())));
        FrontServlet servlet = new FrontServlet(
                router,
                new Door(authenticators),
                new Csrf(new SecretTable(database).secret()),
                parts.assets(),
                Clock.systemUTC(),
                streams,
                settings.overTls());
        pulse.start();
        return new Wiring(servlet, streams, pulse);
    }

    /** The servlet. */
    public FrontServlet servlet() {
        return servlet;
    }

    @Override
    public void close() {
        pulse.close();
        streams.close();
    }
}
