/** The dashboard: one servlet that shows operators what is going on and lets them decide. Begin at {@code Dashboard}. */
@NullMarked
package dev.belay.dashboard;

import org.jspecify.annotations.NullMarked;
