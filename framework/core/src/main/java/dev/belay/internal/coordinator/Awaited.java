package dev.belay.internal.coordinator;

import java.util.UUID;

/** The names of what a resting job may wait for, as the column {@code awaits} holds them. */
public final class Awaited {
    /** The branches it began. */
    public static final String JOIN = "join";
    /** Its turn among the items of its group. */
    static final String TURN = "turn";
    /** A time, and nothing else. */
    public static final String TIME = "time";

    private static final String TOOL = "tool:";

    private static final String SIGNAL = "signal:";
    private static final String APPROVAL = "approval:";
    private static final String CHILD = "child:";
    private static final String LOCK = "lock:";
    private static final String LIMIT = "limit:";
    private static final String RATE = "rate:";

    private Awaited() {}

    /** A message of the given name. */
    public static String signal(String name) {
        return SIGNAL + name;
    }

    /** A person's decision about the given step. */
    public static String approval(String step) {
        return APPROVAL + step;
    }

    /** A person's decision about the call of a tool that has this key. */
    public static String tool(String key) {
        return TOOL + key;
    }

    static boolean isTool(String awaits) {
        return awaits.startsWith(TOOL);
    }

    /** The end of another saga. */
    public static String child(UUID saga) {
        return CHILD + saga;
    }

    /** A semantic lock. */
    public static String lock(String key) {
        return LOCK + key;
    }

    /** A free slot under a limit. */
    public static String limit(String key) {
        return LIMIT + key;
    }

    /** A turn under a rate, which comes by itself. */
    public static String rate(String key) {
        return RATE + key;
    }

    static boolean isSignal(String awaits) {
        return awaits.startsWith(SIGNAL);
    }

    static boolean isApproval(String awaits) {
        return awaits.startsWith(APPROVAL);
    }

    static boolean isChild(String awaits) {
        return awaits.startsWith(CHILD);
    }

    static UUID child(String awaits) {
        return UUID.fromString(awaits.substring(CHILD.length()));
    }

    static boolean isLock(String awaits) {
        return awaits.startsWith(LOCK);
    }

    static String lockKey(String awaits) {
        return awaits.substring(LOCK.length());
    }
}
