/** Questions that each need a server and a setting of their own. */
@NullMarked
package dev.belay.benchmark.studies;

import org.jspecify.annotations.NullMarked;
