-- A hospital's own tables, run in its schema. Names are unqualified on purpose: the path decides the hospital.
-- No enum or composite types, no foreign key out of the schema: cached statements and sharding depend on it.

-- One row per hospital: what belongs to it and not to the platform.
create table counters (
    name  text   not null constraint counters_pkey primary key,
    value bigint not null default 0 constraint counters_not_negative check (value >= 0)
);
insert into counters (name) values ('patient_code'), ('patients');

create table departments (
    id              uuid        not null constraint departments_pkey primary key,
    name            text        not null constraint departments_name_length check (char_length(name) between 1 and 100),
    description     text        constraint departments_description_length check (char_length(description) <= 500),
    is_for_staff    boolean     not null default true,
    is_for_patients boolean     not null default true,
    is_system       boolean     not null default false,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);
create unique index departments_name_unique on departments (lower(name));

-- The person behind a sign-in; the sign-in itself is public.users with the same id.
create table staff (
    user_id        uuid        not null constraint staff_pkey primary key,
    first_name     text        not null constraint staff_first_name_length check (char_length(first_name) between 1 and 255),
    last_name      text        not null default '' constraint staff_last_name_length check (char_length(last_name) <= 100),
    email          text        not null,
    phone          text        constraint staff_phone_length check (char_length(phone) <= 50),
    department_id  uuid        not null constraint staff_department_fkey references departments (id),
    specialization text        constraint staff_specialization_length check (char_length(specialization) <= 100),
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);
create index staff_by_department on staff (department_id);

