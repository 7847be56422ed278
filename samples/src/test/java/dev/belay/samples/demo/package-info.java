/** Tests of the demo's report. */
@NullMarked
package dev.belay.samples.demo;

import org.jspecify.annotations.NullMarked;
