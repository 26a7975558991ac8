-- What the demo made, so that removing it removes exactly that. What hangs on such a row (its charts, events, versions)
-- is found by its foreign keys and needs no mark of its own.
alter table patients add column is_demo boolean not null default false;
alter table staff    add column is_demo boolean not null default false;
alter table rooms    add column is_demo boolean not null default false;
-- Hours that were opened for one day, so that a demo is alive whenever it is looked at.
alter table doctor_exceptions add column is_demo boolean not null default false;
