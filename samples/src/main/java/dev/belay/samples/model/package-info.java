/**
 * A model over real HTTP for the samples: {@link dev.belay.samples.model.ModelServer} stands in for a provider and keeps
 * a ledger of what it served, {@link dev.belay.samples.model.ModelClient} calls it.
 */
@NullMarked
package dev.belay.samples.model;

import org.jspecify.annotations.NullMarked;
