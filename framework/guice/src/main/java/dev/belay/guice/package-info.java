/**
 * Sagas wired by Guice.
 *
 * <p>Start at {@link dev.belay.guice.SagaModule}.
 */
@NullMarked
package dev.belay.guice;

import org.jspecify.annotations.NullMarked;
