package dev.belay.internal.queue;

import dev.belay.internal.journal.Codes;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Schema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The statements of the group commit. Each takes any number of finished attempts, applies those whose job is still as its owner
 * knows it, and answers which these were.
 *
 * <p>Plain JDBC: this is the one place where a few microseconds a step count.
 */
public final class MoveStatement {
    private static final String MOVES = """
            uuid int4 int4 int4 int8 int8 int4 int4 text text text text int4 int4 int4 text int4 int4 int8 text int8 text \
            text text bytea text text bytea text int8""";
    private static final String ENDINGS = MOVES + " text text text text bytea bool int4";
    private static final String CALLS = """
            uuid int4 int4 int4 int8 int4 text int4 text text int8 text text text text \
            text text bytea text text bytea text int8 numeric text""";

    private final Form advance;
    private final Form advanceAndEnd;
    private final String advanceBranches;
    private final Form turn;
    private final Form record;
    private final Form recordCalls;

    /**
     * A statement in two shapes: for any number of items over arrays, and for one over plain values, which spares a saga that is alone
     * much of what the arrays cost.
     */
    private record Form(String many, String one) {
        static Form of(String sql) {
            return new Form(filled(sql, Form::arrays), filled(sql, Form::row));
        }

        private static String filled(String sql, UnaryOperator<String> source) {
            return sql.replace("<moves>", source.apply(MOVES))
                    .replace("<endings>", source.apply(ENDINGS))
                    .replace("<calls>", source.apply(CALLS));
        }

        private static String arrays(String types) {
            return types.replaceAll("\\w+", "?")
                    .replace(" ", ", ")
                    .transform(all -> "unnest(" + all + ") with ordinality");
        }

        private static String row(String types) {
            return "(select " + types.replaceAll("\\w+", "?::$0").replace(" ", ", ") + ", 1::int8)";
        }

        String of(List<?> items) {
            return items.size() == 1 ? one : many;
        }
    }

    /** What one statement can do: moves of one kind go together. */
    enum Kind {
        OF_BRANCH,
        TURNING,
        OF_TRUNK;

        static Kind of(Move move) {
            return !move.isOfTrunk() ? OF_BRANCH : move.turns() ? TURNING : OF_TRUNK;
        }
    }

    /** The statements for {@code schema}. */
    public MoveStatement(Schema schema) {
        this.advance = Form.of(schema.sql(ADVANCE));
        this.advanceAndEnd = Form.of(schema.sql(ADVANCE_AND_END));
        this.advanceBranches = schema.sql(ADVANCE_BRANCHES);
        this.turn = Form.of(schema.sql(TURN));
        this.record = Form.of(schema.sql(RECORD.replace("<spent>", "")));
        this.recordCalls = Form.of(schema.sql(RECORD.replace("<spent>", SPENT)));
    }

    /**
     * Goes from step to step. A job that keeps its claim changes no indexed column, so that its update stays heap-only. The guard
     * is fence, owner and epoch together: fence against a worker that lost the job, owner against a fence that a restored backup
     * has used before, epoch against a direction the saga no longer has. The owner is compared by {@code is not distinct from},
     * which no index serves: one that leads from an owner to all its jobs would be read once for each job.
     */
    private static final String ADVANCE = """
            with move as materialized (
              select * from <moves>
                as m(saga_id, branch, seq, attempt, fence, epoch, run, item, direction, step,
                     to_state, to_direction, to_seq, to_run, to_item, to_step, to_attempt, to_failures, wait_us,
                     outcome, took_us, target, input_type, input, input_bytes, output_type, output, output_bytes, error, owner, i)
            ), moved as (
              update belay.job j
                 set seq = m.to_seq, run = m.to_run, item = m.to_item, step = m.to_step, attempt = m.to_attempt,
                     failures = m.to_failures, direction = m.to_direction::"char", state = m.to_state::"char",
                     owner = case when m.to_state = 'C' then j.owner end,
                     run_at = case when m.to_state = 'C' then j.run_at
                                   else belay.now() + m.wait_us * interval '1 microsecond' end,
                     deadline_at = case when m.to_seq = j.seq and m.to_run = j.run then j.deadline_at end,
                     started = false, rescues = 0, suspicions = 0
                from move m
               where j.saga_id = m.saga_id and j.branch = m.branch and j.state = 'C'
                 and j.seq = m.seq and j.attempt = m.attempt
                 and j.fence = m.fence and j.owner is not distinct from m.owner and j.epoch = m.epoch
              returning m.*
            ), logged as (
              insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us, target, input_type, input, input_bytes,
                                         output_type, output, output_bytes, error)
              select m.saga_id, m.branch, m.seq, m.run, m.direction::"char", 'A', m.attempt, m.item, m.outcome::"char", m.step,
                     m.owner, m.fence, belay.now(), m.took_us, m.target, m.input_type, m.input::jsonb, m.input_bytes,
                     m.output_type, m.output::jsonb, m.output_bytes, m.error::jsonb
                from moved m
            )
            select i from moved""";

