package dev.belay.internal.queue;

import dev.belay.internal.journal.JournalRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table {@code job}: what is to be done next in one branch of a live saga. The migration that makes the table
 * explains the columns.
 */
public record JobRow(
        UUID sagaId,
        int branch,
        int planId,
        int seq,
        int run,
        int item,
        int attempt,
        int failures,
        int rescues,
        int suspicions,
        State state,
        boolean undoing,
        long fence,
        long epoch,
        @Nullable Long owner,
        Instant runAt,
        String queue,
        String step,
        @Nullable Integer parent,
        @Nullable String awaits,
        @Nullable Instant deadlineAt) {

    /** Where a job stands. */
    public enum State {
        /** Anybody may claim it. */
        READY("R"),
        /** A worker has it. */
        CLAIMED("C"),
        /** It is due later. */
        WAITING("W"),
        /** It waits for an operator. */
        PARKED("P"),
        /** Its saga is paused. */
        HELD("H");

        private final String code;

        State(String code) {
            this.code = code;
        }

        /** The code in the database. */
        public String code() {
            return code;
        }

        static State of(String code) {
            for (State state : values()) {
                if (state.code.equals(code)) {
                    return state;
                }
            }
            throw new IllegalStateException(
                    "The job table holds the state '" + code + "', which this version does not know.");
        }
    }

    /** The first job of a saga that was started for {@code owner}. */
    static JobRow begun(UUID saga, int plan, long owner, Instant at, String queue, String step) {
        return new JobRow(
                saga,
                0,
                plan,
                1,
                0,
                0,
                1,
                0,
                0,
                0,
                State.CLAIMED,
                false,
                1,
                0,
                owner,
                at,
                queue,
                step,
                null,
                null,
                null);
    }

    /** The place its journal rows belong to. */
    public JournalRow.Place place() {
        return new JournalRow.Place(sagaId, branch, seq, run, undoing, step);
    }

    /** Whether the time of its step was over when it fell due. */
    public boolean isOverdue() {
        Instant deadline = deadlineAt;
        return deadline != null && !runAt.isBefore(deadline);
    }

    /** What it becomes by {@code move}, which keeps the claim. */
    public JobRow after(Move move) {
        Move.Target to = move.target();
        return new JobRow(
                sagaId,
                branch,
                planId,
                to.seq(),
                to.run(),
                to.item(),
                to.attempt(),
                to.failures(),
                0,
                0,
                to.state(),
                to.undoing(),
                fence,
                move.turns() ? epoch + 1 : epoch,
                owner,
                runAt,
                queue,
                to.step(),
                parent,
                null,
                to.seq() == seq && to.run() == run && !move.turns() ? deadlineAt : null);
    }

    /** Infinity is the largest time there is here. */
    static @Nullable Instant time(ResultSet rs, String column) throws SQLException {
        OffsetDateTime time = rs.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.equals(OffsetDateTime.MAX) ? Instant.MAX : time.toInstant();
    }

    static JobRow map(ResultSet rs) throws SQLException {
        long owner = rs.getLong("owner");
        boolean owned = !rs.wasNull();
        return new JobRow(
                rs.getObject("saga_id", UUID.class),
                rs.getInt("branch"),
                rs.getInt("plan_id"),
                rs.getInt("seq"),
                rs.getInt("run"),
                rs.getInt("item"),
                rs.getInt("attempt"),
                rs.getInt("failures"),
                rs.getInt("rescues"),
                rs.getInt("suspicions"),
                State.of(rs.getString("state")),
                rs.getString("direction").equals("-"),
                rs.getLong("fence"),
                rs.getLong("epoch"),
                owned ? owner : null,
                Objects.requireNonNull(time(rs, "run_at")),
                rs.getString("queue"),
                rs.getString("step"),
                rs.getObject("parent", Integer.class),
                rs.getString("awaits"),
                time(rs, "deadline_at"));
    }
}
