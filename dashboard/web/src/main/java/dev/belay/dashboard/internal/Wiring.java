package dev.belay.dashboard.internal;

import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Pulse;
import dev.belay.dashboard.internal.pages.Sections;
import dev.belay.dashboard.internal.pages.Settings;
import dev.belay.dashboard.internal.web.Csrf;
import dev.belay.dashboard.internal.web.Door;
import dev.belay.dashboard.internal.web.FrontServlet;
import dev.belay.dashboard.internal.web.Router;
import dev.belay.dashboard.internal.web.Streams;
import dev.belay.inspect.Inspector;
import java.security.SecureRandom;
import java.time.Clock;

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
        Parts parts = new Parts(settings.belay(), inspector, pulse, settings);
        Router router = new Router(Sections.routes(parts));
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        FrontServlet servlet = new FrontServlet(
                router,
                new Door(settings.authenticators()),
                new Csrf(secret),
                parts.assets(),
                Clock.systemUTC(),
                streams);
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
