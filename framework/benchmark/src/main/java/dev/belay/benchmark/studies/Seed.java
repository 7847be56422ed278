package dev.belay.benchmark.studies;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Fills a migrated, empty schema with sagas as years of work would leave them: many that ended, some of them undone or resolved, and
 * those that are open, of which some wait for a person, an operator, or are being undone; with their journals, and a week of counts by
 * the minute. What stands in the tables agrees as if workers had written it; no worker should run over it.
 */
final class Seed {
    private Seed() {}

    /** Writes {@code ended} sagas that ended in the last twenty days and {@code open} ones, in a schema of that name. */
    static void fill(Connection connection, String schema, int ended, int open) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set search_path = " + schema + ", pg_catalog, public");
            statement.execute("set work_mem = '256MB'");
            for (String sql : STATEMENTS) {
                statement.execute(
                        sql.replace("${ended}", String.valueOf(ended)).replace("${open}", String.valueOf(open)));
            }
            for (String table : new String[] {
                "saga", "journal", "job", "saga_key", "saga_turned", "stat_minute", "failure_kind", "operation", "plan"
            }) {
                statement.execute("vacuum (analyze) " + table);
            }
            statement.execute("reset search_path");
            statement.execute("reset work_mem");
        }
    }

    private static final String[] STATEMENTS = {
        """
        do $$ begin
          for back in 0 .. 21 loop call make_partitions((pg_catalog.now() at time zone 'UTC')::date - back); end loop;
        end $$""",
        """
        insert into plan (definition, version, steps, fingerprint)
        select d.name, v.version,
               jsonb_build_object('definition', d.name, 'version', v.version, 'queue', d.queue, 'result', 'Receipt', 'steps', (
                 select jsonb_agg(jsonb_build_object('name', s.name, 'line', '', 'kind', s.kind, 'form', s.form, 'routed', false,
                                                     'transactional', false, 'undo', s.kind = 'EFFECT', 'replans', 0,
                                                     'atOnce', 0, 'input', 'Order', 'output', 'Text') order by s.place)
                   from (values (1, 'reserve', 'EFFECT', 'CODE'), (2, 'grant', 'PURE', 'APPROVAL'),
                                (3, 'charge', 'PIVOT', 'CODE'), (4, 'ship', 'PURE', 'CODE')) as s(place, name, kind, form))),
               md5(d.name || v.version)
          from (values ('order', 'default'), ('refund', 'default'), ('claim', 'slow'), ('onboarding', 'default'),
                       ('report', 'slow'), ('triage', 'agents'), ('research', 'agents'), ('rare', 'default')) as d(name, queue)
          cross join (values (1), (2)) as v(version)
        on conflict do nothing""",
        // One in a thousand is of the definition "rare"; ids are in the order of starts.
        """
        create temporary table seeded as
        select n, new_id(at) as id, at as started_at,
               (select array_agg(id order by definition, version) from plan where definition <> 'rare') as plans,
               (select max(id) from plan where definition = 'rare') as rare,
               case when n > ${ended} then
                      (array['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'SUSPENDED', 'RUNNING', 'COMPENSATING', 'RUNNING',
                             'COMPENSATION_FAILED'])[1 + n % 10]
                    when n % 100 in (7, 42) then 'COMPENSATED' when n % 100 = 77 then 'RESOLVED' else 'COMPLETED' end as state
          from (select n, case when n > ${ended}
                               then pg_catalog.now() - (${ended} + ${open} - n) * interval '0.2 seconds'
                               else pg_catalog.now() - interval '40 minutes'
                                    - (${ended} - n) * (interval '20 days' / ${ended}) end as at
                  from generate_series(1, ${ended} + ${open}) as n) as numbered""",
        """
        insert into saga (id, plan_id, state, cause, pivot_passed, start_key, started_at, ended_at, failure, input_type, input,
                          output_type, output, tenant)
        select id, case when n % 1000 = 5 then rare else plans[1 + n % cardinality(plans)] end, state,
               case when state not in ('RUNNING', 'COMPLETED') then 'STEP_FAILED' end, state = 'COMPLETED',
               case when n % 3 = 0 then 'order-' || n end, started_at,
               case when n <= ${ended} then started_at + (n % 600) * interval '1 second' end,
               case when state not in ('RUNNING', 'COMPLETED') then
                 jsonb_build_object('fingerprint', left(md5('kind ' || n / 10 % 40), 12), 'step', 'charge',
                                    'type', 'com.example.Declined' || n / 10 % 40,
                                    'message', 'The card of customer ' || n || ' was declined: reason ' || n / 10 % 40,
                                    'stack', 'com.example.Declined' || repeat(E'\\n\\tat com.example.Billing.charge(Billing.java:' || n || ')', 60))
               end,
               'Order',
               jsonb_build_object('order', n, 'customer', jsonb_build_object('id', n % 5000, 'name', 'Customer ' || n % 5000),
                                  'amount', n % 1000, 'note', repeat(md5(n::text), 6)),
               case when state = 'COMPLETED' then 'Receipt' end,
               case when state = 'COMPLETED' then jsonb_build_object('number', n, 'text', md5((n + 1)::text)) end,
               case when n % 2 = 0 then 'tenant-' || n % 50 end
          from seeded""",
        """
        insert into saga_key (definition, start_key, saga_id)
        select p.definition, s.start_key, s.id from saga s join plan p on p.id = s.plan_id where s.start_key is not null""",
        """
        insert into saga_turned (id, state, plan_id, tenant, step, fingerprint, since)
        select id, state, plan_id, tenant, failure ->> 'step', failure ->> 'fingerprint', coalesce(ended_at, started_at)
          from saga where state not in ('RUNNING', 'COMPLETED')""",
        """
        insert into journal (saga_id, branch, seq, run, direction, kind, n, outcome, step, worker, fence, recorded_at, took_us, name,
                             output_type, output)
        select s.id, 0, r.seq, 0, r.direction, r.kind, r.n, r.outcome, r.step, 1, 1,
               s.started_at + r.place * interval '1 second', 1000 + s.n % 9000, r.name, 'Text', to_jsonb(md5(s.n::text))
          from seeded s
          cross join (values (1, 1, '+'::"char", 'C'::"char", 1, 'S'::"char", 'reserve', 'book'),
                             (2, 1, '+', 'A', 1, 'S', 'reserve', null), (3, 2, '+', 'W', 1, 'B', 'grant', 'approval:grant'),
                             (4, 2, '+', 'A', 1, 'S', 'grant', null), (5, 3, '+', 'A', 1, 'S', 'charge', null),
                             (6, 4, '+', 'E', 0, 'S', 'ship', null)) as r(place, seq, direction, kind, n, outcome, step, name)
         where r.place <= case when s.n > ${ended} then case when s.state = 'RUNNING' and s.n % 10 = 4 then 3 else 2 end else 6 end
           and not (s.state in ('COMPENSATED', 'RESOLVED') and r.place = 5)""",
        """
        insert into journal (saga_id, branch, seq, run, direction, kind, n, outcome, step, worker, fence, recorded_at, took_us, error)
        select s.id, 0, 3, 0, '+', 'A', 1, 'G', 'charge', 1, 1, s.started_at + interval '5 seconds', 1000, s.failure
          from saga s where s.failure is not null""",
        """
        insert into job (saga_id, plan_id, seq, step, state, direction, owner, run_at, queue, awaits, deadline_at, tenant, attempt)
        select g.id, g.plan_id, case s.state when 'RUNNING' then 2 else 3 end,
               case when s.n % 10 = 4 then 'grant' when s.state = 'COMPENSATING' then 'reserve' else 'charge' end,
               case when s.state in ('SUSPENDED', 'COMPENSATION_FAILED') then 'P' when s.n % 10 = 4 then 'W'
                    when s.n % 10 = 2 then 'C' else 'R' end::"char",
               case when s.state in ('COMPENSATING', 'COMPENSATION_FAILED') then '-' else '+' end::"char",
               case when s.n % 10 = 2 and s.state = 'RUNNING' then 1 + s.n / 10 % 4 end,
               case when s.n % 10 = 4 then 'infinity' else g.started_at + interval '1 minute' end, p.steps ->> 'queue',
               case when s.n % 10 = 4 then 'approval:grant' end,
               case when s.n % 100 = 4 then g.started_at + interval '30 minutes' end, g.tenant, 1
          from seeded s join saga g on g.id = s.id join plan p on p.id = g.plan_id where s.n > ${ended}""",
        """
        insert into worker (id, name, started_at, seen_at, expires_at)
        select n, 'worker-' || n, clock_timestamp() - interval '1 day', clock_timestamp(), clock_timestamp() + interval '1 day'
          from generate_series(1, 3) as n""",
        """
        insert into failure_kind (fingerprint, type, message, first_seen)
        select left(md5('kind ' || k), 12), 'com.example.Declined' || k, 'The card of customer 1 was declined: reason ' || k,
               pg_catalog.now() - interval '20 days'
          from generate_series(0, 39) as k on conflict do nothing""",
        """
        insert into stat_minute (minute, plan_id, step, direction, outcome, fingerprint, n, took_us, longest_us)
        select m, p.id, r.step, r.direction, r.outcome,
               case when r.outcome = 'G' then left(md5('kind ' || extract(epoch from m)::bigint / 60 % 40), 12) end,
               r.n, r.n * 5000, 90000
          from generate_series(date_trunc('minute', pg_catalog.now()) - interval '7 days', pg_catalog.now(), interval '1 minute') as m
          cross join plan p
          cross join (values ('reserve', '+'::"char", 'S'::"char", 100), ('charge', '+', 'S', 97), ('charge', '+', 'G', 3),
                             ('reserve', '-', 'S', 3)) as r(step, direction, outcome, n)
         where p.version = 2""",
        """
        insert into operation (saga_id, action, actor, reason, at, before, after)
        select id, (array['retry', 'cancel', 'compensate'])[1 + n % 3], 'operator-' || n % 7, 'because of ' || n, started_at, 'SUSPENDED',
               'RUNNING'
          from seeded where n % 20 = 7""",
        "drop table seeded"
    };
}
