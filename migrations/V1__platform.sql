-- The platform's own tables. Everything here is written with its schema, because no request has
-- `public` on its search path. The app reaches these rows only as the role hms_platform.

-- A schema (and the role of the same name) that is or will be a hospital's.
-- reserved: the role exists, nothing else. building: CREATE SCHEMA is under way.
-- ready: migrated and empty, waiting for a hospital. claimed: in use. failed: for the reaper.
create table public.tenant_schemas (
    name        text        not null constraint tenant_schemas_name_form check (name ~ '^t_[a-z0-9]{16}$'),
    state       text        not null constraint tenant_schemas_state check (state in ('reserved', 'building', 'ready', 'claimed', 'failed')),
    version     integer     not null default 0,
    tenant_id   uuid        constraint tenant_schemas_one_tenant unique,
    error       text,
    created_at  timestamptz not null default now(),
    changed_at  timestamptz not null default now(),
    constraint tenant_schemas_pkey primary key (name),
    constraint tenant_schemas_claimed_has_tenant check ((state = 'claimed') = (tenant_id is not null))
);
-- The claim reads only the few unclaimed rows, however many hospitals there are.
create index tenant_schemas_ready on public.tenant_schemas (version, name) where state = 'ready';
create index tenant_schemas_reserved on public.tenant_schemas (name) where state = 'reserved';
create index tenant_schemas_building on public.tenant_schemas (changed_at) where state in ('building', 'failed');

create table public.tenants (
    id             uuid        not null constraint tenants_pkey primary key,
    name           text        not null constraint tenants_name_length check (char_length(name) between 1 and 255),
    license_number text        not null constraint tenants_license_length check (char_length(license_number) between 1 and 100),
    schema_name    text        not null constraint tenants_schema_unique unique constraint tenants_schema_fkey references public.tenant_schemas (name),
    contact_email  text        not null constraint tenants_email_length check (char_length(contact_email) <= 254),
    contact_phone  text        constraint tenants_phone_length check (char_length(contact_phone) <= 50),
    address        text        constraint tenants_address_length check (char_length(address) <= 500),
    status         text        not null constraint tenants_status check (status in ('PENDING', 'VERIFIED', 'ACTIVE', 'SUSPENDED', 'INACTIVE')),
    suspended_from text        constraint tenants_suspended_from check (suspended_from in ('PENDING', 'VERIFIED', 'ACTIVE')),
    time_zone      text        not null,
    currency       text        not null constraint tenants_currency check (currency ~ '^[A-Z]{3}$'),
    max_users      integer     constraint tenants_max_users check (max_users >= 1),
    max_patients   integer     constraint tenants_max_patients check (max_patients >= 1),
    version        integer     not null default 1,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);
-- One licence, one hospital: written in whatever case or spacing.
create unique index tenants_license_unique on public.tenants (lower(license_number));
create index tenants_by_created on public.tenants (created_at desc, id desc);
create index tenants_by_status on public.tenants (status, created_at desc, id desc);
create index tenants_by_name on public.tenants (lower(name), id);
create index tenants_search on public.tenants
    using gin (extensions.fold(name || ' ' || license_number || ' ' || contact_email) extensions.gin_trgm_ops);

-- Who can sign in. A hospital's staff profile lives in its own schema; a super-admin has no hospital.
create table public.users (
    id                   uuid        not null constraint users_pkey primary key,
    tenant_id            uuid        constraint users_tenant_fkey references public.tenants (id) on delete cascade,
    email                text        not null constraint users_email_length check (char_length(email) <= 254),
    password_hash        text,
    is_super_admin       boolean     not null default false,
    display_name         text        not null default '' constraint users_display_name_length check (char_length(display_name) <= 201),
    status               text        not null default 'ACTIVE' constraint users_status check (status in ('ACTIVE', 'INACTIVE', 'LOCKED', 'PASSWORD_EXPIRED')),
    is_active            boolean     not null default true,
    is_deleted           boolean     not null default false,
    must_change_password boolean     not null default false,
    email_verified       boolean     not null default false,
    failed_attempts      integer     not null default 0,
    locked_until         timestamptz,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    constraint users_admin_or_staff check (is_super_admin = (tenant_id is null))
);
-- One address, one account, over the whole platform: sign-in never has to guess the hospital.
create unique index users_email_unique on public.users (lower(email));
create index users_by_tenant on public.users (tenant_id, created_at desc) where not is_deleted;

-- One sign-in on one device. Revoking the row ends it within a second on every instance.
create table public.sessions (
    id          uuid        not null constraint sessions_pkey primary key,
    user_id     uuid        not null constraint sessions_user_fkey references public.users (id) on delete cascade,
    kind        text        not null constraint sessions_kind check (kind in ('api', 'web')),
    secret_hash bytea       constraint sessions_secret_for_web check ((kind = 'web') = (secret_hash is not null)),
    ip          inet,
    user_agent  text        constraint sessions_user_agent_length check (char_length(user_agent) <= 400),
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    revoked_at  timestamptz
);
create index sessions_by_user on public.sessions (user_id, created_at desc);
create index sessions_expired on public.sessions (expires_at);

