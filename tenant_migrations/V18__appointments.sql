-- Appointments, walk-ins among them, and the queue of the day. Double use is impossible here: see the exclusion constraints.

create table appointments (
    id                      uuid        not null constraint appointments_pkey primary key,
    patient_id              uuid        not null constraint appointments_patient_fkey references patients (id),
    department_id           uuid        not null constraint appointments_department_fkey references departments (id),
    doctor_user_id          uuid        not null constraint appointments_doctor_fkey references staff (user_id),
    room_id                 uuid        constraint appointments_room_fkey references rooms (id),
    kind                    text        not null default 'BOOKED' constraint appointments_kind check (kind in ('BOOKED', 'WALK_IN', 'FOLLOW_UP')),
    follow_up_of            uuid        constraint appointments_follow_up_fkey references appointments (id),
    scheduled_at            timestamptz not null,
    ends_at                 timestamptz not null,
    -- Whether its time belongs to it. Not for walk-ins and late arrivals, who wait their turn; not once it is off.
    holds_slot              boolean     not null default true,
    -- Which of the places in one slot: 0, and one more for each overbooking that the doctor allows.
    seat                    smallint    not null default 0 constraint appointments_seat check (seat between 0 and 9),
    status                  text        not null default 'SCHEDULED' constraint appointments_status check (status in ('SCHEDULED', 'CHECKED_IN', 'IN_CONSULTATION', 'COMPLETED', 'CANCELLED', 'NO_SHOW')),
    -- Why the patient comes.
    reason                  text        constraint appointments_reason_length check (char_length(reason) <= 500),
    notes                   text        constraint appointments_notes_length check (char_length(notes) <= 1000),
    checked_in_at           timestamptz,
    consultation_started_at timestamptz,
    completed_at            timestamptz,
    no_show_at              timestamptz,
    cancelled_at            timestamptz,
    cancelled_reason        text        constraint appointments_cancelled_reason_known check (cancelled_reason in
        ('PATIENT_REQUEST', 'ADMITTED_TO_IPD', 'DOCTOR_UNAVAILABLE', 'OTHER', 'PATIENT_DECEASED', 'LEFT_WITHOUT_BEING_SEEN')),
    cancelled_note          text        constraint appointments_cancelled_note_length check (char_length(cancelled_note) <= 500),
    linked_ipd_admission_id uuid,
    -- The queue: a number of the department and the hospital's day, given at check-in.
    token_day               date,
    token_prefix            text        constraint appointments_token_prefix_length check (char_length(token_prefix) between 1 and 5),
    token_number            integer     constraint appointments_token_positive check (token_number > 0),
    queue_state             text        constraint appointments_queue_state check (queue_state in ('WAITING', 'CALLED', 'WITH_DOCTOR', 'SKIPPED', 'DONE', 'LEFT')),
    -- Since when it waits in its present place: its turn among its like.
    queued_at               timestamptz,
    called_at               timestamptz,
    -- Ahead of its turn, never without a reason.
    priority                text        not null default 'ROUTINE' constraint appointments_priority check (priority in ('EMERGENCY', 'PRIORITY', 'ROUTINE')),
    priority_reason         text        constraint appointments_priority_reason_length check (char_length(priority_reason) between 1 and 200),
    version                 integer     not null default 1,
    created_by_id           uuid        not null,
    created_at              timestamptz not null,
    updated_at              timestamptz not null,
    is_demo                 boolean     not null default false,
    constraint appointments_in_order check (ends_at > scheduled_at),
    constraint appointments_off_frees_slot check (status not in ('CANCELLED', 'NO_SHOW') or not holds_slot),
    constraint appointments_walk_in_holds_none check (kind <> 'WALK_IN' or not holds_slot),
    constraint appointments_cancelled_whole check ((status = 'CANCELLED') = (cancelled_at is not null) and (cancelled_at is null) = (cancelled_reason is null)),
    constraint appointments_no_show_at_known check (status <> 'NO_SHOW' or no_show_at is not null),
    constraint appointments_completed_at_known check ((status = 'COMPLETED') = (completed_at is not null)),
    constraint appointments_token_whole check (num_nonnulls(token_day, token_prefix, token_number) in (0, 3)),
    constraint appointments_queue_has_token check (queue_state is null or token_number is not null),
    constraint appointments_priority_has_reason check (priority = 'ROUTINE' or priority_reason is not null),
    constraint appointments_doctor_free exclude using gist (
        doctor_user_id with =, seat with =, tstzrange(scheduled_at, ends_at) with &&
    ) where (holds_slot),
    constraint appointments_patient_free exclude using gist (
        patient_id with =, tstzrange(scheduled_at, ends_at) with &&
    ) where (holds_slot),
    -- Two doctors do not share a room at a time; one doctor may see two in it who are booked into one slot.
    constraint appointments_room_free exclude using gist (
        room_id with =, doctor_user_id with <>, tstzrange(scheduled_at, ends_at) with &&
    ) where (holds_slot and room_id is not null)
);
create unique index appointments_token_unique on appointments (token_day, department_id, token_number) where token_number is not null;
create index appointments_by_time on appointments (scheduled_at desc, id desc);
create index appointments_by_status on appointments (status, scheduled_at desc, id desc);
create index appointments_by_doctor on appointments (doctor_user_id, scheduled_at desc, id desc);
create index appointments_by_department on appointments (department_id, scheduled_at desc, id desc);
create index appointments_by_patient on appointments (patient_id, scheduled_at desc, id desc);
create index appointments_by_room on appointments (room_id) where room_id is not null;
create index appointments_by_follow_up on appointments (follow_up_of) where follow_up_of is not null;
-- Those whose patient does not come: looked for every few minutes.
create index appointments_due on appointments (scheduled_at) where status = 'SCHEDULED';
create index appointments_in_queue on appointments (token_day, department_id, queued_at) where queue_state in ('WAITING', 'CALLED', 'WITH_DOCTOR', 'SKIPPED');

