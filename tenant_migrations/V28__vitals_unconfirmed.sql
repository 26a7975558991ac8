-- What was unlikely and what nobody was asked about: a program that does not know the question writes it down all the same,
-- and whoever reads the set sees that it was not confirmed. The version before leaves it out.
alter table vitals add column unconfirmed text[] not null default '{}';
-- Rows that are there have none, so nothing is to be read: `not valid` binds those that are written from now on, and the
-- table is held for a moment only, however long it is.
alter table vitals
    add constraint vitals_unconfirmed_few check (cardinality(unconfirmed) <= 30) not valid;

-- What a death closed is looked for once a minute, in case it was a mistake.
create index escalations_by_closed on escalations (closed_at) where closed_at is not null;
