package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Frame;
import dev.belay.inspect.FailureGroup;

/** Where the sagas are that failed for one reason, and what can be done with all of them. */
public final class FailureLinks {
    private FailureLinks() {}

    /** The query that finds the sagas that wait for somebody because of it. */
    public static String query(FailureGroup group) {
        return "is:stuck type:" + quoted(group.definition()) + " step:" + quoted(group.step()) + " fingerprint:"
                + group.fingerprint();
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** The path of the list of them. */
    public static String sagas(FailureGroup group) {
        return "/sagas?q=" + Frame.encoded(query(group));
    }

    /** The path of the page that retries all of them. */
    public static String retryAll(FailureGroup group) {
        return "/sagas/bulk/retry?q=" + Frame.encoded(query(group));
    }
}
