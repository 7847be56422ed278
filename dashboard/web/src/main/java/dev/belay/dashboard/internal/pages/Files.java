package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;

/** Scripts, styles and pictures. They hold nothing of the user's. */
final class Files implements Section {
    private final Parts parts;

    Files(Parts parts) {
        this.parts = parts;
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/assets/{mark}/{name}",
                Access.anybody(),
                "A script, a style or a picture of the dashboard.",
                List.of(),
                call -> parts.assets()
                        .find(call.variable("mark"), call.variable("name"))
                        .orElseThrow(() -> Refused.notFound("There is no such file."))));
    }
}
