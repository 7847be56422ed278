package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Route;
import java.util.List;

/** stub. */
public final class SagaPage implements Section {
    private final Parts parts;

    SagaPage(Parts parts) {
        this.parts = parts;
    }

    @Override
    public List<Route> routes() {
        return new DecisionPages(parts.decisions(), parts.looks()).routes();
    }
}
