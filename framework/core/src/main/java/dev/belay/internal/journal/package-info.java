/** What is kept: sagas, their journal, plans, payloads, and the schema they live in. */
@NullMarked
package dev.belay.internal.journal;

import org.jspecify.annotations.NullMarked;
