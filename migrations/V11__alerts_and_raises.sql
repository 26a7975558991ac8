-- Mails about records that were opened with a reason, and limits that are raised for some days.

-- When somebody who reviews openings last had a mail about them, and how many came since. One row for each reviewer: a
-- storm of openings is one mail in ten minutes.
create table public.opening_mails (
    user_id   uuid        not null constraint opening_mails_pkey primary key
        constraint opening_mails_user_fkey references public.users (id) on delete cascade,
    mailed_at timestamptz not null,
    -- How many openings that mail named.
    told      integer     not null constraint opening_mails_told check (told > 0),
    -- Openings since then, which the next mail names.
    waiting   integer     not null default 0 constraint opening_mails_waiting check (waiting >= 0)
);
create index opening_mails_waiting on public.opening_mails (mailed_at) where waiting > 0;

-- Above `max_users` and `max_patients` until then; afterwards these hold again, without anybody doing anything.
alter table public.tenants
    add column users_raised_to       integer     constraint tenants_users_raised_to check (users_raised_to > 0),
    add column users_raised_until    timestamptz,
    add column patients_raised_to    integer     constraint tenants_patients_raised_to check (patients_raised_to > 0),
    add column patients_raised_until timestamptz,
    add constraint tenants_users_raise_whole check ((users_raised_to is null) = (users_raised_until is null)),
    add constraint tenants_patients_raise_whole check ((patients_raised_to is null) = (patients_raised_until is null));
