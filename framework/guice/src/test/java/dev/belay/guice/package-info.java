@NullMarked
package dev.belay.guice;

import org.jspecify.annotations.NullMarked;
