/** What happens to sagas and to JobRunr's rows when JobRunr's servers die, and when both reach for the same step. */
@NullMarked
package dev.belay.jobrunr.crash;

import org.jspecify.annotations.NullMarked;
