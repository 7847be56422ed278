package dev.belay.internal.journal;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A row of the table {@code saga}; the migrations that make the table explain the columns. */
public record SagaRow(
        UUID id,
        int planId,
        SagaState state,
        long epoch,
        @Nullable Cause cause,
        boolean pivotPassed,
        boolean cancelRequested,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String failure,
        @Nullable Payload input,
        @Nullable Payload output,
        boolean residue,
        @Nullable Parent parent,
        @Nullable UUID rootId,
        int branches,
        @Nullable Integer undoTo,
        int replans,
        boolean paused,
        @Nullable Instant deadlineAt) {

    /** The step of another saga that waits for this one's end. */
    public record Parent(UUID sagaId, int branch, int seq) {}

    /** A saga that has just been started, by nobody's step. */
    public static SagaRow begun(UUID id, int plan, Instant at, @Nullable Payload input, @Nullable Instant deadlineAt) {
        return new SagaRow(
                id,
                plan,
                SagaState.RUNNING,
                0,
                null,
                false,
                false,
                at,
                null,
                null,
                input,
                null,
                false,
                null,
                null,
                0,
                null,
                0,
                false,
                deadlineAt);
    }

    /** The saga at the top of the family. */
    public UUID root() {
        return rootId == null ? id : rootId;
    }

    /** The same row in another state, one epoch on. */
    public SagaRow turned(SagaState next, @Nullable Cause why, @Nullable String failureJson) {
        return new Change(this).state(next, why, failureJson).row();
    }

    /** The same row past its pivot. */
    public SagaRow pastPivot() {
        Change change = new Change(this);
        change.pivotPassed = true;
        change.cause = asked() == Cause.TIMED_OUT ? null : cause;
        change.cancelRequested = false;
        return change.row();
    }

    /** The same row, to be undone if its pivot fails. */
    public SagaRow askedToCancel() {
        Change change = new Change(this);
        change.cancelRequested = true;
        return change.row();
    }

    /** The same row, to be undone if its pivot fails, because its time is over. */
    public SagaRow askedToTimeOut() {
        Change change = new Change(this);
        change.cause = Cause.TIMED_OUT;
        change.cancelRequested = true;
        return change.row();
    }

    /** Why it is to be undone if its pivot fails; null if nobody asked for that. */
    public @Nullable Cause asked() {
        return !cancelRequested ? null : cause == Cause.TIMED_OUT ? Cause.TIMED_OUT : Cause.CANCELLED;
    }

    /** The same row with what failed; nothing turns by it. */
    public SagaRow failing(@Nullable Cause why, @Nullable String failureJson) {
        Change change = new Change(this);
        change.cause = why;
        change.failure = failureJson;
        return change.row();
    }

    /** The same row after {@code more} branches were given their numbers. */
    public SagaRow withBranches(int more) {
        Change change = new Change(this);
        change.branches += more;
        return change.row();
    }

    /** The same row, going back to before {@code seq}, or all the way. */
    public SagaRow goingBackTo(@Nullable Integer seq) {
        Change change = new Change(this);
        change.undoTo = seq;
        return change.row();
    }

    /** The same row after it went back to a save-point once more. */
    public SagaRow replanned() {
        Change change = new Change(this);
        change.replans++;
        change.undoTo = null;
        return change.row();
    }

    /** The same row, paused or not, one epoch on. */
    public SagaRow paused(boolean now) {
        Change change = new Change(this);
        change.paused = now;
        change.epoch++;
        return change.row();
    }

    /** The same row, with something left undone. */
    public SagaRow withResidue() {
        Change change = new Change(this);
        change.residue = true;
        return change.row();
    }

    /** The same row with another deadline. */
    public SagaRow due(@Nullable Instant at) {
        Change change = new Change(this);
        change.deadlineAt = at;
        return change.row();
    }

    /** What is about to differ. */
    private static final class Change {
        private final SagaRow from;
        private SagaState state;
        private long epoch;
        private @Nullable Cause cause;
        private boolean pivotPassed;
        private boolean cancelRequested;
        private @Nullable String failure;
        private boolean residue;
        private int branches;
        private @Nullable Integer undoTo;
        private int replans;
        private boolean paused;
        private @Nullable Instant deadlineAt;

        Change(SagaRow from) {
            this.from = from;
            this.state = from.state;
            this.epoch = from.epoch;
            this.cause = from.cause;
            this.pivotPassed = from.pivotPassed;
            this.cancelRequested = from.cancelRequested;
            this.failure = from.failure;
            this.residue = from.residue;
            this.branches = from.branches;
            this.undoTo = from.undoTo;
            this.replans = from.replans;
            this.paused = from.paused;
            this.deadlineAt = from.deadlineAt;
        }

        Change state(SagaState next, @Nullable Cause why, @Nullable String failureJson) {
            state = next;
            epoch++;
            cause = why;
            failure = failureJson;
            return this;
        }

        SagaRow row() {
            return new SagaRow(
                    from.id,
                    from.planId,
                    state,
                    epoch,
                    cause,
                    pivotPassed,
                    cancelRequested,
                    from.startedAt,
                    state.isTerminal() ? from.endedAt : null,
                    failure,
                    from.input,
                    from.output,
                    residue,
                    from.parent,
                    from.rootId,
                    branches,
                    undoTo,
                    replans,
                    paused,
                    deadlineAt);
        }
    }
}
