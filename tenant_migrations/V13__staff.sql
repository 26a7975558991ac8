-- Staff are searched, sorted, and changed by several people at once.
alter table staff
    -- Counts the changes of profile, roles and standing, for If-Match.
    add column version       integer not null default 1,
    -- Nobody for rows that nobody has changed yet.
    add column changed_by_id uuid;
create index staff_search on staff
    using gin (extensions.fold(first_name || ' ' || last_name || ' ' || email) extensions.gin_trgm_ops);
create index staff_by_name on staff (lower(first_name || ' ' || last_name), user_id);
create index staff_by_created on staff (created_at desc, user_id desc);
