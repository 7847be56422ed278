@NullMarked
package dev.belay.embedded;

import org.jspecify.annotations.NullMarked;
