-- Who may know what of confidential patients, and histories that nobody writes again.

-- Who opened a record that is kept from them, and why: for four hours it lies open to this person. Only ever added to.
create table break_glass (
    id         uuid        not null constraint break_glass_pkey primary key,
    patient_id uuid        not null constraint break_glass_patient_fkey references patients (id),
    user_id    uuid        not null,
    reason     text        not null constraint break_glass_reason_length check (char_length(reason) between 1 and 500),
    opened_at  timestamptz not null,
    expires_at timestamptz not null,
    constraint break_glass_ends check (expires_at > opened_at)
);
create index break_glass_by_reader on break_glass (patient_id, user_id, expires_at desc);

-- Those who may not know of them do not count them either.
create index patients_very_restricted on patients (created_by_id) where confidentiality = 'V';

-- Two records that become one, and two again, are history of the one that stays.
alter table patient_changes
    drop constraint patient_changes_action,
    add constraint patient_changes_action check (action in ('CREATE', 'UPDATE', 'IDENTIFY', 'DECEASED', 'NOT_DECEASED', 'PICTURE', 'MERGE', 'UNMERGE'));

-- Hospitals that have their roles already.
insert into role_permissions (role_id, permission_code)
select id, 'patients:restrict' from roles where system_key in ('HOSPITAL_ADMIN', 'DOCTOR')
on conflict do nothing;

-- The app may add and read these, never change them.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on break_glass, consents, patient_changes from %I', current_schema());
    end if;
end
$$;
