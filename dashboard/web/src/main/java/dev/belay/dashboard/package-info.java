/** The dashboard: one servlet that shows operators what is going on and lets them decide. Begin at {@link dev.belay.dashboard.Dashboard}. */
@NullMarked
package dev.belay.dashboard;

import org.jspecify.annotations.NullMarked;
