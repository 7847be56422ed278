/** The same for programs, as JSON, and its description. */
@NullMarked
package dev.belay.dashboard.internal.api;

import org.jspecify.annotations.NullMarked;
