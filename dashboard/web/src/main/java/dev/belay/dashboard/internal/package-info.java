/** Puts the parts of the dashboard together. */
@NullMarked
package dev.belay.dashboard.internal;

import org.jspecify.annotations.NullMarked;
