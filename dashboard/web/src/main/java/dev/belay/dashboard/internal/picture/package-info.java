/** What is drawn: timelines and graphs, laid out here and sent as SVG. */
@NullMarked
package dev.belay.dashboard.internal.picture;

import org.jspecify.annotations.NullMarked;
