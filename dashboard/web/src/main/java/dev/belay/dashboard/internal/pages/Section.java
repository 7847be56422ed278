package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Route;
import java.util.List;

/** A part of the dashboard: its pages and what their forms do. */
public interface Section {
    /** Its routes. */
    List<Route> routes();
}
