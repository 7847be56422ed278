/**
 * The parts of the review agent that need no engine: {@link dev.belay.samples.review.Passages} cuts a folder,
 * {@link dev.belay.samples.review.ReviewPrompt} asks, {@link dev.belay.samples.review.ReviewReport} sums up.
 */
@NullMarked
package dev.belay.samples.review;

import org.jspecify.annotations.NullMarked;
