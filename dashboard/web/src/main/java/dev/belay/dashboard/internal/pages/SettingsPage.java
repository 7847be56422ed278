package dev.belay.dashboard.internal.pages;

import dev.belay.Deployment;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.SchemaStatus;
import java.util.List;
import java.util.Optional;

/** How the dashboard is set up, and of what versions everything is. */
public final class SettingsPage implements Section {
    private final Parts parts;

    /** For one dashboard. */
    public SettingsPage(Parts parts) {
        this.parts = parts;
    }

    /**
     * What the page shows.
     *
     * @param version the version of Belay
     * @param lacking the versions of definitions that open sagas follow and the code behind this dashboard cannot go on with
     */
    public record Model(
            SchemaStatus schema,
            String version,
            String java,
            Settings settings,
            List<Role> roles,
            List<Permission> permissions,
            List<Deployment.Version> lacking) {}

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/settings",
                Access.of(Permission.SAGA_VIEW),
                "How the dashboard is set up: roles, what is hidden, versions.",
                List.of(),
                this::show));
    }

    private Answer show(Call call) {
        return Answer.page("settings", model(call));
    }

    /** The version of Belay. */
    public static String version() {
        return Optional.ofNullable(SettingsPage.class.getPackage().getImplementationVersion())
                .orElse("built from source");
    }

    /** How it is set up. */
    public Model model(Call call) {
        return new Model(
                parts.inspector(call).schema(),
                version(),
                System.getProperty("java.version"),
                parts.settings(),
                List.of(Role.values()),
                List.of(Permission.values()),
                parts.belay().deployment().lacking());
    }
}
