-- Passwords that people had before: the newest five of each, so that they do not come back. The present one is in
-- public.users.
create table public.password_history (
    id            uuid        not null constraint password_history_pkey primary key,
    user_id       uuid        not null constraint password_history_user_fkey references public.users (id) on delete cascade,
    password_hash text        not null,
    replaced_at   timestamptz not null
);
create index password_history_by_user on public.password_history (user_id, replaced_at desc, id desc);

-- Somebody who is not signed in asked for a mail: with a link for a new password, or with the hospital's confirmation
-- again. The request only writes this row; a job finds out whether there is anybody to write to and deletes it, so that
-- the answer takes as long for an address that nobody has.
create table public.mail_requests (
    id       uuid        not null constraint mail_requests_pkey primary key,
    kind     text        not null constraint mail_requests_kind check (kind in ('reset_password', 'verify_hospital')),
    email    text        not null constraint mail_requests_email_length check (char_length(email) <= 254),
    asked_at timestamptz not null
);
create index mail_requests_by_age on public.mail_requests (asked_at);

create function public.enqueue_mail_request(request uuid) returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    perform graphile_worker.add_job('mail.asked', json_build_object('id', request), max_attempts => 12);
end
$$;
revoke execute on function public.enqueue_mail_request(uuid) from public;

-- When a session was last used, to some minutes.
alter table public.sessions add column seen_at timestamptz not null default now();

-- The link that confirms a new address knows which one.
alter table public.single_use_tokens
    add column new_email text constraint single_use_tokens_new_email_length check (char_length(new_email) <= 254),
    drop constraint single_use_tokens_purpose,
    add constraint single_use_tokens_purpose
        check (purpose in ('verify_email', 'set_password', 'reset_password', 'change_email')),
    add constraint single_use_tokens_new_email check ((purpose = 'change_email') = (new_email is not null));

-- Reasons are words of programs: wrong_password, unknown_address, locked, inactive, hospital_not_active.
update public.failed_sign_ins set reason = 'wrong_password' where reason = 'wrong password';

-- What failed half a year ago is forgotten, some at a time; the app's own role may delete nothing of it.
create function public.forget_failed_sign_ins() returns void
    language sql security definer set search_path = ''
as $$
    delete from public.failed_sign_ins where id in (
        select id from public.failed_sign_ins where at < now() - interval '180 days' order by at limit 10000)
$$;
revoke execute on function public.forget_failed_sign_ins() from public;