    /**
     * The same, with sagas that end. What is looked for stands in a subquery and not in a parameter: the planner then keeps one plan for
     * all calls, which would cost more to make than to run, and reads of the partitions those alone that hold these sagas. Their rows are locked first, in the order of their ids, and only if they are still in the
     * state they end from; deleting the jobs first would deadlock with a cancel, which locks the saga before the job.
     */
    private static final String ADVANCE_AND_END = """
            with move as materialized (
              select * from <endings>
                as m(saga_id, branch, seq, attempt, fence, epoch, run, item, direction, step,
                     to_state, to_direction, to_seq, to_run, to_item, to_step, to_attempt, to_failures, wait_us,
                     outcome, took_us, target, input_type, input, input_bytes, output_type, output, output_bytes, error, owner,
                     saga_from, saga_to, result_type, result, result_bytes, hooked, plan_id, i)
            ), ending as materialized (
              select s.id, s.state
                from move m join belay.saga s on s.id = m.saga_id
               where m.saga_to is not null and s.state in ('RUNNING', 'COMPENSATING')
               order by s.id for no key update of s
            ), moved as (
              update belay.job j
                 set seq = m.to_seq, run = m.to_run, item = m.to_item, step = m.to_step, attempt = m.to_attempt,
                     failures = m.to_failures, direction = m.to_direction::"char", state = m.to_state::"char",
                     owner = case when m.to_state = 'C' then j.owner end,
                     run_at = case when m.to_state = 'C' then j.run_at
                                   else belay.now() + m.wait_us * interval '1 microsecond' end,
                     deadline_at = case when m.to_seq = j.seq and m.to_run = j.run then j.deadline_at end,
                     started = false, rescues = 0, suspicions = 0
                from move m
               where m.saga_to is null
                 and j.saga_id = m.saga_id and j.branch = m.branch and j.state = 'C'
                 and j.seq = m.seq and j.attempt = m.attempt
                 and j.fence = m.fence and j.owner is not distinct from m.owner and j.epoch = m.epoch
              returning m.*
            ), gone as (
              delete from belay.job j
               using move m join ending e on e.id = m.saga_id and e.state = m.saga_from
               where j.saga_id = m.saga_id and j.branch = m.branch and j.state = 'C'
                 and j.seq = m.seq and j.attempt = m.attempt
                 and j.fence = m.fence and j.owner is not distinct from m.owner and j.epoch = m.epoch
              returning m.*
            ), ended as (
              update belay.saga s
                 set state = g.saga_to, ended_at = belay.now(), deadline_at = null,
                     output_type = g.result_type, output = g.result::jsonb, output_bytes = g.result_bytes
                from gone g
               where s.id = g.saga_id
            ), kept as materialized (
              select * from moved union all select * from gone
            ), logged as (
              insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us, target, input_type, input, input_bytes,
                                         output_type, output, output_bytes, error)
              select m.saga_id, m.branch, m.seq, m.run, m.direction::"char", 'A', m.attempt, m.item, m.outcome::"char", m.step,
                     m.owner, m.fence, belay.now(), m.took_us, m.target, m.input_type, m.input::jsonb, m.input_bytes,
                     m.output_type, m.output::jsonb, m.output_bytes, m.error::jsonb
                from kept m
              union all
              select m.saga_id, 0, m.seq, m.run, m.direction::"char", 'E', 0, 0, 'S', m.step,
                     null, null, belay.now(), null, null, null, null, null, null, null, null, null
                from gone m
            ), told as (
              insert into belay.outbox (saga_id, plan_id, event, recorded_at, due_at)
              select saga_id, plan_id, saga_to, belay.now(), belay.now() from gone where hooked
            )
            select i from kept""";

