-- Demo hospitals, and what was done to them.

alter table public.tenants
    -- Made by the demo and filled by it.
    add column is_demo  boolean not null default false,
    -- From what it was made: seed, scale, and the hospital's day of then.
    add column demo_made jsonb,
    -- The hospital's own day for which its demo was last made believable.
    add column demo_day date,
    add constraint tenants_demo_day_of_demo check (is_demo or (demo_day is null and demo_made is null));
create index tenants_demo on public.tenants (lower(license_number)) where is_demo;

-- Seeding, freshening, resetting: asked for, and how far it is. One at a time, whoever asks and on whatever instance; the
-- one that does it also holds an advisory lock until it ends.
create table public.demo_tasks (
    id           uuid        not null constraint demo_tasks_pkey primary key,
    -- Nobody: HMS itself, or a command of the operator at the machine.
    user_id      uuid        constraint demo_tasks_user_fkey references public.users (id) on delete set null,
    task_type    text        not null constraint demo_tasks_type check (task_type in ('DEMO_SEED', 'DEMO_FRESHEN', 'DEMO_RESET')),
    status       text        not null constraint demo_tasks_status check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
    progress     smallint    not null default 0 constraint demo_tasks_progress check (progress between 0 and 100),
    message      text        constraint demo_tasks_message_length check (char_length(message) <= 500),
    error        text        constraint demo_tasks_error_length check (char_length(error) <= 500),
    parameters   jsonb       not null default '{}',
    created_at   timestamptz not null,
    started_at   timestamptz,
    -- Whoever does it says now and then that it still does.
    beaten_at    timestamptz,
    completed_at timestamptz,
    constraint demo_tasks_completed_whole check ((status in ('COMPLETED', 'FAILED')) = (completed_at is not null))
);
create index demo_tasks_by_time on public.demo_tasks (created_at desc, id desc);
create unique index demo_tasks_one_at_a_time on public.demo_tasks ((true)) where status in ('PENDING', 'RUNNING');

-- Asked for in the transaction that writes the task; at most one attempt, because a second one is asked for by people.
create function public.enqueue_demo(task uuid) returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    perform graphile_worker.add_job('demo.run', json_build_object('id', task), max_attempts => 1);
end
$$;
revoke execute on function public.enqueue_demo(uuid) from public;
