/** Runs the demo and the samples as their users do. */
@NullMarked
package dev.belay.samples;

import org.jspecify.annotations.NullMarked;
