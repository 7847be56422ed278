/** The parts of the demo: its processes, its scenes, and the report. */
@NullMarked
package dev.belay.samples.demo;

import org.jspecify.annotations.NullMarked;
