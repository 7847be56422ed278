package dev.belay.internal.queue;

import dev.belay.agent.ModelLimit;
import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code pace}: what a provider lets all workers together ask in a minute. Turns are given out in order, each so far from the one before
 * that no minute can hold more than the limit, also if some are used a little late; one that nobody asked for in time is lost, but for a
 * hundredth of a minute's.
 */
public final class PaceTable {
    /** How much further apart the turns are than the limit allows: what they may be late. */
    private static final double SLACK = 1.025;

    private static final double KEPT = 0.01;

    private final Schema schema;

    /** The table in {@code schema}. */
    public PaceTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * When a call may be made.
     *
     * @param in how long until then
     * @param granted whether its turn is taken; if not, to be asked again by then
     */
    public record Turn(Duration in, boolean granted) {
        /** At once. */
        public static final Turn NOW = new Turn(Duration.ZERO, true);
    }

    /** Asks for a turn, which is taken if it comes within {@code patience}. Expects a transaction. */
    public Turn ask(Handle handle, String provider, String model, long tokens, Duration patience) {
        List<Double> waits = handle.createQuery(schema.sql("""
                                select model, requests, tokens,
                                       extract(epoch from greatest(blocked_until, next_request - kept, next_tokens, at) - at) as wait
                                  from (select p.*, belay.now() as at,
                                               coalesce(floor(requests * :kept) * :slack * 60.0 / requests, 0) * interval '1 second' as kept
                                          from belay.pace p
                                         where provider = :provider and model in ('', :model)
                                         order by model for update) as locked"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("kept", KEPT)
                .bind("slack", SLACK)
                .map((rs, context) -> rs.getDouble("wait"))
                .list();
        if (waits.isEmpty()) {
            return Turn.NOW;
        }
        double seconds = Collections.max(waits);
        Duration in = Duration.ofNanos((long) Math.min(seconds * 1e9, 1e18));
        if (in.compareTo(patience) > 0) {
            return new Turn(in, false);
        }
        handle.createUpdate(schema.sql("""
                        update belay.pace
                           set next_request = case when requests is null then next_request
                                 else greatest(next_request,
                                               belay.now() + :in * interval '1 second' - floor(requests * :kept) * :slack * 60.0 / requests * interval '1 second')
                                      + :slack * 60.0 / requests * interval '1 second' end,
                               next_tokens = case when tokens is null then next_tokens
                                 else greatest(next_tokens, belay.now() + :in * interval '1 second')
                                      + :tokens * :slack * 60.0 / tokens * interval '1 second' end
                         where provider = :provider and model in ('', :model)"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("tokens", tokens)
                .bind("kept", KEPT)
                .bind("slack", SLACK)
                .bind("in", seconds)
                .execute();
        return new Turn(in, true);
    }

    /** A call took {@code more} tokens than it was thought to; less, if below zero. */
    public void correct(Handle handle, String provider, String model, long more) {
        handle.createUpdate(schema.sql("""
                        update belay.pace
                           set next_tokens = next_tokens + :more * :slack * 60.0 / tokens * interval '1 second'
                         where provider = :provider and model in ('', :model) and tokens is not null"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("more", more)
                .bind("slack", SLACK)
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

    /** Sets a limit; null takes it back. */
    public void set(Handle handle, String provider, String model, @Nullable ModelLimit limit) {
        if (limit == null) {
            handle.createUpdate(schema.sql("delete from belay.pace where provider = :provider and model = :model"))
                    .bind("provider", provider)
                    .bind("model", model)
                    .execute();
            return;
        }
        handle.createUpdate(schema.sql("""
                        insert into belay.pace (provider, model, requests, tokens)
                        values (:provider, :model, :requests, :tokens)
                        on conflict (provider, model) do update
                           set requests = excluded.requests, tokens = excluded.tokens"""))
                .bind("provider", provider)
                .bind("model", model)
                .bind("requests", limit.requests().orElse(null))
                .bind("tokens", limit.tokens().orElse(null))
                .execute();
    }
}
