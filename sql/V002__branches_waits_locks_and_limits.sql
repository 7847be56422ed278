-- What a saga needs beyond a chain: branches that join, waits for signals, children and locks, deadlines, limits, tenants,
-- pauses, events for the outside, and counts by the minute.
--
--   saga_lock    who holds a semantic lock, and who waits for it: the row with the lowest place holds
--   limit_slot   one row for each thing that may happen at once under a limit, or one for a rate
--   message      what a saga has been sent and has not taken yet
--   control      queues and definitions that are paused, and how many jobs of a queue may run at once
--   stat_minute  counts by the minute, so that no page counts the journal; inserted into, and folded later
--
-- Row locks are always taken in the order saga, saga_lock, job; the jobs of one saga in the order of their branches.

-- parent_*     the saga, branch and step that wait for this one; the root of a family keeps its descendants from being purged
-- branches     the highest branch number given out, so that numbers never return
-- messages     how many messages were received
-- undo_to      while it goes back to a save-point: the seq of the step to stop before; null while all is undone
-- replans      how often it went back to a save-point
-- forked_*     the saga this one was forked from, and the step it began at
alter table saga
  add column parent_id     uuid,
  add column parent_branch integer,
  add column parent_seq    integer,
  add column root_id       uuid,
  add column branches      integer     not null default 0,
  add column messages      integer     not null default 0,
  add column undo_to       integer,
  add column replans       integer     not null default 0,
  add column paused        boolean     not null default false,
  add column deadline_at   timestamptz,
  add column tenant        text,
  add column forked_from   uuid,
  add column forked_seq    integer;

-- Only over columns that an ordinary saga never changes: the update that ends one stays heap-only. An end clears the deadline.
create index saga_deadline on saga (deadline_at) where deadline_at is not null;
create index saga_children on saga (parent_id) where parent_id is not null;
create index saga_root     on saga (root_id) where root_id is not null;

-- parent       the branch that waits, at its join, until this branch's job is gone; null for the trunk
-- awaits       what a waiting job waits for beside its time: 'join', 'turn', 'signal:NAME', 'approval:STEP', 'child:ID',
--              'lock:KEY', 'limit:KEY', 'rate:KEY'; sorted by its bytes
-- promised_seq the step for which a rate has promised this job a turn
-- deadline_at  when the step's time is over, retries and waits included
-- state        H held by a pause of its saga, beside those of before
alter table job
  add column parent      integer,
  add column awaits      text collate "C",
  add column deadline_at timestamptz,
  add column promised_seq integer,
  add column tenant      text,
  drop constraint job_state_is_known,
  add constraint job_state_is_known check (state in ('R', 'C', 'W', 'P', 'H')),
  add constraint only_resting_jobs_await check (awaits is null or state in ('W', 'H'));

drop index job_ready;
create index job_ready    on job (queue, priority, run_at, saga_id) where state = 'R' and tenant is null;
-- One tenant's jobs stand apart from another's, so that a claim takes from each in turn without reading past the others.
create index job_ready_of on job (queue, tenant, priority, run_at, saga_id) where state = 'R' and tenant is not null;
-- So do those that wait for a time; once it has come they are made ready, and take their turn as any other.
drop index job_waiting;
create index job_waiting    on job (queue, run_at) where state = 'W' and tenant is null;
create index job_waiting_of on job (queue, run_at) where state = 'W' and tenant is not null;
create index job_turn     on job (saga_id, parent, branch) where awaits = 'turn';
create index job_awaiting on job (awaits, priority, run_at, saga_id) where awaits is not null and awaits not in ('join', 'turn');

-- kind     B a branch began (seq 0): n its parent branch, item the seq of the step that began it, input what it was given
--          W a wait began: name what is waited for; for a join, item the first branch, target the last; for a sleep, output how long;
--            for an approval, output the question and item how often it was escalated, a row each time
--          S started: an attempt that may run at most once is about to; M a message arrived (branch 0, seq 0): n its number, name
--            what waits for it, output what it brought; key a signal's idempotency key, or which question an approval decides, and
--            item then in which branch
--          H an effect held back until the pivot has passed; n 0 where its time has come
--          F what a fork took over from its origin: never undone here
-- outcome  U nobody knows   P passed by: its condition was not met   R an operator accepts what is left undone
-- spend    what an activity's call cost, in a unit of the application's choosing; of failed calls too
alter table journal add column spend numeric;

