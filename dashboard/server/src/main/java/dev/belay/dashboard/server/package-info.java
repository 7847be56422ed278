/** The dashboard as a process of its own. Begin at {@link dev.belay.dashboard.server.DashboardServer}. */
@NullMarked
package dev.belay.dashboard.server;

import org.jspecify.annotations.NullMarked;
