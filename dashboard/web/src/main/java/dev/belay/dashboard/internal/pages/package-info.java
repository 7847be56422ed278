/** What each page shows, and what its forms do. */
@NullMarked
package dev.belay.dashboard.internal.pages;

import org.jspecify.annotations.NullMarked;
