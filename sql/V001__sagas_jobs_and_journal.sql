-- Belay's tables. Hot and cold are apart: `job` holds one small row for each branch of a live saga and is the only table a
-- claim looks at; `journal` only ever grows and is never updated. A claim therefore costs the same with ten finished sagas
-- or ten million.
--
--   plan      the steps of one version of a definition, as they stood when its first saga started
--   saga      one run of a definition; touched at its start, at a change of direction and at its end, not once a step
--   saga_key  the idempotent start: one row for each (definition, key) in use
--   job       what is to be done next in a live saga: ready, claimed, waiting or parked; advanced in place
--   journal   everything that happened: attempts, activities, decisions, the end
--   worker    one row for each live worker process; its expiry is the lease of every job that worker has claimed
--   operation who decided what, when and why
--   outbox    terminal events still to be delivered
--
-- Row locks are always taken in the order saga, then job. No transaction locks the rows of two sagas.

create function now() returns timestamptz language sql stable parallel safe
  return pg_catalog.now();
comment on function now() is 'The only clock. The test kit replaces it, in its own schema, by one that can be moved.';

-- A UUID of version 7: 48 bits of milliseconds, the rest random, so that ids sort by time and partitions are ranges of time.
create function new_id(at timestamptz) returns uuid language sql volatile parallel safe
  return encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid;

-- The smallest id of version 7 that could be made at the given time: where a partition begins.
create function first_id(at timestamptz) returns uuid language sql immutable parallel safe
  return encode(substring(int8send((extract(epoch from at) * 1000)::bigint) from 3)
                || '\x00000000000000000000'::bytea, 'hex')::uuid;

create table plan (
  id          integer     generated always as identity primary key,
  definition  text        not null,
  version     integer     not null check (version > 0),
  steps       jsonb       not null,
  fingerprint text        not null,
  stored_at   timestamptz not null default pg_catalog.now(),
  constraint one_plan_for_each_version unique (definition, version)
);

