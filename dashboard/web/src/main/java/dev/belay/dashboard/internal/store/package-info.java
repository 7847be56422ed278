/** What the dashboard keeps for itself: users, sessions, saved views. */
@NullMarked
package dev.belay.dashboard.internal.store;

import org.jspecify.annotations.NullMarked;
