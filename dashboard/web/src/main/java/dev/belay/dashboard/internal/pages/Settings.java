package dev.belay.dashboard.internal.pages;

import dev.belay.Belay;
import dev.belay.dashboard.Authenticator;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** What a dashboard is configured with; see {@link dev.belay.dashboard.Dashboard.Builder}. */
public record Settings(
        Belay belay,
        DataSource dataSource,
        String schema,
        List<Authenticator> authenticators,
        List<String> hidden,
        boolean fourEyes,
        int livePages,
        Optional<SignInSettings> signIn,
        boolean overTls) {}
