package dev.belay.internal.journal;

import dev.belay.agent.Budget;
import dev.belay.agent.Price;
import dev.belay.agent.Tokens;
import dev.belay.agent.Usage;
import dev.belay.agent.UsageLine;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What calls of models cost and may cost: the tables {@code spending}, {@code spending_day}, {@code price} and those of budgets. */
public final class SpendTable {
    private static final String SUMS = """
            count(*) filter (where replay = 0) as calls,
            count(*) filter (where replay = 0 and failed) as failed,
            coalesce(sum(tokens_in) filter (where replay = 0), 0) as tokens_in,
            coalesce(sum(tokens_out) filter (where replay = 0), 0) as tokens_out,
            coalesce(sum(tokens_cached) filter (where replay = 0), 0) as tokens_cached,
            coalesce(sum(cost) filter (where replay = 0), 0) as cost,
            count(*) filter (where replay = 0 and cost is null) as unpriced,
            count(*) filter (where replay > 0) as avoided_calls,
            coalesce(sum(tokens_in) filter (where replay > 0), 0) as avoided_in,
            coalesce(sum(tokens_out) filter (where replay > 0), 0) as avoided_out,
            coalesce(sum(tokens_cached) filter (where replay > 0), 0) as avoided_cached,
            coalesce(sum(cost) filter (where replay > 0), 0) as avoided_cost""";

    private final Schema schema;

    /** The tables in {@code schema}. */
    public SpendTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * How a saga and its tenant stand before a call.
     *
     * @param age how long ago the saga was started
     * @param raised the budget that an operator has given the saga in place of its definition's
     * @param price what the call costs; null if nobody has said
     */
    public record Standing(
            Spent saga,
            Duration age,
            @Nullable Budget raised,
            @Nullable TenantStanding tenant,
            @Nullable Price price) {}

    /** What was spent. */
    public record Spent(long tokens, BigDecimal money, long calls) {}

    /** How a tenant stands in the present period. */
    public record TenantStanding(String tenant, Budget.Period period, Budget budget, Spent spent) {}

    /** A call that a replay did not make, by the place of its row. */
    public record Avoided(JournalRow row, String provider, String model, Tokens tokens) {}

    /** How a saga stands. */
    public Optional<Standing> standing(Handle handle, UUID saga, String provider, String model) {
        return handle.createQuery(schema.sql("""
                                select s.tenant, extract(epoch from belay.now() - s.started_at) * 1000000 as age,
                                       o.tokens, o.money, o.calls,
                                       b.saga_id is not null as raised, b.tokens as most_tokens, b.money as most_money,
                                       b.calls as most_calls, b.micros as most_micros,
                                       t.period, t.tokens as tenant_tokens, t.money as tenant_money, t.calls as tenant_calls,
                                       u.tokens as used_tokens, u.money as used_money, u.calls as used_calls,
                                       p.valid_from, p.input, p.output, p.cached
                                  from belay.saga s
                                  cross join lateral (
                                    select coalesce(sum(tokens_in + tokens_out), 0)::bigint as tokens, coalesce(sum(cost), 0) as money,
                                           count(*) as calls
                                      from belay.spending where saga_id = s.id and replay = 0) o
                                  left join belay.saga_budget b on b.saga_id = s.id
                                  left join belay.tenant_budget t on t.tenant = s.tenant
                                  left join lateral (
                                    select coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(money), 0) as money,
                                           coalesce(sum(calls), 0)::bigint as calls
                                      from (select sum(tokens_in + tokens_out) as tokens, sum(cost) as money, count(*) as calls
                                              from belay.spending
                                             where t.tenant is not null and tenant = t.tenant and replay = 0
                                               and at >= date_trunc(lower(t.period), belay.now() at time zone 'UTC') at time zone 'UTC'
                                            union all
                                            select sum(tokens_in + tokens_out), sum(cost), sum(calls)
                                              from belay.spending_day
                                             where t.tenant is not null and tenant = t.tenant
                                               and day >= date_trunc(lower(t.period), belay.now() at time zone 'UTC')::date) as parts) u on true
                                  left join lateral (
                                    select * from belay.price
                                     where provider = :provider and model = :model and valid_from <= belay.now()
                                     order by valid_from desc limit 1) p on true
                                 where s.id = :saga"""))
                .bind("saga", saga)
                .bind("provider", provider)
                .bind("model", model)
                .map((rs, context) -> standing(rs, provider, model))
                .findOne();
    }