    /**
     * Turns sagas of a single line back because a step failed for good, and sets their jobs on what is undone first. Only those that
     * nobody has asked anything else of; the others are missed, and the coordinator decides.
     */
    private static final String TURN = """
            with move as materialized (
              select * from <moves>
                as m(saga_id, branch, seq, attempt, fence, epoch, run, item, direction, step,
                     to_state, to_direction, to_seq, to_run, to_item, to_step, to_attempt, to_failures, wait_us,
                     outcome, took_us, target, input_type, input, input_bytes, output_type, output, output_bytes, error, owner, i)
            ), turning as materialized (
              select s.id, s.epoch from move m join belay.saga s on s.id = m.saga_id
               where s.state = 'RUNNING' and not s.cancel_requested and not s.pivot_passed and not s.paused and s.undo_to is null
               order by s.id for no key update of s
            ), moved as (
              update belay.job j
                 set seq = m.to_seq, run = m.to_run, item = m.to_item, step = m.to_step, attempt = m.to_attempt,
                     failures = m.to_failures, direction = m.to_direction::"char", epoch = j.epoch + 1, deadline_at = null,
                     started = false, rescues = 0, suspicions = 0
                from move m join turning t on t.id = m.saga_id and t.epoch = m.epoch
               where j.saga_id = m.saga_id and j.branch = m.branch and j.state = 'C'
                 and j.seq = m.seq and j.attempt = m.attempt
                 and j.fence = m.fence and j.owner is not distinct from m.owner and j.epoch = m.epoch
              returning m.*
            ), turned as (
              update belay.saga s
                 set state = 'COMPENSATING', epoch = s.epoch + 1, cause = 'STEP_FAILED', failure = m.error::jsonb
                from moved m
               where s.id = m.saga_id
            ), logged as (
              insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us, target, input_type, input, input_bytes,
                                         output_type, output, output_bytes, error)
              select m.saga_id, m.branch, m.seq, m.run, m.direction::"char", 'A', m.attempt, m.item, m.outcome::"char", m.step,
                     m.owner, m.fence, belay.now(), m.took_us, m.target, m.input_type, m.input::jsonb, m.input_bytes,
                     m.output_type, m.output::jsonb, m.output_bytes, m.error::jsonb
                from moved m
            )
            select i from moved""";

