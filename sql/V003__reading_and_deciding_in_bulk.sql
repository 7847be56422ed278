-- What a dashboard needs: lists that stay quick among millions of ended sagas, decisions about many sagas at once, and what the
-- dashboard keeps for itself. Nothing here is written while a saga goes from step to step.
--
--   saga_turned        the sagas that ended otherwise than COMPLETED, or wait for an operator: few, and looked for most
--   failure_kind       what every kind of failure says
--   bulk               a decision about many sagas
--   bulk_item          one of these sagas, and what came of it
--   dashboard_user     people who sign in to the dashboard itself
--   dashboard_session  who is signed in; known by the hash of a token that only the browser has
--   dashboard_attempt  attempts to sign in that failed, for minutes
--   dashboard_secret   what forms are signed with, the same for all processes that serve one dashboard
--   dashboard_view     saved queries

-- Building the indexes and the trigger stops starts and ends. Better to fail than to have everybody queue behind who waits for the lock:
-- it is tried again at the next opening. On a big database build the indexes beforehand, see README.md.
set local lock_timeout = '10s';

-- None of these columns ever changes, so that the update that ends a saga stays heap-only.
create index if not exists saga_by_plan   on saga (plan_id, id);
create index if not exists saga_by_tenant on saga (tenant, id) where tenant is not null;
create index if not exists saga_forks     on saga (forked_from) where forked_from is not null;

-- What is asked of many sagas at once stands here, so that nobody unpacks their failures for it. Kept by a trigger, so that no
-- statement that turns a saga can forget it, and none of those that complete one pays for it.
-- step, fingerprint  of the failure
-- failure            why the undo failed, without its stack trace; only where an undo did, for the saga keeps why it was turned
-- since              when it came to this state
create table saga_turned (
  id          uuid        not null primary key,
  state       text        not null,
  plan_id     integer     not null,
  tenant      text,
  step        text,
  fingerprint text,
  failure     jsonb,
  since       timestamptz not null
);
create index saga_turned_by_state       on saga_turned (state, id);
create index saga_turned_by_plan        on saga_turned (plan_id, state, id);
create index saga_turned_by_tenant      on saga_turned (tenant, state, id) where tenant is not null;
create index saga_turned_by_fingerprint on saga_turned (fingerprint, id) where fingerprint is not null;

create function note_turned() returns trigger language plpgsql as $$
declare
  why jsonb := new.failure;
begin
  if new.state in ('RUNNING', 'COMPLETED') then
    delete from ${flyway:defaultSchema}.saga_turned where id = new.id;
    return null;
  end if;
  if new.state = 'COMPENSATION_FAILED' then
    -- The newest undo that failed for good and that nothing has settled since. Its failure is unpacked only then.
    with newest as materialized (
      select g.branch, g.seq, g.run, g.n
        from ${flyway:defaultSchema}.journal g
       where g.saga_id = new.id and g.direction = '-' and g.kind = 'A' and g.outcome = 'G'
         and not exists (
           select from ${flyway:defaultSchema}.journal l
            where l.saga_id = g.saga_id and l.branch = g.branch and l.seq = g.seq and l.run = g.run and l.direction = '-'
              and l.item = g.item and l.kind in ('A', 'D') and l.n > g.n and l.outcome in ('S', 'E', 'R'))
       order by g.recorded_at desc, g.branch, g.seq desc, g.run desc, g.n desc limit 1
    )
    select jsonb_build_object('step', j.step, 'type', j.error ->> 'type', 'message', left(j.error ->> 'message', 500),
                              'fingerprint', j.error ->> 'fingerprint')
      into why
      from newest k join ${flyway:defaultSchema}.journal j
        on j.saga_id = new.id and j.branch = k.branch and j.seq = k.seq and j.run = k.run and j.direction = '-'
       and j.kind = 'A' and j.n = k.n
     where j.error is not null;
    why := coalesce(why, new.failure);
  end if;
  insert into ${flyway:defaultSchema}.saga_turned as t (id, state, plan_id, tenant, step, fingerprint, failure, since)
  values (new.id, new.state, new.plan_id, new.tenant, why ->> 'step', why ->> 'fingerprint',
          case when new.state = 'COMPENSATION_FAILED' then why end, ${flyway:defaultSchema}.now())
  on conflict (id) do update
     set state = excluded.state, step = excluded.step, fingerprint = excluded.fingerprint, failure = excluded.failure,
         since = case t.state when excluded.state then t.since else excluded.since end;
  return null;