    private static Standing standing(ResultSet rs, String provider, String model) throws SQLException {
        String period = rs.getString("period");
        OffsetDateTime valid = rs.getObject("valid_from", OffsetDateTime.class);
        return new Standing(
                spent(rs, "tokens", "money", "calls"),
                Duration.ofNanos(rs.getLong("age") * 1000),
                rs.getBoolean("raised")
                        ? budget(rs, "most_tokens", "most_money", "most_calls", micros(rs, "most_micros"))
                        : null,
                period == null
                        ? null
                        : new TenantStanding(
                                rs.getString("tenant"),
                                Budget.Period.valueOf(period),
                                budget(rs, "tenant_tokens", "tenant_money", "tenant_calls", Optional.empty()),
                                spent(rs, "used_tokens", "used_money", "used_calls")),
                valid == null
                        ? null
                        : new Price(
                                provider,
                                model,
                                valid.toInstant(),
                                rs.getBigDecimal("input"),
                                rs.getBigDecimal("output"),
                                rs.getBigDecimal("cached")));
    }

    private static Spent spent(ResultSet rs, String tokens, String money, String calls) throws SQLException {
        return new Spent(rs.getLong(tokens), rs.getBigDecimal(money), rs.getLong(calls));
    }

    private static Budget budget(ResultSet rs, String tokens, String money, String calls, Optional<Duration> time)
            throws SQLException {
        return new Budget(number(rs, tokens), Optional.ofNullable(rs.getBigDecimal(money)), number(rs, calls), time);
    }

    private static Optional<Duration> micros(ResultSet rs, String column) throws SQLException {
        return number(rs, column).map(micros -> Duration.ofNanos(micros * 1000));
    }

    private static Optional<Long> number(ResultSet rs, String column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? Optional.empty() : Optional.of(value);
    }

    /** Notes the call of an attempt that had lost its step: it was paid all the same. */
    public void addLate(Handle handle, JournalRow row) {
        handle.createUpdate(schema.sql("""
                                insert into belay.spending (saga_id, branch, seq, run, n, replay, at, definition, tenant, provider,
                                                            model, failed, tokens_in, tokens_out, tokens_cached, cost)
                                select :saga, :branch, :seq, :run, :n, 0, belay.now(), p.definition, s.tenant, m.provider, m.model,
                                       :failed, coalesce(m."in", 0), coalesce(m.out, 0), coalesce(m.cached, 0), :cost
                                  from belay.saga s
                                  join belay.plan p on p.id = s.plan_id
                                  cross join lateral jsonb_to_record(:called::jsonb)
                                    as m(kind text, provider text, model text, "in" bigint, out bigint, cached bigint)
                                 where s.id = :saga and m.kind = 'model'
                                on conflict do nothing"""))
                .bind("saga", row.place().sagaId())
                .bind("branch", row.place().branch())
                .bind("seq", row.place().seq())
                .bind("run", row.place().run())
                .bind("n", lateNumber(row))
                .bind("failed", row.outcome() != dev.belay.JournalEntry.Result.SUCCEEDED)
                .bind("cost", row.spend())
                .bind("called", row.called())
                .execute();
    }

    /** Below zero, and another for each attempt that lost its step in the same place. */
    private static int lateNumber(JournalRow row) {
        return -1 - (java.util.Objects.hash(row.n(), row.fence()) & 0x3fffffff);
    }

