@NullMarked
package dev.belay.readme;

import org.jspecify.annotations.NullMarked;