-- Who has died and is booked all the same: looked for as often.
create index patients_deceased on patients (id) where is_deceased;

-- What happened to each, when it did and when it was written down. Only ever added to.
create table appointment_events (
    id             uuid        not null constraint appointment_events_pkey primary key,
    appointment_id uuid        not null constraint appointment_events_appointment_fkey references appointments (id) on delete cascade,
    kind           text        not null constraint appointment_events_kind check (kind in
        ('BOOKED', 'CHECKED_IN', 'STARTED', 'COMPLETED', 'CANCELLED', 'NO_SHOW', 'RESCHEDULED', 'ARRIVED_LATE', 'NOTED',
         'CALLED', 'BACK_TO_WAITING', 'SKIPPED', 'LEFT', 'PRIORITISED', 'REQUEUED')),
    from_status    text,
    to_status      text        not null,
    -- Rescheduled: from when to when.
    from_time      timestamptz,
    to_time        timestamptz,
    reason         text        constraint appointment_events_reason_length check (char_length(reason) <= 500),
    happened_at    timestamptz not null,
    recorded_at    timestamptz not null,
    -- Nobody: HMS itself.
    actor_id       uuid
);
create index appointment_events_by_appointment on appointment_events (appointment_id, recorded_at, id);

-- The last token of each queue and day; a row's lock gives the next one to one desk at a time.
create table token_counters (
    department_id uuid    not null constraint token_counters_department_fkey references departments (id),
    on_day        date    not null,
    value         integer not null constraint token_counters_positive check (value > 0),
    constraint token_counters_pkey primary key (department_id, on_day)
);
-- What the tokens of a department begin with; none: the first letter of its name.
alter table departments add column token_prefix text constraint departments_token_prefix_form check (token_prefix ~ '^[A-Z0-9]{1,5}$');

-- The app may add to the history and read it, never change it.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on appointment_events from %I', current_schema());
    end if;
end
$$;
