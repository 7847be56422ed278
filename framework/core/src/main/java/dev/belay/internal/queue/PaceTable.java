package dev.belay.internal.queue;

import dev.belay.agent.ModelLimit;
import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The tables {@code pace} and {@code pace_use}: what a provider lets all workers together ask in a minute. Turns for calls are given out one
 * after the other, so far apart that no minute can hold more than the limit, also if some are used a little late; one that nobody asked
 * for in time is lost, but for a hundredth of a minute's. Tokens are booked when a turn is given out, and a call waits until the last
 * minute's leave room for its own.
 */
public final class PaceTable {
    /** How much further apart the turns are than the limit allows: what they may be late. */
    private static final double SLACK = 1.025;

    private static final double KEPT = 0.01;
    /** A minute, and what a call may be late. */
    private static final double TOKENS_COUNT_FOR = 61.5;
    /** Those who wait come back over this part of the time that they all will take, so that there is always one for the next turn. */
    private static final double SPREAD = 0.8;

    private final Schema schema;

    /** The tables in {@code schema}. */
    public PaceTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * When a call may be made.
     *
     * @param in how long until then
     * @param granted whether its turn is taken; if not, to be asked again by then
     * @param use where its tokens are booked; null if nobody counts them
     */
    public record Turn(
            Duration in, boolean granted, @Nullable Long use) {}

    private record Row(String model, boolean countsTokens, double seconds, double interval) {}

    /** Asks for a turn, which is taken if it comes within {@code patience}. Expects a transaction. */
    public Turn ask(Handle handle, String provider, String model, long tokens, Duration patience) {
        List<Row> rows = handle.createQuery(schema.sql("""
                                select p.model, p.tokens is not null as counts, p.interval,
                                       extract(epoch from greatest(p.blocked_until, p.next_request - p.kept, p.at, u.until) - p.at) as wait
                                  from (select l.*, belay.now() as at,
                                               coalesce(:slack * 60.0 / l.requests, 0) as interval,
                                               coalesce(floor(l.requests * :kept) * :slack * 60.0 / l.requests, 0) * interval '1 second' as kept
                                          from belay.pace l
                                         where l.provider = :provider and l.model in ('', :model)
                                         order by l.model for update) as p
                                  cross join lateral (
                                    select max(at) + :counts * interval '1 second' as until
                                      from (select o.at, sum(o.tokens) over (order by o.at desc, o.id desc) as sum
                                              from belay.pace_use o
                                             where p.tokens is not null and o.provider = :provider and (p.model = '' or o.model = p.model)
                                               and o.at > p.at - :counts * interval '1 second') as booked
                                     where sum + :tokens > p.tokens) as u"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("tokens", tokens)
                .bind("kept", KEPT)
                .bind("slack", SLACK)
                .bind("counts", TOKENS_COUNT_FOR)
                .map((rs, context) -> new Row(
                        rs.getString("model"), rs.getBoolean("counts"), rs.getDouble("wait"), rs.getDouble("interval")))
                .list();
        double seconds = rows.stream().mapToDouble(Row::seconds).max().orElse(0);
        if (seconds > patience.toNanos() / 1e9) {
            double each = rows.stream().mapToDouble(Row::interval).max().orElse(0);
            double crowd = each * SPREAD * waiting(handle, provider, model);
            return new Turn(nanos(seconds + crowd * ThreadLocalRandom.current().nextDouble()), false, null);
        }
        if (rows.isEmpty()) {
            return new Turn(Duration.ZERO, true, null);
        }
        take(handle, provider, model, seconds);
        boolean counts = rows.stream().anyMatch(Row::countsTokens);
        return new Turn(nanos(seconds), true, counts ? book(handle, provider, model, tokens, seconds) : null);
    }

    private static Duration nanos(double seconds) {
        return Duration.ofNanos((long) Math.min(seconds * 1e9, 1e18));
    }

    private int waiting(Handle handle, String provider, String model) {
        return handle.createQuery(schema.sql("select count(*) from belay.job where awaits = :awaits"
                        + " and awaits is not null and awaits not in ('join', 'turn')"))
                .bind("awaits", "rate:" + provider + "/" + model)
                .mapTo(Integer.class)
                .one();
    }

    private void take(Handle handle, String provider, String model, double seconds) {
        handle.createUpdate(schema.sql("""
                        update belay.pace
                           set next_request = greatest(next_request,
                                                       belay.now() + (:in - floor(requests * :kept) * :slack * 60.0 / requests) * interval '1 second')
                                              + :slack * 60.0 / requests * interval '1 second'
                         where provider = :provider and model in ('', :model) and requests is not null"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("kept", KEPT)
                .bind("slack", SLACK)
                .bind("in", seconds)
                .execute();
    }

    private long book(Handle handle, String provider, String model, long tokens, double seconds) {
        handle.createUpdate(schema.sql("""
                        delete from belay.pace_use
                         where provider = :provider and at < belay.now() - 2 * :counts * interval '1 second'"""))
                .bind("provider", provider)
                .bind("counts", TOKENS_COUNT_FOR)
                .execute();
        return handle.createQuery(schema.sql("""
                        insert into belay.pace_use (provider, model, at, tokens)
                        values (:provider, :model, belay.now() + :in * interval '1 second', :tokens) returning id"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("in", seconds)
                .bind("tokens", tokens)
                .mapTo(Long.class)
                .one();
    }

    /** A call took so many tokens, and not what it was thought to. */
    public void correct(Handle handle, long use, long tokens) {
        handle.createUpdate(schema.sql("update belay.pace_use set tokens = :tokens where id = :id"))
                .bind("tokens", tokens)
                .bind("id", use)
                .execute();
    }

    /** The provider asks to be left alone so long. */
    public void block(Handle handle, String provider, String model, Duration time) {
        handle.createUpdate(schema.sql("""
                        insert into belay.pace as p (provider, model, blocked_until)
                        values (:provider, :model, belay.now() + :micros * interval '1 microsecond')
                        on conflict (provider, model) do update
                           set blocked_until = greatest(p.blocked_until, excluded.blocked_until)"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("micros", time.toNanos() / 1000)
                .execute();
    }

    /** Sets a limit; null takes it back. That a provider asked to be left alone stays. */
    public void set(Handle handle, String provider, String model, @Nullable ModelLimit limit) {
        handle.createUpdate(schema.sql("""
                        insert into belay.pace (provider, model, requests, tokens)
                        values (:provider, :model, :requests, :tokens)
                        on conflict (provider, model) do update
                           set requests = excluded.requests, tokens = excluded.tokens"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("requests", limit == null ? null : limit.requests().orElse(null))
                .bind("tokens", limit == null ? null : limit.tokens().orElse(null))
                .execute();
    }
}
