/** People who sign in to the dashboard itself: their passwords, their sessions, and what slows down whoever guesses. */
@NullMarked
package dev.belay.dashboard.internal.signin;

import org.jspecify.annotations.NullMarked;