create table roles (
    id          uuid        not null constraint roles_pkey primary key,
    name        text        not null constraint roles_name_length check (char_length(name) between 1 and 50),
    description text        constraint roles_description_length check (char_length(description) <= 255),
    system_key  text        constraint roles_system_key_unique unique,
    is_system   boolean     not null default false,
    is_active   boolean     not null default true,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
create unique index roles_name_unique on roles (lower(name));

create table role_permissions (
    role_id         uuid not null constraint role_permissions_role_fkey references roles (id) on delete cascade,
    permission_code text not null constraint role_permissions_code_length check (char_length(permission_code) <= 100),
    constraint role_permissions_pkey primary key (role_id, permission_code)
);

create table user_roles (
    user_id    uuid        not null constraint user_roles_staff_fkey references staff (user_id) on delete cascade,
    role_id    uuid        not null constraint user_roles_role_fkey references roles (id),
    created_at timestamptz not null default now(),
    constraint user_roles_pkey primary key (user_id, role_id)
);
create index user_roles_by_role on user_roles (role_id);

create table patients (
    id                         uuid        not null constraint patients_pkey primary key,
    patient_code               text        not null constraint patients_code_unique unique,
    first_name                 text        not null constraint patients_first_name_length check (char_length(first_name) between 1 and 50),
    middle_name                text        constraint patients_middle_name_length check (char_length(middle_name) <= 50),
    last_name                  text        constraint patients_last_name_length check (char_length(last_name) <= 50),
    gender                     text        constraint patients_gender check (gender in ('MALE', 'FEMALE', 'OTHER', 'UNKNOWN')),
    dob                        date,
    -- Nobody knows it, or `dob` was computed from an age: never shown or matched as a birthday.
    dob_unknown                boolean     not null default false,
    -- How far `dob` can be trusted.
    dob_precision              text        constraint patients_dob_precision check (dob_precision in ('DAY', 'MONTH', 'YEAR')),
    -- The age in years that was told instead of a birthday, and on which day of the hospital.
    age_only                   smallint    constraint patients_age_only check (age_only between 0 and 130),
    age_told_on                date,
    phone_primary              text        constraint patients_phone_primary_length check (char_length(phone_primary) <= 20),
    phone_alternate            text        constraint patients_phone_alternate_length check (char_length(phone_alternate) <= 20),
    email                      text        constraint patients_email_length check (char_length(email) <= 254),
    address_line1              text        constraint patients_address_line1_length check (char_length(address_line1) <= 120),
    address_line2              text        constraint patients_address_line2_length check (char_length(address_line2) <= 120),
    city                       text        constraint patients_city_length check (char_length(city) <= 80),
    state                      text        constraint patients_state_length check (char_length(state) <= 100),
    country                    text        constraint patients_country_length check (char_length(country) <= 100),
    postal_code                text        constraint patients_postal_code_length check (char_length(postal_code) <= 20),
    emergency_contact_name     text        constraint patients_emergency_name_length check (char_length(emergency_contact_name) <= 100),
    emergency_contact_relation text        constraint patients_emergency_relation_length check (char_length(emergency_contact_relation) <= 50),
    emergency_contact_phone    text        constraint patients_emergency_phone_length check (char_length(emergency_contact_phone) <= 20),
    blood_group                text        constraint patients_blood_group check (blood_group in ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')),
    marital_status             text        constraint patients_marital_status_length check (char_length(marital_status) <= 20),
    preferred_language         text        constraint patients_language_length check (char_length(preferred_language) <= 50),
    known_allergies            text        constraint patients_allergies_length check (char_length(known_allergies) <= 1000),
    chronic_conditions         text        constraint patients_conditions_length check (char_length(chronic_conditions) <= 1000),
    clinical_notes             text        constraint patients_clinical_notes_length check (char_length(clinical_notes) <= 1000),
    national_id_type           text        constraint patients_national_id_type_length check (char_length(national_id_type) <= 50),
    national_id_number         text        constraint patients_national_id_number_length check (char_length(national_id_number) <= 32),
    photo_path                 text        constraint patients_photo_path_length check (char_length(photo_path) <= 500),
    is_dnr                     boolean     not null default false,
    is_deceased                boolean     not null default false,
    date_of_death              date,
    consent_sms                boolean     not null default false,
    consent_email              boolean     not null default false,
    last_visited_at            timestamptz,
    created_by_id              uuid        not null,
    updated_by_id              uuid        not null,
    version                    integer     not null default 1,
    created_at                 timestamptz not null default now(),
    updated_at                 timestamptz not null default now(),
    -- Made when the form is shown: the same form sent twice registers one patient.
    registration_key           uuid        constraint patients_registration_key_unique unique,
    -- What the search box looks into: accent- and case-free, in any script; ids also without their separators.
    search_text                text        generated always as (
        extensions.fold(first_name || ' ' || coalesce(middle_name || ' ', '') || coalesce(last_name, '') || ' '
            || patient_code || ' ' || coalesce(phone_primary, '') || ' ' || coalesce(phone_alternate, '') || ' '
            || coalesce(national_id_number || ' ' || translate(national_id_number, '-/', ''), ''))
    ) stored,
    constraint patients_dob_has_precision check ((dob is null) = (dob_precision is null)),
    constraint patients_age_needs_day check ((age_only is null) = (age_told_on is null)),
    constraint patients_age_is_no_birthday check (age_only is null or (dob is not null and dob_unknown)),
    constraint patients_deceased_has_flag check (date_of_death is null or is_deceased),
    constraint patients_born_before_death check (dob is null or date_of_death is null or dob <= date_of_death)
);
create index patients_search on patients using gin (search_text extensions.gin_trgm_ops);
create index patients_by_visit on patients (last_visited_at desc nulls last, created_at desc, id desc);
create index patients_by_created on patients (created_at desc, id desc);

-- Who did what with which record, views included. The app may add and read, never change (see below).
create table audit_events (
    id         uuid        not null constraint audit_events_pkey primary key,
    at         timestamptz not null,
    actor_id   uuid,
    action     text        not null,
    kind       text        not null,
    entity     text,
    entity_id  uuid,
    detail     jsonb,
    ip         inet,
    request_id text
);
create index audit_events_by_time on audit_events (at desc);
create index audit_events_by_entity on audit_events (entity, entity_id, at desc);
create index audit_events_by_actor on audit_events (actor_id, at desc);

create table idempotency_keys (
    actor_id     uuid        not null,
    route        text        not null,
    key          text        not null constraint idempotency_keys_key_length check (char_length(key) between 1 and 200),
    body_hash    bytea       not null,
    status       smallint,
    content_type text,
    headers      jsonb,
    body         bytea,
    withheld     boolean     not null default false,
    created_at   timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (actor_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- The hospital's role gets DML on its tables by default privileges; these two are less than that.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on audit_events from %I', current_schema());
        execute format('revoke all on refinery_schema_history from %I', current_schema());
    end if;
end
$$;
