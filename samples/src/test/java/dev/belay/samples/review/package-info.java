@NullMarked
package dev.belay.samples.review;

import org.jspecify.annotations.NullMarked;
