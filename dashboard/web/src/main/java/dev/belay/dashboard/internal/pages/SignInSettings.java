package dev.belay.dashboard.internal.pages;

import java.time.Duration;

/**
 * How long people stay signed in.
 *
 * @param idle after how long without a click a session ends
 * @param longest after how long it ends however it is used
 */
public record SignInSettings(Duration idle, Duration longest) {
    /** Checks that both make sense. */
    public SignInSettings {
        if (idle.compareTo(Duration.ofMinutes(2)) < 0 || longest.compareTo(idle) < 0) {
            throw new IllegalArgumentException(
                    "A session must last 2 minutes or more without a click, and no shorter than that" + " in all, got "
                            + idle + " and " + longest);
        }
    }
}
