package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table {@code journal}.
 *
 * @param place which step of which saga it belongs to
 * @param n the attempt, or the number of the event within the run
 * @param item while undoing: the activity being undone, 0 for the step itself
 * @param recordedAt when, by the database's clock; null until it is read back
 * @param name the activity's name, or the operator's action
 * @param key what tells the activity from others of its run
 * @param target the step a routed step chose, or the undo of an activity
 * @param input the next step's input, an undo's data, or an edited input
 * @param spend what an activity's call cost
 * @param called of an activity that calls a model or tool: what it is, as JSON; of a message to a model: who says it
 */
public record JournalRow(
        Place place,
        Kind kind,
        int n,
        int item,
        Result outcome,
        @Nullable Long worker,
        @Nullable Long fence,
        @Nullable Instant recordedAt,
        long tookMicros,
        @Nullable String name,
        @Nullable String key,
        @Nullable String requestHash,
        @Nullable String target,
        @Nullable Payload input,
        @Nullable Payload output,
        @Nullable String error,
        @Nullable BigDecimal spend,
        @Nullable String called) {

    /** A row of what costs nothing. */
    public JournalRow(
            Place place,
            Kind kind,
            int n,
            int item,
            Result outcome,
            @Nullable Long worker,
            @Nullable Long fence,
            @Nullable Instant recordedAt,
            long tookMicros,
            @Nullable String name,
            @Nullable String key,
            @Nullable String requestHash,
            @Nullable String target,
            @Nullable Payload input,
            @Nullable Payload output,
            @Nullable String error) {
        this(
                place,
                kind,
                n,
                item,
                outcome,
                worker,
                fence,
                recordedAt,
                tookMicros,
                name,
                key,
                requestHash,
                target,
                input,
                output,
                error,
                null,
                null);
    }

    /**
     * Which run of which step, going forward or being undone.
     *
     * @param undoing whether the row belongs to undoing
     */
    public record Place(UUID sagaId, int branch, int seq, int run, boolean undoing, String step) {}

    /** An attempt at {@code place}. */
    public static JournalRow attempt(
            Place place, int n, int item, Result outcome, long worker, long fence, long tookMicros) {
        return new JournalRow(
                place,
                Kind.ATTEMPT,
                n,
                item,
                outcome,
                worker,
                fence,
                null,
                tookMicros,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** That an attempt which may run at most once is about to begin. */
    public static JournalRow started(Place place, int n, long worker, long fence) {
        return attempt(place, n, 0, Result.BEGUN, worker, fence, 0).as(Kind.STARTED);
    }

    /** A decision of an operator about {@code place}. */
    public static JournalRow decision(
            Place place, int n, Result outcome, String action, @Nullable Payload input, @Nullable Payload output) {
        return new JournalRow(
                place,
                Kind.DECISION,
                n,
                0,
                outcome,
                null,
                null,
                null,
                0,
                action,
                null,
                null,
                null,
                input,
                output,
                null);
    }

    /** An event of an activity. */
    public static JournalRow activity(
            Place place,
            int n,
            Result outcome,
            long worker,
            long fence,
            long tookMicros,
            String name,
            String key,
            @Nullable String requestHash,
            @Nullable String undo,
            @Nullable Payload undoData,
            @Nullable Payload output,
            @Nullable String error) {
        return new JournalRow(
                place,
                Kind.ACTIVITY,
                n,
                0,
                outcome,
                worker,
                fence,
                null,
                tookMicros,
                name,
                key,
                requestHash,
                undo,
                undoData,
                output,
                error);
    }

    /** An effect that is held back ({@code n} of the events of its run), or whose time has come ({@code n} is 0). */
    public static JournalRow held(
            Place place, int n, @Nullable Long worker, long fence, String name, String key, @Nullable Payload data) {
        return new JournalRow(
                place, Kind.HELD, n, 0, Result.BEGUN, worker, fence, null, 0, name, key, null, null, data, null, null);
    }

    /**
     * A message of a conversation.
     *
     * @param index its place in the conversation
     * @param hash of what it says
     * @param answers the tool call whose recorded result it is; {@code content} is null then
     */
    public static JournalRow said(
            Place place,
            int n,
            @Nullable Long worker,
            long fence,
            String conversation,
            int index,
            String hash,
            @Nullable String answers,
            @Nullable Payload content) {
        return new JournalRow(
                place,
                Kind.SAID,
                n,
                0,
                Result.SUCCEEDED,
                worker,
                fence,
                null,
                0,
                conversation,
                String.valueOf(index),
                hash,
                answers,
                null,
                content,
                null);
    }

    /** The saga's end. */
    public static JournalRow end(Place place, Result outcome) {
        return new JournalRow(
                place, Kind.END, 0, 0, outcome, null, null, null, 0, null, null, null, null, null, null, null);
    }

    /** A wait that begins at {@code place}. */
    public static JournalRow wait(Place place, int n, String awaits, int item, @Nullable String target) {
        return new JournalRow(
                place,
                Kind.WAIT,
                n,
                item,
                Result.BEGUN,
                null,
                null,
                null,
                0,
                awaits,
                null,
                null,
                target,
                null,
                null,
                null);
    }

    /** A question about a call of a tool, asked for the {@code level}-th time after the first. */
    public static JournalRow asking(
            Place place, int n, String awaits, int level, String key, @Nullable Payload question) {
        return new JournalRow(
                place,
                Kind.WAIT,
                n,
                level,
                Result.BEGUN,
                null,
                null,
                null,
                0,
                awaits,
                key,
                null,
                null,
                null,
                question,
                null);
    }

    /** A message that arrived for the step called {@code step}: what it brought is its output. */
    public static JournalRow message(
            UUID sagaId,
            String step,
            int n,
            Result outcome,
            String name,
            @Nullable String key,
            @Nullable Payload brought) {
        return new JournalRow(
                new Place(sagaId, 0, 0, 0, false, step),
                Kind.MESSAGE,
                n,
                0,
                outcome,
                null,
                null,
                null,
                0,
                name,
                key,
                null,
                null,
                null,
                brought,
                null);
    }

    /** The same row with what the step returned, and what it hands to the next. */
    public JournalRow returning(@Nullable Payload returned, @Nullable String chosen, @Nullable Payload nextInput) {
        return copy(kind, outcome, chosen, nextInput, returned, error);
    }

    /** The same row with the failure, as JSON. */
    public JournalRow failing(@Nullable String failure) {
        return copy(kind, outcome, target, input, output, failure);
    }

    /** The same row with what it cost. */
    public JournalRow costing(@Nullable BigDecimal cost) {
        return new JournalRow(
                place,
                kind,
                n,
                item,
                outcome,
                worker,
                fence,
                recordedAt,
                tookMicros,
                name,
                key,
                requestHash,
                target,
                input,
                output,
                error,
                cost,
                called);
    }

    /** The same row, which tells what was called. */
    public JournalRow calling(@Nullable String what) {
        return new JournalRow(
                place,
                kind,
                n,
                item,
                outcome,
                worker,
                fence,
                recordedAt,
                tookMicros,
                name,
                key,
                requestHash,
                target,
                input,
                output,
                error,
                spend,
                what);
    }

    /** The same row as another kind. */
    public JournalRow as(Kind other) {
        return copy(other, outcome, target, input, output, error);
    }

    /** The same row with another outcome. */
    public JournalRow as(Result other) {
        return copy(kind, other, target, input, output, error);
    }

    private JournalRow copy(
            Kind newKind,
            Result newOutcome,
            @Nullable String newTarget,
            @Nullable Payload newInput,
            @Nullable Payload newOutput,
            @Nullable String newError) {
        return new JournalRow(
                place,
                newKind,
                n,
                item,
                newOutcome,
                worker,
                fence,
                recordedAt,
                tookMicros,
                name,
                key,
                requestHash,
                newTarget,
                newInput,
                newOutput,
                newError,
                spend,
                called);
    }

    /** The same row about the thing with the given number. */
    public JournalRow at(int number) {
        return new JournalRow(
                place,
                kind,
                n,
                number,
                outcome,
                worker,
                fence,
                recordedAt,
                tookMicros,
                name,
                key,
                requestHash,
                target,
                input,
                output,
                error,
                spend,
                called);
    }

    /** Whether what was done ended well: the step returned, or an operator said what it should have. */
    public boolean isDone() {
        return outcome == Result.SUCCEEDED || outcome == Result.SKIPPED || outcome == Result.PASSED_BY;
    }

    /** How much text its payloads hold. */
    public long chars() {
        return (input == null ? 0L : input.json().length())
                + (output == null ? 0L : output.json().length())
                + (error == null ? 0L : error.length());
    }

    /** Whether it is a row of the given run of the step at {@code seq}. */
    public boolean isOf(int branch, int seq, int run) {
        return place.branch() == branch && place.seq() == seq && place.run() == run;
    }
}
