-- Every worker looks for joins once a second: it finds them by an index, however many jobs rest and however much of the table waits to
-- be cleaned.

set local lock_timeout = '10s';

create index if not exists job_joining on job (saga_id, branch) where awaits = 'join' and state = 'W';
