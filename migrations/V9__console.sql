-- What the operators' console works with: a stage between active and suspended, what each hospital uses, and what it
-- was told about its limits.

alter table public.tenants
    -- Since when it takes no new bookings, registrations and accounts, and why. Its status stays ACTIVE.
    add column restricted_at     timestamptz,
    add column restricted_reason text     constraint tenants_restricted_reason_length check (char_length(restricted_reason) between 1 and 500),
    -- The stage of each limit that its administrators were told of, in per cent; 0 for none.
    add column users_told        smallint not null default 0 constraint tenants_users_told check (users_told in (0, 80, 95)),
    add column patients_told     smallint not null default 0 constraint tenants_patients_told check (patients_told in (0, 80, 95)),
    add constraint tenants_restricted_whole check (restricted_reason is null or restricted_at is not null);
create index tenants_restricted on public.tenants (created_at desc, id desc) where restricted_at is not null;
-- Those whose limits are looked at every minute, and those near one.
create index tenants_limited on public.tenants (id)
    where max_users is not null or max_patients is not null or users_told > 0 or patients_told > 0;
create index tenants_near_limit on public.tenants (lower(name), id) where users_told > 0 or patients_told > 0;

alter table public.tenant_usage
    -- Bytes of its tables and files, measured by a job now and then; null: not yet.
    add column data_bytes     bigint,
    add column file_bytes     bigint,
    add column measured_at    timestamptz;

-- When somebody of a hospital was last seen, give or take a few minutes. Apart from what registrations write.
create table public.tenant_activity (
    tenant_id      uuid        not null constraint tenant_activity_pkey primary key constraint tenant_activity_tenant_fkey references public.tenants (id) on delete cascade,
    last_active_at timestamptz not null
);

-- Operators are few among many users.
create index users_operators on public.users (created_at, id) where is_super_admin and not is_deleted;

-- Who administers a hospital: their ids and no more, because the platform must not look into a hospital's schema.
create function public.administrators_of(hospital uuid) returns table (user_id uuid)
    language plpgsql stable rows 4 security definer set search_path = ''
as $$
declare
    place text := (select t.schema_name from public.tenants t where t.id = hospital);
begin
    if place is null then
        return;
    end if;
    return query execute format(
        'select distinct a.user_id from %1$I.user_roles a join %1$I.roles r on r.id = a.role_id
          where r.system_key = ''HOSPITAL_ADMIN'' and r.is_active', place);
exception
    -- A hospital whose schema is gone can still be suspended.
    when undefined_table or invalid_schema_name then return;
end
$$;
revoke execute on function public.administrators_of(uuid) from public;
