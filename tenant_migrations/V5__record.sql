-- A record for people who do not fit the form: several scripts, no phone, nobody knows who it is, just born, deceased.

-- Names are as long as people's names are; the number is stored as it was typed as well as for machines (E.164).
alter table patients
    drop constraint patients_first_name_length,
    drop constraint patients_middle_name_length,
    drop constraint patients_last_name_length,
    add constraint patients_first_name_length check (char_length(first_name) between 1 and 200),
    add constraint patients_middle_name_length check (char_length(middle_name) <= 200),
    add constraint patients_last_name_length check (char_length(last_name) <= 200),
    -- The whole name in another script: native beside Latin, or the other way round.
    add column name_alternate     text        constraint patients_name_alternate_length check (char_length(name_alternate) <= 200),
    -- Names that she had here before, one a line: found, never shown as hers.
    add column former_names       text        constraint patients_former_names_length check (char_length(former_names) <= 4000),
    add column phone_typed        text        constraint patients_phone_typed_length check (char_length(phone_typed) <= 40),
    add column phone_e164         text        constraint patients_phone_e164_form check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
    -- No text message reaches a landline. Null: not known.
    add column phone_is_landline  boolean,
    add column no_phone_reason    text        constraint patients_no_phone_reason check (no_phone_reason in ('NONE', 'NOT_GIVEN')),
    add column no_address_reason  text        constraint patients_no_address_reason check (no_address_reason in ('NONE', 'NOT_GIVEN')),
    -- HL7 v3 Confidentiality: normal, restricted, very restricted.
    add column confidentiality    text        not null default 'N' constraint patients_confidentiality check (confidentiality in ('N', 'R', 'V')),
    add column died_at            timestamptz,
    add column death_certified_by text        constraint patients_death_certified_by_length check (char_length(death_certified_by) <= 200),
    -- How the record came to be. In an emergency and at a birth nobody is refused for the hospital's limit.
    add column registered_as      text        not null default 'DESK' constraint patients_registered_as check (registered_as in ('DESK', 'EMERGENCY', 'BIRTH', 'PRACTICE')),
    add column over_limit         boolean     not null default false,
    -- For trying things out: in no list, count or report.
    add column is_practice        boolean     not null default false,
    add column is_unidentified    boolean     not null default false,
    add column mother_id          uuid        constraint patients_mother_fkey references patients (id),
    add column birth_order        smallint    constraint patients_birth_order check (birth_order between 1 and 12),
    add column born_at            timestamptz,
    add constraint patients_not_own_mother check (mother_id <> id),
    add constraint patients_phone_or_reason check (phone_primary is null or no_phone_reason is null),
    add constraint patients_death_time_has_flag check (died_at is null or is_deceased),
    add constraint patients_practice_has_origin check (is_practice = (registered_as = 'PRACTICE')),
    drop column search_text;
alter table patients add column search_text text generated always as (
    extensions.fold(first_name || ' ' || coalesce(middle_name || ' ', '') || coalesce(last_name, '') || ' '
        || coalesce(name_alternate || ' ', '') || coalesce(former_names || ' ', '')
        || patient_code || ' ' || coalesce(phone_primary, '') || ' ' || coalesce(phone_alternate, '') || ' '
        || coalesce(national_id_number || ' ' || translate(national_id_number, '-/', ''), ''))
) stored;
create index patients_search on patients using gin (search_text extensions.gin_trgm_ops);
create index patients_by_mother on patients (mother_id) where mother_id is not null;
create index patients_practice on patients (id) where is_practice;
-- Two unknown people of one night never have alike names.
create unique index patients_unidentified_name on patients (first_name, last_name) where is_unidentified and merged_into is null;
create index patients_over_limit on patients (created_at desc) where over_limit;

-- What somebody was asked, what the answer was, how it was given and when. The newest answer holds.
create table consents (
    id             uuid        not null constraint consents_pkey primary key,
    patient_id     uuid        not null constraint consents_patient_fkey references patients (id),
    kind           text        not null constraint consents_kind check (kind in ('SMS', 'EMAIL')),
    given          boolean     not null,
    source         text        not null constraint consents_source check (source in ('DESK', 'PAPER', 'PHONE', 'GUARDIAN', 'PORTAL', 'API')),
    note           text        constraint consents_note_length check (char_length(note) <= 500),
    asked_at       timestamptz not null,
    recorded_by_id uuid        not null,
    recorded_at    timestamptz not null
);
create index consents_by_patient on consents (patient_id, kind, recorded_at desc, id desc);

-- Every change of a patient's own fields, with the values before and after: the record's history. Only ever added to.
create table patient_changes (
    id            uuid        not null constraint patient_changes_pkey primary key,
    patient_id    uuid        not null constraint patient_changes_patient_fkey references patients (id),
    action        text        not null constraint patient_changes_action check (action in ('CREATE', 'UPDATE', 'IDENTIFY', 'DECEASED', 'NOT_DECEASED', 'PICTURE')),
    reason        text        constraint patient_changes_reason_length check (char_length(reason) <= 500),
    old_values    jsonb       not null default '{}',
    new_values    jsonb       not null default '{}',
    changed_by_id uuid        not null,
    changed_at    timestamptz not null
);
create index patient_changes_by_patient on patient_changes (patient_id, changed_at desc, id desc);
