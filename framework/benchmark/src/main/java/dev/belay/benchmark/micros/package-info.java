/** The hot pieces by themselves, for {@code ./belay bench micro}. They may use what is internal to Belay. */
@NullMarked
package dev.belay.benchmark.micros;

import org.jspecify.annotations.NullMarked;
