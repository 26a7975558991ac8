-- What patients are to be told about their bookings. Only what is to be told and about what: whom, and whether they want to
-- be told that way, is looked up when it is sent.
create table booking_notices (
    id             uuid        not null constraint booking_notices_pkey primary key,
    appointment_id uuid        not null constraint booking_notices_appointment_fkey references appointments (id) on delete cascade,
    leave_id       uuid        constraint booking_notices_leave_fkey references doctor_leaves (id),
    kind           text        not null constraint booking_notices_kind check (kind in ('MOVED', 'CANCELLED', 'DOCTOR_AWAY')),
    made_by_id     uuid        not null,
    made_at        timestamptz not null,
    sent_at        timestamptz
);
create index booking_notices_by_appointment on booking_notices (appointment_id, made_at);
create index booking_notices_by_leave on booking_notices (leave_id) where leave_id is not null;
create index booking_notices_waiting on booking_notices (made_at, id) where sent_at is null;
