package dev.belay.dashboard.internal.web;

/** Whether an address that came with a request leads to a page of ours, and nowhere else, however a browser reads it. */
public final class OwnPath {
    private static final int LONGEST = 2_000;

    private OwnPath() {}

    /** Whether {@code path}, put behind the base, is a path of ours: one slash first, and nothing that browsers mend. */
    public static boolean is(String path) {
        return path.startsWith("/")
                && !path.startsWith("//")
                && path.length() <= LONGEST
                && path.indexOf('\\') < 0
                && path.chars().allMatch(c -> c > ' ' && c != 0x7f);
    }
}
