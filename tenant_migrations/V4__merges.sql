-- Looking for people who may be registered already, and making two records of one person one.

-- What a candidate is found by: the end of a phone number (a country code may be written or not), first names within
-- it (a number that stands for "none" may belong to thousands), an identity document, a birthday.
create index patients_by_phone_end on patients (right(phone_primary, 8), extensions.fold(first_name));
create index patients_by_other_phone_end on patients (right(phone_alternate, 8)) where phone_alternate is not null;
create index patients_by_document on patients (upper(translate(national_id_number, '-/', '')))
    where national_id_number is not null;
create index patients_by_birthday on patients (dob) where not dob_unknown;

-- Who was registered although somebody looked alike, and why. Never changed.
create table duplicate_decisions (
    id            uuid        not null constraint duplicate_decisions_pkey primary key,
    patient_id    uuid        not null constraint duplicate_decisions_patient_fkey references patients (id),
    -- Who looked alike then; not references, because it is what was on the screen.
    candidate_ids uuid[]      not null,
    reason        text        constraint duplicate_decisions_reason check (reason in ('OTHER_PERSON', 'TWIN', 'FAMILY', 'CANNOT_CHECK', 'OTHER')),
    note          text        constraint duplicate_decisions_note_length check (char_length(note) <= 500),
    decided_by_id uuid        not null,
    decided_at    timestamptz not null
);
create index duplicate_decisions_by_patient on duplicate_decisions (patient_id);

-- A record that became part of another one stays as it was, leaves lists and counts, and leads to the other.
alter table patients
    add column merged_into uuid constraint patients_merged_into_fkey references patients (id),
    add constraint patients_not_merged_into_itself check (merged_into <> id);
create index patients_by_survivor on patients (merged_into) where merged_into is not null;

-- One row per merge: enough to take it back exactly.
create table merges (
    id             uuid        not null constraint merges_pkey primary key,
    survivor_id    uuid        not null constraint merges_survivor_fkey references patients (id),
    duplicate_id   uuid        not null constraint merges_duplicate_fkey references patients (id),
    reason         text        not null constraint merges_reason_length check (char_length(reason) between 1 and 500),
    -- Columns of the survivor that the merge wrote: their values before and after.
    before         jsonb       not null,
    after          jsonb       not null,
    -- "table.column" -> keys of the rows that were the duplicate's.
    moved          jsonb       not null,
    merged_by_id   uuid        not null,
    merged_at      timestamptz not null,
    undone_by_id   uuid,
    undone_at      timestamptz,
    undo_reason    text        constraint merges_undo_reason_length check (char_length(undo_reason) between 1 and 500),
    constraint merges_not_with_itself check (survivor_id <> duplicate_id),
    constraint merges_undone_whole check ((undone_at is null) = (undone_by_id is null) and (undone_at is null) = (undo_reason is null))
);
create unique index merges_one_standing on merges (duplicate_id) where undone_at is null;
create index merges_by_survivor on merges (survivor_id);
create index merges_by_time on merges (merged_at desc, id desc);