    /** Notes calls that the given attempt found recorded; told twice, they count once. */
    public void avoid(Handle handle, int attempt, List<Avoided> calls) {
        var batch = handle.prepareBatch(schema.sql("""
                insert into belay.spending (saga_id, branch, seq, run, n, replay, at, definition, tenant, provider,
                                            model, failed, tokens_in, tokens_out, tokens_cached, cost)
                select s.id, :branch, :seq, :run, :n, :attempt, belay.now(), p.definition, s.tenant, :provider, :model,
                       false, :in, :out, :cached, :cost
                  from belay.saga s join belay.plan p on p.id = s.plan_id
                 where s.id = :saga
                on conflict do nothing"""));
        for (Avoided call : calls) {
            JournalRow row = call.row();
            batch.bind("saga", row.place().sagaId())
                    .bind("branch", row.place().branch())
                    .bind("seq", row.place().seq())
                    .bind("run", row.place().run())
                    .bind("n", row.n())
                    .bind("attempt", attempt)
                    .bind("provider", call.provider())
                    .bind("model", call.model())
                    .bind("in", call.tokens().input())
                    .bind("out", call.tokens().output())
                    .bind("cached", call.tokens().cached())
                    .bind("cost", row.spend())
                    .add();
        }
        batch.execute();
    }

