/** One runnable main for each idea, and {@link dev.belay.samples.Demo}, which shows what they are good for. */
@NullMarked
package dev.belay.samples;

import org.jspecify.annotations.NullMarked;
