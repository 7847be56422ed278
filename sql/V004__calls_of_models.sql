-- What calls of models and tools are, what they cost, and what they may cost.
--
--   spending       one row for each call of a model that was made, and for each that a replay did not have to make; once its saga has
--                  been purged, folded into spending_day
--   spending_day   the same of purged sagas, by the day
--   price          what models cost, and from when on
--   pace           what a provider lets all workers together ask in a minute, and when the next may ask
--   pace_use       tokens booked in the last minutes, where they are limited
--   saga_budget    budgets that an operator has raised; they take the place of the definition's
--   tenant_budget  what the sagas of a tenant may spend together in a day or month

set local lock_timeout = '10s';

-- called   of an activity: that it called a model or tool, and what is not in the other columns; of a message: who says it
-- kind     T a message of a conversation with a model, beside those of before: its key is its place in the conversation
alter table journal add column called jsonb;

-- n        the number of the call's row in the journal
-- replay   the attempt that found the call recorded; 0 for the call itself
-- cost     null if the model had no price
create table spending (
  saga_id       uuid        not null,
  branch        integer     not null,
  seq           integer     not null,
  run           integer     not null,
  n             integer     not null,
  replay        integer     not null,
  at            timestamptz not null,
  definition    text        not null,
  tenant        text,
  provider      text        not null,
  model         text        not null,
  failed        boolean     not null,
  tokens_in     bigint      not null,
  tokens_out    bigint      not null,
  tokens_cached bigint      not null,
  cost          numeric,
  primary key (saga_id, branch, seq, run, n, replay)
);
create index spending_of_tenant on spending (tenant, at) where tenant is not null and replay = 0;
create index spending_at        on spending (at);

create table spending_day (
  day            date    not null,
  definition     text    not null,
  tenant         text    not null,
  provider       text    not null,
  model          text    not null,
  calls          bigint  not null,
  failed         bigint  not null,
  tokens_in      bigint  not null,
  tokens_out     bigint  not null,
  tokens_cached  bigint  not null,
  cost           numeric not null,
  unpriced       bigint  not null,
  avoided_calls  bigint  not null,
  avoided_in     bigint  not null,
  avoided_out    bigint  not null,
  avoided_cached bigint  not null,
  avoided_cost   numeric not null,
  primary key (day, definition, tenant, provider, model)
);

-- input, output, cached   for a million tokens
create table price (
  provider   text        not null,
  model      text        not null,
  valid_from timestamptz not null,
  input      numeric     not null check (input >= 0),
  output     numeric     not null check (output >= 0),
  cached     numeric     not null check (cached >= 0),
  primary key (provider, model, valid_from)
);

-- model   '' for all models of the provider together
create table pace (
  provider      text        not null,
  model         text        not null,
  requests      integer     check (requests > 0),
  tokens        bigint      check (tokens > 0),
  next_request  timestamptz not null default '-infinity',
  blocked_until timestamptz not null default '-infinity',
  primary key (provider, model)
) with (fillfactor = 50);

-- at   when the call was to be made
create table pace_use (
  id       bigint      generated always as identity primary key,
  provider text        not null,
  model    text        not null,
  at       timestamptz not null,
  tokens   bigint      not null
);
create index pace_use_at on pace_use (provider, at);

create table saga_budget (
  saga_id uuid    not null primary key,
  tokens  bigint,
  money   numeric,
  calls   bigint,
  micros  bigint
);

create table tenant_budget (
  tenant text    not null primary key,
  period text    not null check (period in ('DAY', 'MONTH')),
  tokens bigint,
  money  numeric,
  calls  bigint
);
