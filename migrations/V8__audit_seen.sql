-- The platform's audit, the failed sign-ins and the denied attempts can be read: an index for each filter.

create index audit_events_by_actor on public.audit_events (actor_id, at desc);
create index audit_events_by_kind on public.audit_events (kind, at desc);
create index audit_events_by_action on public.audit_events (action, at desc);
create index denied_attempts_by_actor on public.denied_attempts (actor_id, at desc);
create index failed_sign_ins_by_time on public.failed_sign_ins (at desc);
-- Whose failures are a hospital's: also of people whose account is deleted.
create index users_of_tenant on public.users (tenant_id) where tenant_id is not null;
