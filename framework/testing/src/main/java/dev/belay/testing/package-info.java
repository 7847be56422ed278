/**
 * What a test of your sagas needs: a real database with a schema for each test, a clock that can be moved, and workers that can
 * be crashed. Begin with {@link dev.belay.testing.BelayTest} and {@link dev.belay.testing.SagaKit}. A
 * {@link dev.belay.testing.ModelServer} stands in for a provider of models.
 */
@NullMarked
package dev.belay.testing;

import org.jspecify.annotations.NullMarked;
