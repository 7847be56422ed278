/** The engine behind the API; ours, and free to change any day. */
@NullMarked
package dev.belay.internal;

import org.jspecify.annotations.NullMarked;
