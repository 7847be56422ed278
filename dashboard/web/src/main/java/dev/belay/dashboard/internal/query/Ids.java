package dev.belay.dashboard.internal.query;

import java.util.regex.Pattern;

/** What an id looks like. {@code UUID.fromString} alone takes shorter ones for whole. */
final class Ids {
    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private Ids() {}

    static boolean isId(String text) {
        return text.length() == 36 && ID.matcher(text).matches();
    }
}
