-- Who cares for whom, and whether doctors and nurses are shown their own patients first.

-- One row: the hospital's choice. Off until it decides: without relations a doctor would be shown nobody.
create table care_rules (
    only_one      boolean     not null default true constraint care_rules_pkey primary key constraint care_rules_one_row check (only_one),
    row_rules     boolean     not null default false,
    version       integer     not null default 1,
    changed_by_id uuid,
    changed_at    timestamptz
);
insert into care_rules default values;

-- Somebody, or a department, cares for a patient, from when to when. Who registered a patient is in the patient's own row
-- and never apart from it, so it is not repeated here.
create table care_relations (
    id            uuid        not null constraint care_relations_pkey primary key,
    patient_id    uuid        not null constraint care_relations_patient_fkey references patients (id),
    user_id       uuid        constraint care_relations_user_fkey references staff (user_id),
    department_id uuid        constraint care_relations_department_fkey references departments (id),
    kind          text        not null constraint care_relations_kind check (kind in ('TEAM', 'APPOINTMENT', 'ADMISSION')),
    since         timestamptz not null,
    until         timestamptz,
    note          text        constraint care_relations_note_length check (char_length(note) <= 500),
    -- What it follows from: the appointment or admission, or for a newborn the mother's relation.
    source_id     uuid,
    added_by_id   uuid        not null,
    added_at      timestamptz not null,
    ended_by_id   uuid,
    constraint care_relations_somebody check (user_id is not null or department_id is not null),
    constraint care_relations_team_is_one check (kind <> 'TEAM' or user_id is null or department_id is null),
    constraint care_relations_in_order check (until is null or until >= since),
    -- Nobody is on a team twice at a time.
    constraint care_relations_person_once exclude using gist (
        patient_id with =, user_id with =, tstzrange(since, until) with &&
    ) where (kind = 'TEAM' and user_id is not null),
    constraint care_relations_department_once exclude using gist (
        patient_id with =, department_id with =, tstzrange(since, until) with &&
    ) where (kind = 'TEAM' and department_id is not null)
);
create index care_relations_by_patient on care_relations (patient_id, since desc, id desc);
create index care_relations_by_user on care_relations (user_id, patient_id) where user_id is not null;
create index care_relations_by_department on care_relations (department_id, patient_id) where department_id is not null;

-- Somebody stands in for a colleague, or is on call for a department.
create table care_covers (
    id                uuid        not null constraint care_covers_pkey primary key,
    user_id           uuid        not null constraint care_covers_user_fkey references staff (user_id),
    for_user_id       uuid        constraint care_covers_for_user_fkey references staff (user_id),
    for_department_id uuid        constraint care_covers_for_department_fkey references departments (id),
    starts_at         timestamptz not null,
    ends_at           timestamptz not null,
    note              text        constraint care_covers_note_length check (char_length(note) <= 500),
    made_by_id        uuid        not null,
    made_at           timestamptz not null,
    ended_by_id       uuid,
    ended_at          timestamptz,
    constraint care_covers_for_one check ((for_user_id is null) <> (for_department_id is null)),
    constraint care_covers_somebody_else check (for_user_id <> user_id),
    constraint care_covers_in_order check (ends_at > starts_at),
    constraint care_covers_ended_whole check ((ended_at is null) = (ended_by_id is null))
);
create index care_covers_by_person on care_covers (user_id, ends_at);
create index care_covers_by_end on care_covers (ends_at desc, id desc);

-- Whose own patients: asked for every list of somebody whose list is narrowed.
create index patients_by_registrar on patients (created_by_id);

-- A reason may open a record that is confidential, or one of somebody else's patient.
alter table break_glass
    add column kind text not null default 'CONFIDENTIAL' constraint break_glass_kind check (kind in ('CONFIDENTIAL', 'NOT_LINKED'));

-- What somebody else thought of it afterwards. One word for each opening, never changed.
create table break_glass_reviews (
    glass_id       uuid        not null constraint break_glass_reviews_pkey primary key constraint break_glass_reviews_glass_fkey references break_glass (id),
    outcome        text        not null constraint break_glass_reviews_outcome check (outcome in ('JUSTIFIED', 'FOLLOW_UP')),
    note           text        constraint break_glass_reviews_note_length check (char_length(note) <= 500),
    reviewed_by_id uuid        not null,
    reviewed_at    timestamptz not null
);

-- Hospitals that have their roles already.
insert into role_permissions (role_id, permission_code)
select id, 'care:assign' from roles where system_key in ('HOSPITAL_ADMIN', 'DOCTOR', 'NURSE')
on conflict do nothing;

-- The app may add and read reviews, and end care and covers; none of it is removed.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on break_glass_reviews from %I', current_schema());
        execute format('revoke delete on care_relations, care_covers, care_rules from %I', current_schema());
    end if;
end
$$;