-- No foreign key leads to or from the hot tables: each would cost every start a second lock and every purge a look-up.
create table saga (
  id               uuid        not null primary key,
  plan_id          integer     not null,
  state            text        not null default 'RUNNING',
  epoch            bigint      not null default 0,
  cause            text,
  pivot_passed     boolean     not null default false,
  cancel_requested boolean     not null default false,
  residue          boolean     not null default false,
  start_key        text,
  started_at       timestamptz not null,
  ended_at         timestamptz,
  failure          jsonb,
  input_type       text,
  input            jsonb,
  input_bytes      bytea,
  output_type      text,
  output           jsonb,
  output_bytes     bytea,
  constraint saga_state_is_known
    check (state in ('RUNNING', 'SUSPENDED', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESOLVED')),
  constraint cause_is_known
    check (cause in ('STEP_FAILED', 'CANCELLED', 'TIMED_OUT', 'PARENT_ABORTED', 'OPERATOR')),
  constraint ended_sagas_have_an_end
    check ((state in ('COMPLETED', 'COMPENSATED', 'RESOLVED')) = (ended_at is not null))
) partition by range (id);

create table saga_key (
  definition text not null,
  start_key  text not null,
  saga_id    uuid not null,
  primary key (definition, start_key)
);

-- state      R ready, C claimed, W waiting until run_at, P parked for an operator
-- direction  + forward, - undoing
-- item       while undoing: the activity being undone (its number in the journal), 0 for the step itself
-- attempt    grows with every claim and never returns to a number already used for this seq and direction
-- failures   the retry budget spent; rescues and suspicions count claims and started runs that died with their process
-- Going from step to step changes unindexed columns only, so that it stays a heap-only update; hence the low fillfactor.
create table job (
  saga_id    uuid        not null,
  branch     integer     not null default 0,
  plan_id    integer     not null,
  seq        integer     not null default 1 check (seq > 0),
  run        integer     not null default 0,
  item       integer     not null default 0,
  attempt    integer     not null default 0,
  failures   integer     not null default 0,
  rescues    integer     not null default 0,
  suspicions integer     not null default 0,
  started    boolean     not null default false,
  state      "char"      not null default 'R',
  direction  "char"      not null default '+' check (direction in ('+', '-')),
  priority   smallint    not null default 0,
  fence      bigint      not null default 0,
  epoch      bigint      not null default 0,
  owner      bigint,
  run_at     timestamptz not null,
  queue      text        not null default 'default',
  step       text        not null,
  primary key (saga_id, branch),
  constraint job_state_is_known check (state in ('R', 'C', 'W', 'P')),
  constraint claimed_jobs_have_an_owner check ((state = 'C') = (owner is not null))
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false);

create index job_ready   on job (queue, priority, run_at, saga_id) where state = 'R';
create index job_waiting on job (queue, run_at) where state = 'W';
create index job_claimed on job (owner) where state = 'C';
create index job_parked  on job (run_at) where state = 'P';

-- kind     A attempt of a step or, with direction -, of an undo      C event of an activity
--          D decision of an operator                                 E the terminal event, exactly one a saga
--          Z late result of a worker that had lost its lease: the only thing such a worker may write
-- outcome  B begun (an activity with an undo)   S succeeded   F failed, tried again   G gave up   N rejected, no effect
--          L lost with its worker   K skipped by an operator   E nothing to undo
-- n        the attempt for A, D and Z; the number of the event within the run for C; 0 for E
-- target   the step a routed step chose (A), or the undo of an activity (C)
-- input    what belongs to the next step (A), the undo data (C), or what the operator edited (D)
create table journal (
  saga_id      uuid        not null,
  branch       integer     not null,
  seq          integer     not null,
  run          integer     not null,
  direction    "char"      not null,
  kind         "char"      not null,
  n            integer     not null,
  item         integer     not null default 0,
  outcome      "char"      not null,
  step         text        not null,
  worker       bigint,
  fence        bigint,
  recorded_at  timestamptz not null,
  took_us      bigint,
  name         text,
  key          text,
  request_hash text,
  target       text,
  input_type   text,
  input        jsonb,
  input_bytes  bytea,
  output_type  text,
  output       jsonb,
  output_bytes bytea,
  error        jsonb,
  primary key (saga_id, branch, seq, run, direction, kind, n)
) partition by range (saga_id);

create index journal_recorded_at on journal using brin (recorded_at);

create table worker (
  id         bigint      not null primary key,
  name       text        not null,
  started_at timestamptz not null,
  seen_at    timestamptz not null,
  expires_at timestamptz not null
) with (fillfactor = 50);

create table operation (
  id        bigint      generated always as identity primary key,
  saga_id   uuid        not null,
  action    text        not null,
  actor     text        not null,
  reason    text        not null,
  at        timestamptz not null,
  seq       integer,
  step      text,
  before    text        not null,
  after     text        not null
);

create index operation_by_saga on operation (saga_id, id);

create table outbox (
  id          bigint      generated always as identity primary key,
  saga_id     uuid        not null,
  plan_id     integer     not null,
  event       text        not null,
  recorded_at timestamptz not null,
  due_at      timestamptz not null,
  tries       integer     not null default 0
);

create index outbox_due on outbox (due_at);

-- Makes the partitions of one day for the saga and the journal, if they are missing. The new table is built apart and
-- attached with its bounds already checked, so that neither a claim nor an advance waits for it.
create procedure make_partitions(day date) language plpgsql as $$
declare
  tables  text[] := array['saga', 'journal'];
  columns text[] := array['id', 'saga_id'];
  -- A UTC day, whatever the session's time zone is.
  low     uuid := ${flyway:defaultSchema}.first_id(day::timestamp at time zone 'UTC');
  high    uuid := ${flyway:defaultSchema}.first_id((day + 1)::timestamp at time zone 'UTC');
  name    text;
begin
  for i in 1 .. 2 loop
    name := tables[i] || '_' || to_char(day, 'YYYY_MM_DD');
    continue when to_regclass(format('%I.%I', '${flyway:defaultSchema}', name)) is not null;
    execute format('create table %1$I.%2$I (like %1$I.%3$I including all)', '${flyway:defaultSchema}', name, tables[i]);
    execute format('alter table %1$I.%2$I add constraint %3$I check (%4$I >= %5$L and %4$I < %6$L)',
                   '${flyway:defaultSchema}', name, name || '_bounds', columns[i], low, high);
    execute format('alter table %1$I.%3$I attach partition %1$I.%2$I for values from (%4$L) to (%5$L)',
                   '${flyway:defaultSchema}', name, tables[i], low, high);
  end loop;
end
$$;