    /**
     * Goes from step to step in branches, and ends branches. Several jobs of one saga may be in it, so that they are locked first,
     * in the order in which a change of direction locks them. A branch that ends gives its turn to the next item of its group.
     */
    private static final String ADVANCE_BRANCHES = """
            with move as materialized (
              select * from unnest(%s) with ordinality
                as m(saga_id, branch, seq, attempt, fence, epoch, run, item, direction, step,
                     to_state, to_direction, to_seq, to_run, to_item, to_step, to_attempt, to_failures, wait_us,
                     outcome, took_us, target, input_type, input, input_bytes, output_type, output, output_bytes, error, owner,
                     leaves, i)
            ), held as materialized (
              select m.i, j.saga_id, j.branch, j.parent from move m join belay.job j
                  on j.saga_id = m.saga_id and j.branch = m.branch and j.state = 'C'
                 and j.seq = m.seq and j.attempt = m.attempt
                 and j.fence = m.fence and j.owner is not distinct from m.owner and j.epoch = m.epoch
               order by j.saga_id, j.branch for update of j
            ), moved as (
              update belay.job j
                 set seq = m.to_seq, run = m.to_run, item = m.to_item, step = m.to_step, attempt = m.to_attempt,
                     failures = m.to_failures, direction = m.to_direction::"char", state = m.to_state::"char",
                     owner = case when m.to_state = 'C' then j.owner end,
                     run_at = case when m.to_state = 'C' then j.run_at
                                   else belay.now() + m.wait_us * interval '1 microsecond' end,
                     deadline_at = case when m.to_seq = j.seq and m.to_run = j.run then j.deadline_at end,
                     started = false, rescues = 0, suspicions = 0
                from move m join held h using (i)
               where not m.leaves and j.saga_id = h.saga_id and j.branch = h.branch
            ), gone as (
              delete from belay.job j using move m join held h using (i)
               where m.leaves and j.saga_id = h.saga_id and j.branch = h.branch
              returning h.saga_id, h.parent
            ), freed as (
              select saga_id, parent, count(*) as n from gone group by saga_id, parent
            ), turn as materialized (
              select t.saga_id, t.branch from freed f cross join lateral (
                select w.saga_id, w.branch from belay.job w
                 where w.saga_id = f.saga_id and w.parent = f.parent and w.awaits = 'turn' and w.state = 'W'
                 order by w.branch limit f.n for update skip locked) t
            ), given as (
              update belay.job j set state = 'R', awaits = null, run_at = belay.now()
                from turn t where j.saga_id = t.saga_id and j.branch = t.branch
            ), logged as (
              insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us, target, input_type, input, input_bytes,
                                         output_type, output, output_bytes, error)
              select m.saga_id, m.branch, m.seq, m.run, m.direction::"char", 'A', m.attempt, m.item, m.outcome::"char", m.step,
                     m.owner, m.fence, belay.now(), m.took_us, m.target, m.input_type, m.input::jsonb, m.input_bytes,
                     m.output_type, m.output::jsonb, m.output_bytes, m.error::jsonb
                from move m join held using (i)
            )
            select i from held""".formatted(
                    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?");

    /**
     * Records events of activities, and that an attempt begins which may run at most once: the one row without a name. The share lock keeps a takeover from slipping in between the look at the fence and the
     * commit; without it a stale worker gets its row in.
     *
     * <p>An event whose key is taken was recorded by this very claim, and only the reply was lost: the numbers of a run's events
     * are given out by the one who holds its job. It counts as recorded, or the call would be made again.
     */
    private static final String RECORD = """
            with call as materialized (
              select * from <calls>
                as c(saga_id, branch, seq, attempt, fence, run, kind, n, step, outcome, took_us, name, key, request_hash, target,
                     input_type, input, input_bytes, output_type, output, output_bytes, error, owner, spend, called, i)
            ), held as materialized (
              select c.* from call c join belay.job j
                  on j.saga_id = c.saga_id and j.branch = c.branch and j.seq = c.seq and j.attempt = c.attempt
                 and j.fence = c.fence and j.owner is not distinct from c.owner and j.state = 'C'
               order by j.saga_id, j.branch for share of j
            ), logged as (
              insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, outcome, step, worker, fence, recorded_at,
                                         took_us, name, key, request_hash, target, input_type, input, input_bytes,
                                         output_type, output, output_bytes, error, spend, called)
              select c.saga_id, c.branch, c.seq, c.run, '+', c.kind::"char", c.n, c.outcome::"char", c.step, c.owner, c.fence, belay.now(),
                     c.took_us, c.name, c.key, c.request_hash, c.target, c.input_type, c.input::jsonb, c.input_bytes,
                     c.output_type, c.output::jsonb, c.output_bytes, c.error::jsonb, c.spend, c.called::jsonb
                from held c
              on conflict do nothing
            )<spent>
            select i from held""";

    /** What calls of models took, also of those that failed. One that is sent again after a lost reply counts once. */
    private static final String SPENT = """
            , spent as (
              insert into belay.spending (saga_id, branch, seq, run, n, replay, at, definition, tenant, provider, model, failed,
                                          tokens_in, tokens_out, tokens_cached, cost)
              select c.saga_id, c.branch, c.seq, c.run, c.n, 0, belay.now(), p.definition, s.tenant, m.provider, m.model,
                     c.outcome <> 'S', coalesce(m."in", 0), coalesce(m.out, 0), coalesce(m.cached, 0), c.spend
                from held c
                cross join lateral jsonb_to_record(c.called::jsonb)
                  as m(kind text, provider text, model text, "in" bigint, out bigint, cached bigint)
                cross join lateral (select tenant, plan_id from belay.saga where id = c.saga_id) s
                join belay.plan p on p.id = s.plan_id
               where m.kind = 'model' and c.kind = 'C' and c.outcome in ('S', 'F')
              on conflict do nothing
            )""";

    /** Applies moves, all of one {@link Kind}; the answer has a bit set for each that was applied. */
    public BitSet apply(Connection connection, List<Move> moves) throws SQLException {
        return switch (Kind.of(moves.get(0))) {
            case OF_BRANCH -> applyToBranches(connection, moves);
            case TURNING -> applyTurns(connection, moves);
            case OF_TRUNK -> applyToTrunks(connection, moves);
        };
    }

    private BitSet applyTurns(Connection connection, List<Move> moves) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(turn.of(moves))) {
            Columns<Move> columns = Columns.of(connection, statement, moves);
            moves(columns);
            return applied(statement);
        }
    }

    private BitSet applyToBranches(Connection connection, List<Move> moves) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(advanceBranches)) {
            Columns<Move> columns = Columns.ofArrays(connection, statement, moves);
            moves(columns);
            columns.objects("bool", Move::leaves);
            return applied(statement);
        }
    }

    private BitSet applyToTrunks(Connection connection, List<Move> moves) throws SQLException {
        boolean ends = moves.stream().anyMatch(move -> move.ending() != null);
        try (PreparedStatement statement = connection.prepareStatement((ends ? advanceAndEnd : advance).of(moves))) {
            Columns<Move> columns = Columns.of(connection, statement, moves);
            moves(columns);
            if (ends) {
                columns.objects(
                                "text",
                                m -> m.ending() == null
                                        ? null
                                        : m.ending().from().name())
                        .objects(
                                "text",
                                m -> m.ending() == null ? null : m.ending().to().name());
                payload(columns, m -> m.ending() == null ? null : m.ending().output());
                columns.objects("bool", m -> m.ending() != null && m.ending().hooked())
                        .ints(m -> m.from().planId());
            }
            return applied(statement);
        }
    }

    private static void moves(Columns<Move> columns) throws SQLException {
        columns.objects("uuid", m -> m.from().sagaId())
                .ints(m -> m.from().branch())
                .ints(m -> m.from().seq())
                .ints(m -> m.from().attempt())
                .longs(m -> m.from().fence())
                .longs(m -> m.from().epoch())
                .ints(m -> m.from().run())
                .ints(m -> m.from().item())
                .objects("text", m -> direction(m.from().undoing()))
                .objects("text", m -> m.from().step())
                .objects("text", m -> m.target().state().code())
                .objects("text", m -> direction(m.target().undoing()))
                .ints(m -> m.target().seq())
                .ints(m -> m.target().run())
                .ints(m -> m.target().item())
                .objects("text", m -> m.target().step())
                .ints(m -> m.target().attempt())
                .ints(m -> m.target().failures())
                .longs(m -> m.target().delay().toNanos() / 1000)
                .objects("text", m -> Codes.of(m.row().outcome()))
                .longs(m -> m.row().tookMicros())
                .objects("text", m -> m.row().target());
        payload(columns, m -> m.row().input());
        payload(columns, m -> m.row().output());
        columns.objects("text", m -> m.row().error())
                .objects("int8", m -> m.from().owner());
    }

    /** Records events of activities; the answer has a bit set for each that was recorded. */
    public BitSet record(Connection connection, List<ActivityEvent> events) throws SQLException {
        boolean called = events.stream().anyMatch(event -> event.row().called() != null);
        try (PreparedStatement statement = connection.prepareStatement((called ? recordCalls : record).of(events))) {
            Columns<ActivityEvent> columns = Columns.of(connection, statement, events);
            columns.objects("uuid", e -> e.job().sagaId())
                    .ints(e -> e.job().branch())
                    .ints(e -> e.job().seq())
                    .ints(e -> e.job().attempt())
                    .longs(e -> e.job().fence())
                    .ints(e -> e.job().run())
                    .objects("text", e -> Codes.of(e.row().kind()))
                    .ints(e -> e.row().n())
                    .objects("text", e -> e.job().step())
                    .objects("text", e -> Codes.of(e.row().outcome()))
                    .longs(e -> e.row().tookMicros())
                    .objects("text", e -> e.row().name())
                    .objects("text", e -> e.row().key())
                    .objects("text", e -> e.row().requestHash())
                    .objects("text", e -> e.row().target());
            payload(columns, e -> e.row().input());
            payload(columns, e -> e.row().output());
            columns.objects("text", e -> e.row().error())
                    .objects("int8", e -> e.job().owner())
                    .objects("numeric", e -> e.row().spend())
                    .objects("text", e -> e.row().called());
            return applied(statement);
        }
    }

    private static String direction(boolean undoing) {
        return undoing ? "-" : "+";
    }

    private static <T> void payload(Columns<T> columns, Function<T, @Nullable Payload> of) throws SQLException {
        columns.objects("text", item -> {
                    Payload payload = of.apply(item);
                    return payload == null ? null : payload.type();
                })
                .objects("text", item -> {
                    Payload payload = of.apply(item);
                    return payload == null ? null : payload.jsonb();
                })
                .bytes(item -> {
                    Payload payload = of.apply(item);
                    return payload == null ? null : payload.bytes();
                });
    }

    private static BitSet applied(PreparedStatement statement) throws SQLException {
        BitSet applied = new BitSet();
        try (ResultSet rs = statement.executeQuery()) {
            while (rs.next()) {
                applied.set((int) rs.getLong(1) - 1);
            }
        }
        return applied;
    }
}