-- Rotated on every use; a second use of one revokes the whole session (the family).
create table public.refresh_tokens (
    token_hash bytea       not null constraint refresh_tokens_pkey primary key,
    session_id uuid        not null constraint refresh_tokens_session_fkey references public.sessions (id) on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz,
    created_at timestamptz not null default now()
);
create index refresh_tokens_by_session on public.refresh_tokens (session_id);

-- Links in mails: hashed, bound to one purpose, used once.
create table public.single_use_tokens (
    token_hash bytea       not null constraint single_use_tokens_pkey primary key,
    purpose    text        not null constraint single_use_tokens_purpose check (purpose in ('verify_email', 'set_password', 'reset_password')),
    user_id    uuid        not null constraint single_use_tokens_user_fkey references public.users (id) on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz,
    created_at timestamptz not null default now()
);
create index single_use_tokens_by_user on public.single_use_tokens (user_id, purpose);

create table public.tenant_usage (
    schema_name text        primary key,
    patients    bigint      not null default 0,
    noted_at    timestamptz not null default now()
);

-- Outbound mail: what is to be sent and what became of it. Bodies are blanked once sent, because they hold links.
create table public.mails (
    id         uuid        not null constraint mails_pkey primary key,
    tenant_id  uuid        constraint mails_tenant_fkey references public.tenants (id) on delete cascade,
    template   text        not null,
    recipient  text        not null,
    subject    text        not null,
    body_text  text,
    body_html  text,
    status     text        not null default 'PENDING' constraint mails_status check (status in ('PENDING', 'SENT', 'FAILED')),
    attempts   integer     not null default 0,
    error      text,
    created_at timestamptz not null default now(),
    sent_at    timestamptz
);
create index mails_by_tenant on public.mails (tenant_id, created_at desc);
create index mails_pending on public.mails (created_at) where status = 'PENDING';

-- What was done on the platform. The app may add and read, never change (granted below).
create table public.audit_events (
    id         uuid        not null constraint audit_events_pkey primary key,
    at         timestamptz not null,
    actor_id   uuid,
    action     text        not null,
    kind       text        not null,
    entity     text,
    entity_id  uuid,
    detail     jsonb,
    ip         inet,
    request_id text
);
create index audit_events_by_time on public.audit_events (at desc);
create index audit_events_by_entity on public.audit_events (entity, entity_id, at desc);

-- What a known person tried and may not do: no bodies, no search text.
create table public.denied_attempts (
    id         uuid        not null constraint denied_attempts_pkey primary key,
    at         timestamptz not null default now(),
    actor_id   uuid        not null,
    tenant_id  uuid,
    method     text        not null,
    route      text        not null,
    status     smallint    not null,
    ip         inet,
    request_id text
);
create index denied_attempts_by_tenant on public.denied_attempts (tenant_id, at desc);

-- Failed sign-ins, for lock-out and for people to see later. The account is named only if it exists.
create table public.failed_sign_ins (
    id         uuid        not null constraint failed_sign_ins_pkey primary key,
    at         timestamptz not null default now(),
    user_id    uuid        constraint failed_sign_ins_user_fkey references public.users (id) on delete cascade,
    reason     text        not null,
    ip         inet,
    user_agent text
);
create index failed_sign_ins_by_user on public.failed_sign_ins (user_id, at desc);

create table public.idempotency_keys (
    actor_id     uuid        not null,
    route        text        not null,
    key          text        not null constraint idempotency_keys_key_length check (char_length(key) between 1 and 200),
    body_hash    bytea       not null,
    status       smallint,
    content_type text,
    headers      jsonb,
    body         bytea,
    withheld     boolean     not null default false,
    created_at   timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (actor_id, route, key)
);
create index idempotency_keys_by_age on public.idempotency_keys (created_at);

-- Work for later, asked for inside the transaction that makes it necessary. A tenant role cannot insert
-- into the worker's tables, and must not name another hospital: the hospital is the role that asks.
-- `role` is the session's role even inside a SECURITY DEFINER function (current_user would be the owner).
create function public.enqueue(task text, payload json) returns void
    language plpgsql security definer set search_path = ''
as $$
declare
    asking text := current_setting('role', true);
begin
    if task not in ('mail.send', 'schemas.warm') then
        raise exception 'unknown task %', task using errcode = '22023';
    end if;
    if asking ~ '^t_[a-z0-9]{16}$' then
        payload := (payload::jsonb || jsonb_build_object('schema', asking))::json;
    end if;
    perform graphile_worker.add_job(task, payload, max_attempts => 12);
end
$$;
revoke execute on function public.enqueue(text, json) from public;

-- What a hospital uses, told in the transaction that changes it. The console reads the numbers from here, because it
-- must not look into a hospital's schema. A hospital can speak only of itself.
create function public.note_patients(schema text, total bigint) returns void
    language plpgsql security definer set search_path = ''
as $$
declare
    asking text := coalesce(nullif(current_setting('role', true), 'none'), schema);
begin
    if asking <> schema or schema !~ '^t_[a-z0-9]{16}$' then
        raise exception 'a hospital notes only its own use' using errcode = '42501';
    end if;
    insert into public.tenant_usage as u (schema_name, patients) values (schema, total)
        on conflict (schema_name) do update set patients = excluded.patients, noted_at = now();
end
$$;
revoke execute on function public.note_patients(text, bigint) from public;
