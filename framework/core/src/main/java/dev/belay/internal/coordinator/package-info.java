/** What comes next: which step follows, what is undone and in which order, and every change of direction. */
@NullMarked
package dev.belay.internal.coordinator;

import org.jspecify.annotations.NullMarked;
