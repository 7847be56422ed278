package dev.belay.dashboard.internal.pages;

/** What a step waits for, in the engine's name for it, as words. */
public final class Waits {
    private Waits() {}

    /** As the end of a sentence that begins with "it". */
    public static String words(String awaits) {
        String name = name(awaits);
        return switch (kind(awaits)) {
            case "approval" -> "waits for an approval";
            case "signal" -> "waits for the signal " + name;
            case "child" -> "waits for a saga that it started";
            case "lock" -> "waits for the lock " + name;
            case "limit", "rate" -> "waits for room under a limit";
            case "join" -> "waits for its branches";
            case "time" -> "waits for its time";
            default -> "waits for " + awaits;
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
        return kind(awaits).equals("approval");
    }
}
