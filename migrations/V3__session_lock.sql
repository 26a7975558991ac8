-- A browser's session whose screen is locked: it lives, and opens nothing before its person's password is given again.
-- Programs have no screen.
alter table public.sessions
    add column locked_at timestamptz,
    add constraint sessions_lock_for_web check (locked_at is null or kind = 'web');
