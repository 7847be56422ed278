@NullMarked
package dev.belay.samples.model;

import org.jspecify.annotations.NullMarked;
