/** The language of the query box: from a text to a filter, and back to chips. */
@NullMarked
package dev.belay.dashboard.internal.query;

import org.jspecify.annotations.NullMarked;
