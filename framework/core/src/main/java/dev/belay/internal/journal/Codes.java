package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;

/** The one-letter codes of the journal's columns; the migration that makes the table explains them. */
public final class Codes {
    private Codes() {}

    /** The code of a kind. */
    public static String of(Kind kind) {
        return switch (kind) {
            case ATTEMPT -> "A";
            case ACTIVITY -> "C";
            case DECISION -> "D";
            case END -> "E";
            case LATE -> "Z";
            case BRANCH -> "B";
            case WAIT -> "W";
            case STARTED -> "S";
            case MESSAGE -> "M";
            case HELD -> "H";
            case FORKED -> "F";
            case SAID -> "T";
        };
    }

    /** The code of a result. */
    public static String of(Result result) {
        return switch (result) {
            case BEGUN -> "B";
            case SUCCEEDED -> "S";
            case FAILED -> "F";
            case GAVE_UP -> "G";
            case REJECTED -> "N";
            case LOST -> "L";
            case SKIPPED -> "K";
            case NOTHING_TO_UNDO -> "E";
            case UNKNOWN -> "U";
            case PASSED_BY -> "P";
            case ACCEPTED -> "R";
        };
    }

    static Kind kind(String code) {
        for (Kind kind : Kind.values()) {
            if (of(kind).equals(code)) {
                return kind;
            }
        }
        throw new IllegalStateException(
                "The journal holds a row of kind '" + code + "', which this version does not know.");
    }

    static Result result(String code) {
        for (Result result : Result.values()) {
            if (of(result).equals(code)) {
                return result;
            }
        }
        throw new IllegalStateException(
                "The journal holds a row with outcome '" + code + "', which this version does not know.");
    }
}
