-- The audit can be read: an index for each filter.

create index audit_events_by_kind on audit_events (kind, at desc);
create index audit_events_by_action on audit_events (action, at desc);
create index audit_events_by_request on audit_events (request_id) where request_id is not null;
-- Whose record it was about: the record itself, or what its detail names (an allergy's patient). Of all lines, although
-- many are about nobody: PostgreSQL keeps no statistics of an expression for a part of them, and would scan by time.
create index audit_events_by_patient
    on audit_events ((case entity when 'patient' then entity_id else (detail ->> 'patient_id')::uuid end), at desc);
-- What became of a record's looks while it was part of another one.
create index merges_by_duplicate on merges (duplicate_id);

-- Hospitals that have their roles already.
insert into role_permissions (role_id, permission_code)
select id, 'audit:view' from roles where system_key = 'HOSPITAL_ADMIN'
on conflict do nothing;

-- Whoever may write here may add and read, never change: also where hospitals have no role of their own, and the login
-- of requests has the rights.
do $$
declare
    held record;
begin
    for held in
        select distinct c.relname, r.rolname
          from pg_class c
         cross join lateral aclexplode(c.relacl) a
          join pg_roles r on r.oid = a.grantee
         where c.relnamespace = (select n.oid from pg_namespace n where n.nspname = current_schema())
           and c.relname in ('audit_events', 'consents', 'patient_changes')
           and a.grantee <> c.relowner
           and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
    loop
        execute format('revoke update, delete, truncate on %I from %I', held.relname, held.rolname);
    end loop;
end
$$;
