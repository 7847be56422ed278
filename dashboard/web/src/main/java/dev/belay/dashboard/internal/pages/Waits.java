package dev.belay.dashboard.internal.pages;

/** What a step waits for, in the engine's name for it, as words. */
public final class Waits {
    private Waits() {}

    /** As the end of a sentence that begins with "it". */
    public static String words(String awaits) {
        return "waits for " + what(awaits);
    }

    /** What is waited for. */
    public static String what(String awaits) {
        String name = name(awaits);
        return switch (kind(awaits)) {
            case "approval" -> "an approval";
            case "signal" -> "the signal " + name;
            case "child" -> "a saga that it started";
            case "lock" -> "the lock " + name;
            case "tool" -> "somebody to approve a call of a tool";
            case "limit", "rate" -> "room under the limit " + name;
            case "join" -> "its branches";
            case "time" -> "its time";
            case "turn" -> "its turn among its siblings";
            default -> awaits;
        };
    }

    private static String kind(String awaits) {
        int colon = awaits.indexOf(':');
        return colon < 0 ? awaits : awaits.substring(0, colon);
    }

    /** The name alone. */
    public static String name(String awaits) {
        return awaits.substring(awaits.indexOf(':') + 1);
    }

    /** Whether it is a person's approval. */
    public static boolean isApproval(String awaits) {
        return kind(awaits).equals("approval") || kind(awaits).equals("tool");
    }
}
