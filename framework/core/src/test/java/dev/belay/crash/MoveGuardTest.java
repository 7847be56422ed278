package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.JournalEntry.Result;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.queue.ActivityEvent;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.Move;
import dev.belay.internal.queue.MoveStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each test changes one column of a claimed job behind its owner's back, so that each condition of the statements' guard is the
 * only one that can refuse.
 */
class MoveGuardTest {
    private static final String SCHEMA = "move_guard";
    private static final long OWNER = 42;

    private HikariDataSource pool;
    private Belay belay;
    private Jdbi jdbi;
    private MoveStatement statement;
    private SagaDefinition<String, String> definition;
    private JobRow job;

    /** A column that the database holds otherwise than the owner knows. */
    enum Differing {
        FENCE("fence = fence + 1", true),
        OWNER("owner = owner + 1", true),
        EPOCH("epoch = epoch + 1", false),
        SEQ("seq = seq + 1", true),
        ATTEMPT("attempt = attempt + 1", true);

        private final String change;
        private final boolean guardsActivities;

        Differing(String change, boolean guardsActivities) {
            this.change = change;
            this.guardsActivities = guardsActivities;
        }
    }

    @BeforeEach
    void claim() {
        pool = CrashWorker.pool(LocalPostgres.shared().url(), 4);
        jdbi = Jdbis.over(pool);
        jdbi.useHandle(handle -> handle.execute("drop schema if exists move_guard cascade"));
        Saga<String> saga = Saga.define("guarded", String.class);
        saga.step("first", String.class, context -> "1").pure();
        definition =
                saga.returns(saga.step("second", String.class, context -> "2").pure());
        belay = Belay.on(pool).schema(SCHEMA).with(definition).open();
        statement = new MoveStatement(new Schema(SCHEMA));
        job = claimNew();
    }

    @AfterEach
    void close() {
        belay.close();
        pool.close();
    }

