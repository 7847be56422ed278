/** The systems that are measured. */
@NullMarked
package dev.belay.benchmark.systems;

import org.jspecify.annotations.NullMarked;
