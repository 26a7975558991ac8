-- What was unlikely and what nobody was asked about: a program that does not know the question writes it down all the same,
-- and whoever reads the set sees that it was not confirmed. The version before leaves it out.
alter table vitals
    add column unconfirmed text[] not null default '{}' constraint vitals_unconfirmed_few check (cardinality(unconfirmed) <= 30);
