-- The desk: who came back into the queue behind whom, walk-ins that were sent twice, and what is printed later.

-- Who was skipped and came back waits behind the one who was next then: with that one's place, and after them. None, or
-- from before the check-in: the place follows from urgency, slot and arrival.
alter table appointments
    add column queue_class     smallint    constraint appointments_queue_class check (queue_class between 0 and 3),
    add column queue_turn      timestamptz,
    add column queue_placed_at timestamptz,
    add constraint appointments_queue_place_whole check (num_nonnulls(queue_class, queue_turn, queue_placed_at) in (0, 3));

-- Each form of a walk-in was given a key when it was shown: sent twice, it makes one.
create table walk_ins (
    form_key       uuid        not null constraint walk_ins_pkey primary key,
    appointment_id uuid        not null constraint walk_ins_appointment_fkey references appointments (id) on delete cascade,
    -- When the patient came, and when it was written down.
    arrived_at     timestamptz not null,
    recorded_at    timestamptz not null,
    recorded_by_id uuid        not null
);
create unique index walk_ins_appointment_once on walk_ins (appointment_id);

-- What could not be printed when it was wanted.
create table print_jobs (
    id             uuid        not null constraint print_jobs_pkey primary key,
    kind           text        not null constraint print_jobs_kind check (kind in ('TOKEN', 'LABEL', 'WRISTBAND')),
    patient_id     uuid        not null constraint print_jobs_patient_fkey references patients (id) on delete cascade,
    appointment_id uuid        constraint print_jobs_appointment_fkey references appointments (id) on delete cascade,
    copies         smallint    not null default 1 constraint print_jobs_copies check (copies between 1 and 20),
    asked_by_id    uuid        not null,
    asked_at       timestamptz not null,
    outcome        text        constraint print_jobs_outcome check (outcome in ('PRINTED', 'WITHDRAWN')),
    closed_by_id   uuid,
    closed_at      timestamptz,
    is_demo        boolean     not null default false,
    constraint print_jobs_token_of_appointment check ((kind = 'TOKEN') = (appointment_id is not null)),
    constraint print_jobs_closed_whole check (num_nonnulls(outcome, closed_by_id, closed_at) in (0, 3))
);
-- Nothing waits twice.
create unique index print_jobs_open_once on print_jobs (kind, patient_id, coalesce(appointment_id, '00000000-0000-0000-0000-000000000000')) where outcome is null;
create index print_jobs_open on print_jobs (asked_at, id) where outcome is null;
create index print_jobs_by_patient on print_jobs (patient_id);
create index print_jobs_by_appointment on print_jobs (appointment_id) where appointment_id is not null;