    private JobRow claimNew() {
        UUID id = belay.start(definition, "in").id();
        JobTable jobs = new JobTable(new Schema(SCHEMA));
        List<Integer> plans = jdbi.withHandle(handle -> handle.createQuery("select id from move_guard.plan")
                .mapTo(Integer.class)
                .list());
        var request = new JobTable.Request("default", plans, Integer.MAX_VALUE, 100, OWNER, "", false);
        return jdbi.withHandle(handle -> jobs.claim(handle, request)).jobs().stream()
                .map(JobTable.Claimed::job)
                .filter(claimed -> claimed.sagaId().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Differing.class)
    @DisplayName("a step advances only a job that is in every column as its owner knows it")
    void advancesOnlyWhatItKnows(Differing differing) throws SQLException {
        change(differing);
        List<String> before = rows();

        BitSet applied = apply(List.of(advance(job)));

        assertThat(applied.isEmpty()).isTrue();
        assertThat(rows()).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Differing.class)
    @DisplayName("beside a saga that ends, too, a step advances only a job that is as its owner knows it")
    void advancesOnlyWhatItKnowsBesideAnEnd(Differing differing) throws SQLException {
        JobRow other = claimNew();
        change(differing);
        List<String> before = rowsOf(job.sagaId());

        BitSet applied = apply(List.of(advance(job), end(other)));

        assertThat(applied).isEqualTo(BitSet.valueOf(new long[] {0b10}));
        assertThat(rowsOf(job.sagaId())).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Differing.class)
    @DisplayName("a saga ends only by a job that is in every column as its owner knows it")
    void endsOnlyWhatItKnows(Differing differing) throws SQLException {
        change(differing);
        List<String> before = rows();

        BitSet applied = apply(List.of(end(job)));

        assertThat(applied.isEmpty()).isTrue();
        assertThat(rows()).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Differing.class)
    @DisplayName("an activity is recorded under its own claim, whatever direction the saga has by now")
    void recordsOnlyUnderItsClaim(Differing differing) throws SQLException {
        change(differing);
        List<String> before = rows();

        BitSet recorded = record(event(1));

        assertThat(recorded.isEmpty()).isEqualTo(differing.guardsActivities);
        if (differing.guardsActivities) {
            assertThat(rows()).isEqualTo(before);
        } else {
            assertThat(rows()).hasSize(before.size() + 1).containsAll(before);
        }
    }

    @Test
    @DisplayName("a saga ends only from the state it ends from")
    void endsOnlyFromItsState() throws SQLException {
        jdbi.useHandle(handle ->
                handle.execute("update move_guard.saga set state = 'COMPENSATING' where id = ?", job.sagaId()));
        List<String> before = rows();

        BitSet applied = apply(List.of(end(job)));

        assertThat(applied.isEmpty()).isTrue();
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    @DisplayName("what nobody changed is applied, and applied once")
    void appliesWhatNobodyChanged() throws SQLException {
        assertThat(apply(List.of(advance(job))).get(0)).isTrue();
        List<String> after = rows();

        assertThat(apply(List.of(advance(job))).isEmpty()).isTrue();

        assertThat(rows()).isEqualTo(after);
        assertThat(count("journal", "kind = 'A' and seq = 1 and outcome = 'S'")).isOne();
        assertThat(count("job", "seq = 2 and state = 'C' and owner = 42")).isOne();
    }

    @Test
    @DisplayName("an activity sent again because the reply was lost counts as recorded, and is recorded once")
    void recordsAnActivityOnceWhenSentAgain() throws SQLException {
        assertThat(record(event(1)).get(0)).isTrue();
        List<String> after = rows();

        assertThat(record(event(1)).get(0)).isTrue();

        assertThat(rows()).isEqualTo(after);
        assertThat(record(event(2)).get(0)).isTrue();
        assertThat(count("journal", "kind = 'C'")).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Differing.class)
    @DisplayName("a saga is turned back only by a job that is in every column as its owner knows it")
    void turnsOnlyWhatItKnows(Differing differing) throws SQLException {
        change(differing);
        List<String> before = rows();

        assertThat(apply(List.of(turn(job))).isEmpty()).isTrue();

        assertThat(rows()).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "state = 'COMPENSATING'",
                "cancel_requested = true",
                "pivot_passed = true",
                "paused = true",
                "undo_to = 1",
                "epoch = epoch + 1"
            })
    @DisplayName("a saga of which somebody has asked something else is left to the coordinator")
    void turnsOnlyWhatNobodyElseMoves(String change) throws SQLException {
        jdbi.useHandle(
                handle -> handle.execute("update move_guard.saga set " + change + " where id = ?", job.sagaId()));
        List<String> before = rows();

        assertThat(apply(List.of(turn(job))).isEmpty()).isTrue();

        assertThat(rows()).isEqualTo(before);
    }

    @Test
    @DisplayName("what nobody changed is turned back, and turned once")
    void turnsOnce() throws SQLException {
        assertThat(apply(List.of(turn(job))).get(0)).isTrue();
        List<String> after = rows();

        assertThat(apply(List.of(turn(job))).isEmpty()).isTrue();

        assertThat(rows()).isEqualTo(after);
        assertThat(
                        count(
                                "saga",
                                "state = 'COMPENSATING' and epoch = 1 and cause = 'STEP_FAILED' and failure ->> 'step' = 'first'"))
                .isOne();
        assertThat(count(
                        "job",
                        "seq = 1 and direction = '-' and state = 'C' and owner = 42 and epoch = 1 and attempt = 2"))
                .isOne();
        assertThat(count("journal", "kind = 'A' and outcome = 'G'")).isOne();
    }

    private static Move turn(JobRow job) {
        JournalRow row = JournalRow.attempt(job.place(), job.attempt(), 0, Result.GAVE_UP, OWNER, job.fence(), 1)
                .failing("{\"step\": \"first\"}");
        return Move.turning(job, row, Move.Target.undo(job, 1, 0, 0, "first"));
    }

    private void change(Differing differing) {
        jdbi.useHandle(handle ->
                handle.execute("update move_guard.job set " + differing.change + " where saga_id = ?", job.sagaId()));
    }

    private static Move advance(JobRow job) {
        return Move.to(job, row(job), Move.Target.next(job, "second"));
    }

    private static Move end(JobRow job) {
        return Move.ending(job, row(job), new Move.Ending(SagaState.RUNNING, SagaState.COMPLETED, null, true));
    }

    private static JournalRow row(JobRow job) {
        return JournalRow.attempt(job.place(), job.attempt(), 0, Result.SUCCEEDED, OWNER, job.fence(), 1)
                .returning(new Payload("string", "\"out\"", true), null, null);
    }

    private ActivityEvent event(int number) {
        JournalRow row = JournalRow.activity(
                job.place(),
                number,
                Result.SUCCEEDED,
                OWNER,
                job.fence(),
                1,
                "call",
                "call#" + number,
                null,
                null,
                null,
                new Payload("string", "\"answer\"", true),
                null);
        return new ActivityEvent(job, row);
    }

    private BitSet apply(List<Move> moves) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return statement.apply(connection, moves);
        }
    }

    private BitSet record(ActivityEvent event) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return statement.record(connection, List.of(event));
        }
    }

    private long count(String table, String condition) {
        return jdbi.withHandle(
                handle -> handle.createQuery("select count(*) from move_guard." + table + " where " + condition)
                        .mapTo(Long.class)
                        .one());
    }

    private List<String> rows() {
        return Stream.of("saga", "job", "journal", "outbox", "operation")
                .flatMap(table -> text("select t::text from move_guard." + table + " t order by 1").stream())
                .toList();
    }

    private List<String> rowsOf(UUID saga) {
        return Stream.of("saga where id", "job where saga_id", "journal where saga_id", "outbox where saga_id")
                .flatMap(table -> text("select t::text from move_guard." + table.replace(" where", " t where") + " = '"
                                + saga + "' order by 1")
                        .stream())
                .toList();
    }

    private List<String> text(String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(String.class).list());
    }
}
