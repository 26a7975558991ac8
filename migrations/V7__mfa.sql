-- The second step of signing in: codes of an app (RFC 6238), and recovery codes for who lost the device.

-- What a person's app and we share, sealed with a key of SECRET_KEY (`key_id` says which), so that this table alone makes
-- no code. Until a first code confirms it, it opens and demands nothing.
create table public.mfa_secrets (
    user_id      uuid        not null constraint mfa_secrets_pkey primary key constraint mfa_secrets_user_fkey references public.users (id) on delete cascade,
    sealed       bytea       not null,
    key_id       text        not null constraint mfa_secrets_key_length check (char_length(key_id) between 1 and 64),
    -- The newest step of thirty seconds whose code was used: none of it or before it is accepted again.
    last_step    bigint      not null default 0,
    created_at   timestamptz not null,
    confirmed_at timestamptz
);
create index mfa_secrets_by_key on public.mfa_secrets (key_id);

-- Hashed, each of them good once.
create table public.mfa_recovery_codes (
    user_id   uuid        not null constraint mfa_recovery_codes_user_fkey references public.users (id) on delete cascade,
    code_hash bytea       not null,
    used_at   timestamptz,
    constraint mfa_recovery_codes_pkey primary key (user_id, code_hash)
);

-- Somebody gave the right password and owes the code: for five minutes, a few tries, once.
create table public.mfa_challenges (
    token_hash bytea       not null constraint mfa_challenges_pkey primary key,
    user_id    uuid        not null constraint mfa_challenges_user_fkey references public.users (id) on delete cascade,
    kind       text        not null constraint mfa_challenges_kind check (kind in ('api', 'web')),
    shared     boolean     not null,
    tries      smallint    not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index mfa_challenges_by_user on public.mfa_challenges (user_id);
create index mfa_challenges_by_end on public.mfa_challenges (expires_at);
