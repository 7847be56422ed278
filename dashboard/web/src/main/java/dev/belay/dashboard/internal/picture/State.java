package dev.belay.dashboard.internal.picture;

import dev.belay.JournalEntry.Result;

/** How something in a picture stands: shown by a class for its colour, by a sign, and in words, never by colour alone. */
public enum State {
    /** Nothing is known of it yet. */
    TO_COME("to-come", "○", "to come"),
    /** Due, but no worker has taken it. */
    READY("ready", "…", "ready"),
    /** A worker is at it. */
    RUNNING("running", "►", "running"),
    /** It waits for something or somebody. */
    WAITING("waiting", "…", "waiting"),
    /** It failed and waits for its next attempt. */
    BACKOFF("backoff", "↻", "waiting for its retry"),
    /** The saga is paused. */
    HELD("held", "‖", "paused"),
    /** An operator must decide. */
    NEEDS_YOU("needs-you", "!", "needs you"),
    /** It succeeded. */
    SUCCEEDED("succeeded", "✓", "succeeded"),
    /** An attempt failed and another follows. */
    FAILED("failed", "✕", "failed"),
    /** It failed and is not tried again. */
    GAVE_UP("gave-up", "✕", "gave up"),
    /** It rejected, without an effect. */
    REJECTED("rejected", "⊘", "rejected"),
    /** Its worker died. */
    LOST("lost", "↯", "lost its worker"),
    /** Nobody knows. */
    UNKNOWN("unknown", "?", "outcome unknown"),
    /** An operator skipped it. */
    SKIPPED("skipped", "»", "skipped"),
    /** Its condition was not met. */
    PASSED_BY("passed-by", "»", "passed by"),
    /** It was undone. */
    UNDONE("undone", "↩", "undone"),
    /** There was nothing to undo. */
    NOTHING_TO_UNDO("nothing", "∅", "nothing to undo"),
    /** An operator accepts what is left undone. */
    ACCEPTED("accepted", "≈", "left as it is"),
    /** A fork took it over. */
    TAKEN_OVER("taken-over", "⑂", "taken over from another saga");

    private final String css;
    private final String sign;
    private final String words;

    State(String css, String sign, String words) {
        this.css = css;
        this.sign = sign;
        this.words = words;
    }

    /** The end of its class name, without a prefix. */
    public String css() {
        return css;
    }

    /** One character that stands for it. */
    public String sign() {
        return sign;
    }

    /** What it is called. */
    public String words() {
        return words;
    }

    /** Whether somebody may have to look at it. */
    public boolean isBad() {
        return switch (this) {
            case NEEDS_YOU, GAVE_UP, REJECTED, UNKNOWN, LOST, FAILED -> true;
            default -> false;
        };
    }

    /** Whether it is over and nothing is wrong with it. */
    public boolean isDone() {
        return switch (this) {
            case SUCCEEDED, SKIPPED, PASSED_BY, UNDONE, NOTHING_TO_UNDO, ACCEPTED, TAKEN_OVER -> true;
            default -> false;
        };
    }

    /** Whether more will happen without anybody's help, or does already. */
    public boolean isOpen() {
        return !isBad() && !isDone();
    }

    static State of(Result result, boolean undoing) {
        return switch (result) {
            case BEGUN -> RUNNING;
            case SUCCEEDED -> undoing ? UNDONE : SUCCEEDED;
            case FAILED -> FAILED;
            case GAVE_UP -> GAVE_UP;
            case REJECTED -> REJECTED;
            case LOST -> LOST;
            case SKIPPED -> SKIPPED;
            case NOTHING_TO_UNDO -> NOTHING_TO_UNDO;
            case UNKNOWN -> UNKNOWN;
            case PASSED_BY -> PASSED_BY;
            case ACCEPTED -> ACCEPTED;
        };
    }
}
