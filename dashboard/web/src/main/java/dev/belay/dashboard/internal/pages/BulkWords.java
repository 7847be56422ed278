package dev.belay.dashboard.internal.pages;

import dev.belay.SagaState;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What decisions about many sagas are called, what they do, and what they need. */
public final class BulkWords {
    private BulkWords() {}

    /** Its name in addresses. */
    public static String word(BulkAction action) {
        return action.name().toLowerCase(Locale.ROOT);
    }

    /** The path of the page that asks about it. */
    public static String path(BulkAction action) {
        return "/sagas/bulk/" + word(action);
    }

    /** The same, about what a query finds. */
    public static String path(BulkAction action, String query) {
        return path(action) + "?q=" + Frame.encoded(query);
    }

    /** What is needed beside the permission to decide about many. */
    public static Permission permission(BulkAction action) {
        return switch (action) {
            case RETRY -> Permission.STEP_RETRY;
            case CANCEL -> Permission.SAGA_CANCEL;
            case COMPENSATE, RESOLVE -> Permission.SAGA_COMPENSATE;
            case PAUSE, RESUME -> Permission.SAGA_PAUSE;
        };
    }

    /** Those that whoever looks at this page may decide. */
    public static List<BulkAction> allowed(Frame frame) {
        return frame.may(Permission.BULK_RUN)
                ? Stream.of(BulkAction.values())
                        .filter(action -> frame.may(permission(action)))
                        .toList()
                : List.of();
    }

    /** What is done. */
    public static String verb(BulkAction action) {
        return switch (action) {
            case RETRY -> "Retry";
            case CANCEL -> "Cancel and undo";
            case COMPENSATE -> "Undo";
            case PAUSE -> "Pause";
            case RESUME -> "Resume";
            case RESOLVE -> "Close";
        };
    }

    /** What is being done, or was. */
    public static String doing(BulkAction action) {
        return switch (action) {
            case RETRY -> "Retrying";
            case CANCEL -> "Cancelling";
            case COMPENSATE -> "Undoing";
            case PAUSE -> "Pausing";
            case RESUME -> "Resuming";
            case RESOLVE -> "Closing";
        };
    }

    /** What has to be possible: "… of them can be retried now". */
    public static String done(BulkAction action) {
        return switch (action) {
            case RETRY -> "retried";
            case CANCEL -> "cancelled";
            case COMPENSATE -> "undone";
            case PAUSE -> "paused";
            case RESUME -> "resumed";
            case RESOLVE -> "closed";
        };
    }

    /** What it does to each saga. */
    public static String effect(BulkAction action) {
        return switch (action) {
            case RETRY ->
                "The failed step of each saga runs again with fresh retries; where an undo has failed, that undo does. What has"
                        + " succeeded is not repeated. A saga of which nobody knows whether its step took effect refuses, and"
                        + " stays as it is.";
            case CANCEL ->
                "Each saga stops, and what it has done is undone, the last first. A step that runs at this moment ends first. A"
                        + " saga that has passed its pivot, or has ended, refuses.";
            case COMPENSATE ->
                "What each stopped saga has done is undone, the last first. A saga that has passed its pivot, or still runs,"
                        + " refuses.";
            case PAUSE ->
                "No step of these sagas begins until they are resumed. A step that runs at this moment ends first.";
            case RESUME -> "Each paused saga goes on where it stopped.";
            case RESOLVE ->
                "Each saga that waits for an operator is closed as it is: nothing more is run, and nothing is undone. That"
                        + " cannot be taken back.";
        };
    }

    /** Whether what it does takes back or gives up work, so that it is worth a second look. */
    public static boolean isGrave(BulkAction action) {
        return switch (action) {
            case CANCEL, COMPENSATE, RESOLVE -> true;
            case RETRY, PAUSE, RESUME -> false;
        };
    }

    /** What came of one saga. */
    public static String result(BulkItem.Result result) {
        return switch (result) {
            case WAITING -> "Not yet done";
            case DONE -> "Done";
            case REFUSED -> "Refused by its state";
            case FAILED -> "Failed";
        };
    }

    /** What came of one saga, in full. */
    public static String came(BulkItem item) {
        return item.result() == BulkItem.Result.DONE
                ? state(item.words()).map(Words::state).orElse(item.words())
                : item.words();
    }

    private static Optional<SagaState> state(String name) {
        return Stream.of(SagaState.values())
                .filter(state -> state.name().equals(name))
                .findFirst();
    }

    /** How that is coloured. */
    public static String tone(BulkItem.Result result) {
        return switch (result) {
            case WAITING -> "wait";
            case DONE -> "ok";
            case REFUSED -> "warn";
            case FAILED -> "bad";
        };
    }

    /** The name of its icon. */
    public static String icon(BulkItem.Result result) {
        return switch (result) {
            case WAITING -> "clock";
            case DONE -> "check";
            case REFUSED -> "hand";
            case FAILED -> "alert";
        };
    }
}
