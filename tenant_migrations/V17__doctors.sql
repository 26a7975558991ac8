-- Doctors as patients and the desk know them, and when they are there. A doctor is somebody of the staff with that role;
-- what is here is what booking needs to know of them.

create table rooms (
    id            uuid        not null constraint rooms_pkey primary key,
    name          text        not null constraint rooms_name_length check (char_length(name) between 1 and 50),
    department_id uuid        constraint rooms_department_fkey references departments (id),
    is_active     boolean     not null default true,
    version       integer     not null default 1,
    created_at    timestamptz not null
);
create unique index rooms_name_unique on rooms (lower(name));
create index rooms_by_department on rooms (department_id);

create table doctors (
    user_id             uuid        not null constraint doctors_pkey primary key constraint doctors_staff_fkey references staff (user_id),
    qualifications      text        constraint doctors_qualifications_length check (char_length(qualifications) <= 300),
    registration_number text        constraint doctors_registration_length check (char_length(registration_number) between 1 and 50),
    -- First year of practice: the experience grows by itself.
    practising_since    smallint    constraint doctors_practising_since check (practising_since between 1930 and 2200),
    -- BCP 47 codes.
    languages           text[]      not null default '{}' constraint doctors_languages_few check (cardinality(languages) <= 20),
    -- In minor units of the hospital's currency.
    fee_minor           bigint      constraint doctors_fee check (fee_minor between 0 and 1000000000000),
    about               text        constraint doctors_about_length check (char_length(about) <= 1000),
    photo               text        constraint doctors_photo_length check (char_length(photo) <= 200),
    room_id             uuid        constraint doctors_room_fkey references rooms (id),
    -- How long an appointment is where the weekly hours do not say it.
    slot_minutes        smallint    not null default 15 constraint doctors_slot_minutes check (slot_minutes in (15, 30, 45, 60)),
    -- How many more may be booked into one slot. Each takes a seat of its own, so that races cannot exceed it.
    overbooking         smallint    not null default 0 constraint doctors_overbooking check (overbooking between 0 and 9),
    accepts_bookings    boolean     not null default true,
    -- Found by people without an account.
    is_listed           boolean     not null default false,
    version             integer     not null default 1,
    changed_by_id       uuid        not null,
    updated_at          timestamptz not null
);
create unique index doctors_registration_unique on doctors (lower(registration_number));
create index doctors_by_room on doctors (room_id);

-- The hours of each week, in minutes of the hospital's day: what a clock on the wall shows.
create table doctor_hours (
    id            uuid        not null constraint doctor_hours_pkey primary key,
    user_id       uuid        not null constraint doctor_hours_staff_fkey references staff (user_id),
    -- ISO: 1 is Monday.
    weekday       smallint    not null constraint doctor_hours_weekday check (weekday between 1 and 7),
    starts_minute smallint    not null constraint doctor_hours_starts check (starts_minute between 0 and 1425 and starts_minute % 15 = 0),
    ends_minute   smallint    not null constraint doctor_hours_ends check (ends_minute between 15 and 1440 and ends_minute % 15 = 0),
    slot_minutes  smallint    not null constraint doctor_hours_slot check (slot_minutes in (15, 30, 45, 60)),
    room_id       uuid        constraint doctor_hours_room_fkey references rooms (id),
    valid_from    date        not null,
    valid_until   date,
    made_by_id    uuid        not null,
    made_at       timestamptz not null,
    constraint doctor_hours_in_order check (ends_minute > starts_minute),
    constraint doctor_hours_valid_in_order check (valid_until is null or valid_until >= valid_from),
    constraint doctor_hours_no_overlap exclude using gist (
        user_id with =, weekday with =, int4range(starts_minute, ends_minute) with &&, daterange(valid_from, valid_until, '[]') with &&
    )
);
create index doctor_hours_by_doctor on doctor_hours (user_id, weekday, starts_minute);
create index doctor_hours_by_room on doctor_hours (room_id);

-- One day that is different: more hours, or hours that fall out.
create table doctor_exceptions (
    id            uuid        not null constraint doctor_exceptions_pkey primary key,
    user_id       uuid        not null constraint doctor_exceptions_staff_fkey references staff (user_id),
    on_date       date        not null,
    kind          text        not null constraint doctor_exceptions_kind check (kind in ('EXTRA', 'CLOSED')),
    starts_minute smallint    not null constraint doctor_exceptions_starts check (starts_minute between 0 and 1425 and starts_minute % 15 = 0),
    ends_minute   smallint    not null constraint doctor_exceptions_ends check (ends_minute between 15 and 1440 and ends_minute % 15 = 0),
    slot_minutes  smallint    constraint doctor_exceptions_slot check (slot_minutes in (15, 30, 45, 60)),
    room_id       uuid        constraint doctor_exceptions_room_fkey references rooms (id),
    note          text        constraint doctor_exceptions_note_length check (char_length(note) <= 200),
    made_by_id    uuid        not null,
    made_at       timestamptz not null,
    constraint doctor_exceptions_in_order check (ends_minute > starts_minute),
    constraint doctor_exceptions_slot_of_extra check ((kind = 'EXTRA') = (slot_minutes is not null)),
    constraint doctor_exceptions_no_overlap exclude using gist (
        user_id with =, on_date with =, kind with =, int4range(starts_minute, ends_minute) with &&
    )
);
create index doctor_exceptions_by_doctor on doctor_exceptions (user_id, on_date);
create index doctor_exceptions_by_room on doctor_exceptions (room_id);

-- Away: from an instant to another. Withdrawn instead of removed.
create table doctor_leaves (
    id              uuid        not null constraint doctor_leaves_pkey primary key,
    user_id         uuid        not null constraint doctor_leaves_staff_fkey references staff (user_id),
    kind            text        not null constraint doctor_leaves_kind check (kind in ('LEAVE', 'SICK', 'TRAINING', 'OTHER')),
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    note            text        constraint doctor_leaves_note_length check (char_length(note) <= 500),
    made_by_id      uuid        not null,
    made_at         timestamptz not null,
    withdrawn_by_id uuid,
    withdrawn_at    timestamptz,
    constraint doctor_leaves_in_order check (ends_at > starts_at),
    constraint doctor_leaves_withdrawn_whole check ((withdrawn_at is null) = (withdrawn_by_id is null)),
    constraint doctor_leaves_no_overlap exclude using gist (
        user_id with =, tstzrange(starts_at, ends_at) with &&
    ) where (withdrawn_at is null)
);
create index doctor_leaves_by_doctor on doctor_leaves (user_id, ends_at);
create index doctor_leaves_by_end on doctor_leaves (ends_at desc, id desc);

-- Whether the sign-in of a member of staff is in use. Kept in step by whoever changes it on the platform's side, and once a
-- day for all: lists of the hospital's own people (who may be booked) do not look there.
alter table staff add column is_active boolean not null default true;
