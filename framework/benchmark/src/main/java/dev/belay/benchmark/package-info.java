/** {@code ./belay bench}: what a step costs, beside what the database under it can do. */
@NullMarked
package dev.belay.benchmark;

import org.jspecify.annotations.NullMarked;
