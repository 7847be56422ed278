/** What is due: job rows, the claims on them, and the group commit that advances them. */
@NullMarked
package dev.belay.internal.queue;

import org.jspecify.annotations.NullMarked;
