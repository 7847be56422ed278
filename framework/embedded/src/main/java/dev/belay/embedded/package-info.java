/**
 * A PostgreSQL server in a folder, for the demo, development and tests. Start at {@link
 * dev.belay.embedded.LocalPostgres}.
 */
@NullMarked
package dev.belay.embedded;

import org.jspecify.annotations.NullMarked;