    /** What a saga has spent. */
    public Usage of(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("select " + SUMS + " from belay.spending where saga_id = :saga"))
                .bind("saga", saga)
                .map((rs, context) -> usage(rs))
                .one();
    }

    /** What was spent from a day to another, both included. */
    public List<UsageLine> between(Handle handle, LocalDate from, LocalDate to) {
        return handle.createQuery(schema.sql("""
                                select day, definition, tenant, provider, model, sum(calls) as calls, sum(failed) as failed,
                                       sum(tokens_in) as tokens_in, sum(tokens_out) as tokens_out, sum(tokens_cached) as tokens_cached,
                                       sum(cost) as cost, sum(unpriced) as unpriced, sum(avoided_calls) as avoided_calls,
                                       sum(avoided_in) as avoided_in, sum(avoided_out) as avoided_out,
                                       sum(avoided_cached) as avoided_cached, sum(avoided_cost) as avoided_cost
                                  from (select (at at time zone 'UTC')::date as day, definition, coalesce(tenant, '') as tenant, provider,
                                               model, <sums>
                                          from belay.spending where at >= :begin and at < :end
                                         group by 1, 2, 3, 4, 5
                                        union all
                                        select * from belay.spending_day where day between :from and :to) as days
                                 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""))
                .define("sums", SUMS)
                .bind("begin", from.atStartOfDay().atOffset(ZoneOffset.UTC))
                .bind("end", to.plusDays(1).atStartOfDay().atOffset(ZoneOffset.UTC))
                .bind("from", from)
                .bind("to", to)
                .map((rs, context) -> new UsageLine(
                        rs.getObject("day", LocalDate.class),
                        rs.getString("definition"),
                        rs.getString("tenant"),
                        rs.getString("provider"),
                        rs.getString("model"),
                        usage(rs)))
                .list();
    }

    private static Usage usage(ResultSet rs) throws SQLException {
        return new Usage(
                rs.getLong("calls"),
                rs.getLong("failed"),
                new Tokens(rs.getLong("tokens_in"), rs.getLong("tokens_out"), rs.getLong("tokens_cached")),
                rs.getBigDecimal("cost"),
                rs.getLong("unpriced"),
                rs.getLong("avoided_calls"),
                new Tokens(rs.getLong("avoided_in"), rs.getLong("avoided_out"), rs.getLong("avoided_cached")),
                rs.getBigDecimal("avoided_cost"));
    }

    /** Folds what purged sagas spent, one row a call, into one row a day; so many calls at most. The answer is how many they were. */
    public int fold(Handle handle, int most) {
        handle.execute(schema.sql(
                "delete from belay.saga_budget b where not exists (select from belay.saga where id = b.saga_id)"));
        return handle.createQuery(schema.sql("""
                                with gone as (
                                  delete from belay.spending where ctid = any (array(
                                    select g.ctid from belay.spending g
                                     where not exists (select from belay.saga where id = g.saga_id)
                                     limit :most for update skip locked))
                                  returning *
                                ), summed as (
                                  insert into belay.spending_day as d
                                  select (at at time zone 'UTC')::date, definition, coalesce(tenant, ''), provider, model, <sums>
                                    from gone group by 1, 2, 3, 4, 5
                                  on conflict (day, definition, tenant, provider, model) do update
                                     set calls = d.calls + excluded.calls, failed = d.failed + excluded.failed,
                                         tokens_in = d.tokens_in + excluded.tokens_in, tokens_out = d.tokens_out + excluded.tokens_out,
                                         tokens_cached = d.tokens_cached + excluded.tokens_cached, cost = d.cost + excluded.cost,
                                         unpriced = d.unpriced + excluded.unpriced,
                                         avoided_calls = d.avoided_calls + excluded.avoided_calls,
                                         avoided_in = d.avoided_in + excluded.avoided_in,
                                         avoided_out = d.avoided_out + excluded.avoided_out,
                                         avoided_cached = d.avoided_cached + excluded.avoided_cached,
                                         avoided_cost = d.avoided_cost + excluded.avoided_cost
                                )
                                select count(*) from gone"""))
                .define("sums", SUMS)
                .bind("most", most)
                .mapTo(Integer.class)
                .one();
    }

    /** Adds a price. */
    public void add(Handle handle, Price price) {
        handle.createUpdate(schema.sql("""
                                insert into belay.price (provider, model, valid_from, input, output, cached)
                                values (:provider, :model, :from, :input, :output, :cached)
                                on conflict (provider, model, valid_from) do update
                                   set input = excluded.input, output = excluded.output, cached = excluded.cached"""))
                .bind("provider", price.provider())
                .bind("model", price.model())
                .bind("from", price.validFrom().atOffset(ZoneOffset.UTC))
                .bind("input", price.input())
                .bind("output", price.output())
                .bind("cached", price.cached())
                .execute();
    }

    /** All prices. */
    public List<Price> prices(Handle handle) {
        return handle.createQuery(schema.sql("select * from belay.price order by provider, model, valid_from"))
                .map((rs, context) -> new Price(
                        rs.getString("provider"),
                        rs.getString("model"),
                        rs.getObject("valid_from", OffsetDateTime.class).toInstant(),
                        rs.getBigDecimal("input"),
                        rs.getBigDecimal("output"),
                        rs.getBigDecimal("cached")))
                .list();
    }

    /** Gives a saga a budget in place of its definition's. */
    public void raise(Handle handle, UUID saga, Budget budget) {
        handle.createUpdate(schema.sql("""
                                insert into belay.saga_budget (saga_id, tokens, money, calls, micros)
                                values (:saga, :tokens, :money, :calls, :micros)
                                on conflict (saga_id) do update
                                   set tokens = excluded.tokens, money = excluded.money, calls = excluded.calls,
                                       micros = excluded.micros"""))
                .bind("saga", saga)
                .bind("tokens", budget.tokens().orElse(null))
                .bind("money", budget.money().orElse(null))
                .bind("calls", budget.calls().orElse(null))
                .bind("micros", budget.time().map(time -> time.toNanos() / 1000).orElse(null))
                .execute();
    }

    /** Gives a tenant a budget; null takes it back. */
    public void tenant(Handle handle, String tenant, @Nullable Budget budget, Budget.Period period) {
        if (budget == null) {
            handle.createUpdate(schema.sql("delete from belay.tenant_budget where tenant = :tenant"))
                    .bind("tenant", tenant)
                    .execute();
            return;
        }
        handle.createUpdate(schema.sql("""
                                insert into belay.tenant_budget (tenant, period, tokens, money, calls)
                                values (:tenant, :period, :tokens, :money, :calls)
                                on conflict (tenant) do update
                                   set period = excluded.period, tokens = excluded.tokens, money = excluded.money,
                                       calls = excluded.calls"""))
                .bind("tenant", tenant)
                .bind("period", period.name())
                .bind("tokens", budget.tokens().orElse(null))
                .bind("money", budget.money().orElse(null))
                .bind("calls", budget.calls().orElse(null))
                .execute();
    }

    /** A conversation's messages, the oldest first: the journal's rows that hold them, or that they refer to. */
    public List<JournalRow> conversation(Handle handle, UUID saga, int branch, String name) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal
                                 where saga_id = :saga and branch = :branch and direction = '+'
                                   and ((kind = 'T' and name = :name) or (kind = 'C' and outcome = 'S' and called is not null))
                                 order by recorded_at, seq, run, n"""))
                .bind("saga", saga)
                .bind("branch", branch)
                .bind("name", name)
                .map((rs, context) -> JournalTable.map(rs))
                .list();
    }
}