end
$$;

-- The failure is written whenever a saga is turned or told what failed; while it runs there is nothing to note.
create trigger turned after update of state on saga for each row
  when (case when old.state = new.state then new.state <> 'RUNNING' and old.failure is distinct from new.failure
             else old.state <> 'RUNNING' or new.state <> 'COMPLETED' end)
  execute function note_turned();

insert into saga_turned (id, state, plan_id, tenant, step, fingerprint, since)
select id, state, plan_id, tenant, failure ->> 'step', failure ->> 'fingerprint', coalesce(ended_at, started_at)
  from saga where state not in ('RUNNING', 'COMPLETED');

create table failure_kind (
  fingerprint text        not null primary key,
  type        text        not null,
  message     text        not null,
  first_seen  timestamptz not null
);

-- request_id  names the request that brought the decision, so that none is carried out twice
alter table operation
  add column request_id uuid;
create unique index operation_by_request on operation (request_id) where request_id is not null;
create index operation_by_actor on operation (actor, id);

-- shapes  what the values of its steps look like, in the order of their fields; null if nobody has opened with it since this is kept.
--         Beside the steps, not in them: an older Belay reads those, and no change of it is a change of the plan.
alter table plan
  add column shapes json;

create table bulk (
  id         uuid        not null primary key,
  action     text        not null,
  filter     jsonb       not null,
  actor      text        not null,
  reason     text        not null,
  started_at timestamptz not null,
  total      bigint      not null,
  ended_at   timestamptz,
  stopped_by text
);
create index bulk_open on bulk (started_at) where ended_at is null;
create index bulk_newest on bulk (started_at desc);

-- result  W waiting, D done, R refused, F failed
create table bulk_item (
  bulk_id uuid        not null,
  saga_id uuid        not null,
  result  "char"      not null default 'W' check (result in ('W', 'D', 'R', 'F')),
  words   text        not null default '',
  at      timestamptz,
  primary key (bulk_id, saga_id)
);
create index bulk_item_waiting on bulk_item (bulk_id, saga_id) where result = 'W';

-- dump_asked_at  somebody wants to know what its threads do; the next heartbeat answers
alter table worker
  add column dump_asked_at timestamptz,
  add column dump_at       timestamptz,
  add column dump          text;

-- password  a hash with what it was made with
-- one_time  whoever signs in by it may do nothing before choosing another
create table dashboard_user (
  name        text        not null primary key,
  password    text        not null,
  one_time    boolean     not null,
  role        text        not null check (role in ('viewer', 'operator', 'approver', 'admin')),
  created_at  timestamptz not null default pg_catalog.now(),
  disabled_at timestamptz
);

create table dashboard_session (
  token_hash bytea       not null primary key,
  user_name  text        not null,
  created_at timestamptz not null,
  seen_at    timestamptz not null
);
create index dashboard_session_by_user on dashboard_session (user_name);

-- about  a hash of the user's name or of the address that was used: names that were mistyped may be passwords
create table dashboard_attempt (
  id    uuid        not null,
  about bytea       not null,
  at    timestamptz not null,
  primary key (about, id)
);
create index dashboard_attempt_by_time on dashboard_attempt (at);

create table dashboard_secret (
  only_one boolean not null primary key default true check (only_one),
  secret   bytea   not null
);

create table dashboard_view (
  id         uuid        not null primary key default gen_random_uuid(),
  page       text        not null,
  name       text        not null,
  query      text        not null,
  owner      text        not null,
  shared     boolean     not null,
  created_at timestamptz not null default pg_catalog.now(),
  constraint one_view_of_a_name unique (owner, page, name)
);
