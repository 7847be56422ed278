/**
 * Belay runs work as sagas of persisted jobs in the application's own PostgreSQL.
 *
 * <p>Start at {@link dev.belay.Saga#define}, which writes a definition, and {@link dev.belay.Belay#on}, which opens the
 * engine. Everything in this package may be used by applications; {@code dev.belay.internal} may change any day.
 */
@NullMarked
package dev.belay;

import org.jspecify.annotations.NullMarked;
