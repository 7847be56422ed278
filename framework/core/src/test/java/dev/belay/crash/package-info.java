/** What happens to sagas when processes die, stop and come back, when the database goes away, and when calls race. */
@NullMarked
package dev.belay.crash;

import org.jspecify.annotations.NullMarked;