comment on column journal.kind is 'A C D E Z of version 1; B W S M H F of version 2';

create table saga_lock (
  key      text        not null,
  place    bigint      generated always as identity,
  saga_id  uuid        not null,
  branch   integer     not null,
  seq      integer     not null,
  asked_at timestamptz not null,
  primary key (key, place)
);
create index saga_lock_by_saga on saga_lock (saga_id);

-- A slot is taken while the job it names is claimed under that fence at that step; so nothing has to be given back, and a
-- slot whose worker died is free again with the job. A rate has a single row, numbered
-- -1, and grants are period / permits apart: next_at is when the next may be, promised_at until when waiting jobs were told to come.
create table limit_slot (
  key       text        not null,
  slot      integer     not null,
  saga_id   uuid,
  branch    integer,
  seq       integer,
  fence     bigint,
  next_at   timestamptz,
  promised_at timestamptz,
  primary key (key, slot)
) with (fillfactor = 50);

create table message (
  saga_id uuid    not null,
  n       integer not null,
  name    text    not null,
  primary key (saga_id, n)
);

-- A child's end, told to its parent in a transaction of the parent's own.
create table wake_up (
  id      bigint  generated always as identity primary key,
  saga_id uuid    not null,
  branch  integer not null,
  seq     integer not null
);

-- Read by every claim, so that a pause holds from its commit on. A claim from a queue that is limited locks its row first.
create table control (
  kind    text    not null check (kind in ('queue', 'definition')),
  name    text    not null,
  paused  boolean not null default false,
  at_once integer check (at_once > 0),
  primary key (kind, name),
  constraint only_queues_are_limited check (at_once is null or kind = 'queue')
);

-- control_*  the queue or definition that was paused, resumed or limited, where the decision is about no single saga
alter table operation
  alter column saga_id drop not null,
  add column control_kind text,
  add column control_name text,
  add constraint an_operation_is_about_one_thing
    check ((saga_id is null) = (control_kind is not null) and (control_kind is null) = (control_name is null));
create index operation_by_control on operation (control_kind, control_name, id) where control_kind is not null;

-- Attempts (kind A) and finished calls of activities (C) of a minute, summed over whatever one worker counted together: a minute
-- has several rows of the same description until they are folded. There is no key, so that no two workers wait for each other.
-- activity     null for an attempt of the step itself
-- fingerprint  what tells one reason of failure from another; null for what did not fail
create table stat_minute (
  minute      timestamptz not null,
  plan_id     integer     not null,
  step        text        not null,
  activity    text,
  direction   "char"      not null,
  outcome     "char"      not null,
  fingerprint text,
  n           bigint      not null,
  took_us     bigint      not null,
  longest_us  bigint      not null,
  spend       numeric
);
create index stat_minute_by_time on stat_minute using brin (minute);

-- level     how often the same thing was escalated
-- details   what a receiver is told beside the saga
-- receiver  who is to be told by this row; null until a worker has addressed the event, which copies it for each further receiver
-- event_id  of such a copy: the row it was copied from, by which its receiver knows the event
-- taken     somebody is telling it; due_at is then when another may
alter table outbox
  add column branch   integer,
  add column step     text,
  add column level    integer not null default 0,
  add column details  jsonb,
  add column receiver text,
  add column event_id bigint,
  add column taken    boolean not null default false;

drop index outbox_due;
create index outbox_due on outbox (receiver, due_at);

-- Which types of events somebody wants to be told of. Version 1 kept among the steps whether anybody did, and knew only the ends.
alter table plan add column hooked text[] not null default '{}';

update plan
   set hooked = case when (steps ->> 'hooked')::boolean then array['COMPENSATED', 'COMPLETED', 'RESOLVED'] else '{}' end,
       steps = steps - 'hooked';

-- A saga is kept until all who want to hear of it have been told.
create index outbox_by_saga on outbox (saga_id);
