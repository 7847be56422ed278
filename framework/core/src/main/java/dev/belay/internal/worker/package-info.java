/** Who does it: the loops of a worker process and the code that runs steps. */
@NullMarked
package dev.belay.internal.worker;

import org.jspecify.annotations.NullMarked;
