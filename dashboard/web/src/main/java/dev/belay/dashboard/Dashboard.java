package dev.belay.dashboard;

import dev.belay.Belay;
import dev.belay.dashboard.internal.Wiring;
import dev.belay.dashboard.internal.pages.Settings;
import dev.belay.dashboard.internal.pages.SignInSettings;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The dashboard of one engine: a servlet to put wherever it shall be, with asynchronous support, mapped to a path and everything below
 * ({@code /belay/*}).
 *
 * <pre>{@code
 * Dashboard dashboard = Dashboard.of(belay, dataSource).authenticator(new HostPrincipal(...)).open();
 * context.addServlet("belay", dashboard.servlet()).addMapping("/belay/*");
 * }</pre>
 *
 * <p>Without an authenticator only browsers on the same machine are answered. Thread-safe; close it when the container stops.
 */
public final class Dashboard implements AutoCloseable {
    private final Wiring wiring;

    private Dashboard(Wiring wiring) {
        this.wiring = wiring;
    }

    /**
     * Begins to configure a dashboard.
     *
     * @param belay what operators decide by; the definitions it was opened with let edited values be checked against their classes
     * @param dataSource where the dashboard reads, and keeps its own few rows: best a small pool of its own
     */
    public static Builder of(Belay belay, DataSource dataSource) {
        return new Builder(belay, dataSource);
    }

    /** The servlet. The same one each time. */
    public HttpServlet servlet() {
        return wiring.servlet();
    }

    /** Ends its background work and open streams. The engine and the data source stay open. */
    @Override
    public void close() {
        wiring.close();
    }

    /** How a dashboard is configured. */
    public static final class Builder {
        private final Belay belay;
        private final DataSource dataSource;
        private final List<Authenticator> authenticators = new ArrayList<>();
        private final List<String> hidden = new ArrayList<>();
        private String schema = "belay";
        private boolean fourEyes;
        private int streams = 200;
        private Optional<SignInSettings> signIn = Optional.empty();
        private boolean overTls;

        private Builder(Belay belay, DataSource dataSource) {
            this.belay = belay;
            this.dataSource = dataSource;
        }

        /** Lets in whom {@code authenticator} knows; with several, whom any of them knows. */
        public Builder authenticator(Authenticator authenticator) {
            authenticators.add(authenticator);
            return this;
        }

        /**
         * Lets people sign in on a page of the dashboard itself, by names and passwords kept in the database; see
         * {@link BuiltInUsers} for the first of them. A session ends after 30 minutes without a click, and after 12 hours.
         */
        public Builder builtInUsers() {
            return builtInUsers(Duration.ofMinutes(30), Duration.ofHours(12));
        }

        /**
         * The same.
         *
         * @param idle after how long without a click a session ends
         * @param longest after how long it ends however it is used
         */
        public Builder builtInUsers(Duration idle, Duration longest) {
            this.signIn = Optional.of(new SignInSettings(idle, longest));
            return this;
        }

        /**
         * Browsers come over TLS, which ends at a proxy that the container is not told about: cookies are marked as secure, and browsers
         * told to come by TLS only.
         */
        public Builder overTls() {
            this.overTls = true;
            return this;
        }

        /** The schema of Belay's tables, "belay" unless set: the same as the engine's. */
        public Builder schema(String schema) {
            this.schema = schema;
            return this;
        }

        /**
         * Never shows what is at this place in any input, output or message: names of fields from the root, separated by dots, {@code *}
         * for any name or place in a list, {@code **} for any number of them, like {@code **.password} or {@code customer.card.*}.
         */
        public Builder hide(String path) {
            hidden.add(path);
            return this;
        }

        /** Whoever started a saga's approval by their own action on the dashboard cannot decide it themselves. */
        public Builder fourEyes() {
            this.fourEyes = true;
            return this;
        }

        /** How many pages may be live at once, 200 unless set; the others are as they were when loaded. */
        public Builder livePages(int most) {
            this.streams = most;
            return this;
        }

        /** Opens it. */
        public Dashboard open() {
            return new Dashboard(Wiring.of(new Settings(
                    belay,
                    dataSource,
                    schema,
                    List.copyOf(authenticators),
                    List.copyOf(hidden),
                    fourEyes,
                    streams,
                    signIn,
                    overTls)));
        }
    }
}
