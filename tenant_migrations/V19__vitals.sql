-- Vital signs, what they were scored as, when the next are due, and what somebody has to answer. Exact whole numbers in
-- small units: what is shown is what is stored, and what was scored.

create table vitals (
    id                  uuid        not null constraint vitals_pkey primary key,
    patient_id          uuid        not null constraint vitals_patient_fkey references patients (id),
    -- At most one of the two.
    appointment_id      uuid        constraint vitals_appointment_fkey references appointments (id),
    admission_id        uuid,
    encounter_id        uuid,
    recorded_by_id      uuid        not null,
    -- When they were taken, which may be before they were written down.
    recorded_at         timestamptz not null,
    entered_at          timestamptz not null,
    -- Outside of these nothing is possible; what is unlikely is asked about by the program.
    systolic_bp         smallint    constraint vitals_systolic check (systolic_bp between 20 and 300),
    diastolic_bp        smallint    constraint vitals_diastolic check (diastolic_bp between 5 and 250),
    heart_rate          smallint    constraint vitals_heart_rate check (heart_rate between 0 and 300),
    respiratory_rate    smallint    constraint vitals_respiratory_rate check (respiratory_rate between 0 and 120),
    -- Tenths of a degree Celsius.
    temperature_tenths  smallint    constraint vitals_temperature check (temperature_tenths between 200 and 450),
    spo2                smallint    constraint vitals_spo2 check (spo2 between 1 and 100),
    weight_grams        integer     constraint vitals_weight check (weight_grams > 200 and weight_grams <= 700000),
    height_mm           smallint    constraint vitals_height check (height_mm between 200 and 2750),
    head_mm             smallint    constraint vitals_head check (head_mm between 150 and 800),
    oxygen_given        boolean,
    -- Tenths of a litre each minute.
    oxygen_flow_tenths  smallint    constraint vitals_oxygen_flow check (oxygen_flow_tenths between 0 and 800),
    consciousness       text        constraint vitals_consciousness check (consciousness in ('ALERT', 'CONFUSION', 'VOICE', 'PAIN', 'UNRESPONSIVE')),
    gcs                 smallint    constraint vitals_gcs check (gcs between 3 and 15),
    pain                smallint    constraint vitals_pain check (pain between 0 and 10),
    pain_scale          text        constraint vitals_pain_scale check (pain_scale in ('NUMERIC', 'FPS_R', 'FLACC', 'NIPS', 'PAINAD')),
    glucose_mg_dl       smallint    constraint vitals_glucose check (glucose_mg_dl between 10 and 1000),
    -- What the meter says instead of a number.
    glucose_reading     text        constraint vitals_glucose_reading check (glucose_reading in ('LO', 'HI')),
    is_pregnant         boolean,
    device              text        constraint vitals_device_length check (char_length(device) between 1 and 100),
    notes               text        constraint vitals_notes_length check (char_length(notes) <= 500),
    -- Measure: why there is no value (NOT_RECORDABLE, REFUSED, DEVICE_MISSING, ASLEEP).
    absent              jsonb       not null default '{}' constraint vitals_absent_object check (jsonb_typeof(absent) = 'object'),
    -- Measures that were unlikely and that somebody said yes to.
    confirmed           text[]      not null default '{}' constraint vitals_confirmed_few check (cardinality(confirmed) <= 30),
    -- Tenths of kg/m2; none under 2 years.
    bmi_tenths          smallint    constraint vitals_bmi check (bmi_tenths between 1 and 30000),
    -- As it was scored then, by the table of then: a new table changes no old score.
    news2_state         text        not null default 'INCOMPLETE' constraint vitals_news2_state check (news2_state in ('SCORED', 'INCOMPLETE', 'NOT_APPLICABLE')),
    news2_why           text        constraint vitals_news2_why check (news2_why in ('UNDER_16', 'PREGNANT', 'AGE_UNKNOWN')),
    news2_total         smallint    constraint vitals_news2_total check (news2_total between 0 and 20),
    news2_single_red    boolean     not null default false,
    -- Measure: points, of those that were there.
    news2_parts         jsonb       not null default '{}' constraint vitals_news2_parts_object check (jsonb_typeof(news2_parts) = 'object'),
    -- 1 or 2: which column of oxygen saturation.
    news2_scale         smallint    constraint vitals_news2_scale check (news2_scale in (1, 2)),
    news2_table         text        constraint vitals_news2_table_length check (char_length(news2_table) between 1 and 50),
    -- Measure: LOW, HIGH, DANGER_LOW, DANGER_HIGH, as it was coloured then.
    flags               jsonb       not null default '{}' constraint vitals_flags_object check (jsonb_typeof(flags) = 'object'),
    -- When the next set was due, as it was said then.
    next_due_at         timestamptz,
    -- The newest set of its patient, as long as somebody is to come back.
    is_watched          boolean     not null default false,
    error_at            timestamptz,
    error_by_id         uuid,
    error_reason        text        constraint vitals_error_reason_length check (char_length(error_reason) between 1 and 500),
    replaced_by_id      uuid        constraint vitals_replaced_by_fkey references vitals (id),
    is_demo             boolean     not null default false,
    constraint vitals_one_link check (appointment_id is null or admission_id is null),
    constraint vitals_pressure_in_order check (systolic_bp > diastolic_bp),
    constraint vitals_pain_has_scale check ((pain is null) = (pain_scale is null)),
    constraint vitals_glucose_once check (glucose_mg_dl is null or glucose_reading is null),
    constraint vitals_flow_with_oxygen check (oxygen_flow_tenths is null or oxygen_flow_tenths = 0 or oxygen_given is not false),
    constraint vitals_total_when_scored check ((news2_state = 'SCORED') = (news2_total is not null)),
    constraint vitals_why_not_scored check ((news2_state = 'NOT_APPLICABLE') = (news2_why is not null)),
    constraint vitals_watched_has_time check (not is_watched or next_due_at is not null),
    constraint vitals_error_whole check (num_nonnulls(error_at, error_by_id, error_reason) in (0, 3)),
    constraint vitals_error_not_watched check (error_at is null or not is_watched),
    constraint vitals_replaced_with_reason check (replaced_by_id is null or error_at is not null)
);
create index vitals_by_patient on vitals (patient_id, recorded_at desc, id desc);
create index vitals_by_appointment on vitals (appointment_id, recorded_at desc, id desc) where appointment_id is not null;
create index vitals_by_admission on vitals (admission_id, recorded_at desc, id desc) where admission_id is not null;
create index vitals_by_due on vitals (next_due_at, id) where is_watched;
create index vitals_by_replacement on vitals (replaced_by_id) where replaced_by_id is not null;

-- The second column of oxygen saturation counts only while somebody who prescribes has ordered a target of 88-92 %.
-- The newest that has not ended holds.
create table oxygen_orders (
    id            uuid        not null constraint oxygen_orders_pkey primary key,
    patient_id    uuid        not null constraint oxygen_orders_patient_fkey references patients (id),
    target_low    smallint    not null constraint oxygen_orders_low check (target_low between 50 and 100),
    target_high   smallint    not null constraint oxygen_orders_high check (target_high between 50 and 100),
    reason        text        not null constraint oxygen_orders_reason_length check (char_length(reason) between 1 and 500),
    ordered_by_id uuid        not null,
    ordered_at    timestamptz not null,
    ended_by_id   uuid,
    ended_at      timestamptz,
    is_demo       boolean     not null default false,
    constraint oxygen_orders_in_order check (target_high > target_low),
    constraint oxygen_orders_ended_whole check ((ended_at is null) = (ended_by_id is null))
);
create index oxygen_orders_by_patient on oxygen_orders (patient_id, ordered_at desc, id desc);

-- How often somebody is looked at, where that is not as the score says. The newest that has not ended holds.
create table observation_plans (
    id               uuid        not null constraint observation_plans_pkey primary key,
    patient_id       uuid        not null constraint observation_plans_patient_fkey references patients (id),
    interval_minutes smallint    not null constraint observation_plans_interval check (interval_minutes between 5 and 1440),
    -- The risk that was accepted: a plan never slows down the answer to a higher one. 0 none … 4 high.
    up_to_risk       smallint    not null constraint observation_plans_risk check (up_to_risk between 0 and 4),
    -- Less often than the score asks for.
    is_lower         boolean     not null,
    reason           text        constraint observation_plans_reason_length check (char_length(reason) between 1 and 500),
    set_by_id        uuid        not null,
    set_at           timestamptz not null,
    ended_by_id      uuid,
    ended_at         timestamptz,
    is_demo          boolean     not null default false,
    constraint observation_plans_lower_has_reason check (not is_lower or reason is not null),
    constraint observation_plans_ended_whole check ((ended_at is null) = (ended_by_id is null))
);
create index observation_plans_by_patient on observation_plans (patient_id, set_at desc, id desc);

-- What this hospital uses instead of a table that HMS comes with, and who of its clinicians signed what.
create table vitals_tables (
    id           uuid        not null constraint vitals_tables_pkey primary key,
    name         text        not null constraint vitals_tables_name check (name in ('plausibility', 'news2', 'response', 'children')),
    version      text        not null constraint vitals_tables_version_length check (char_length(version) between 1 and 50),
    source       text        not null constraint vitals_tables_source_length check (char_length(source) between 1 and 500),
    -- None: the one that HMS comes with.
    body         jsonb       constraint vitals_tables_body_object check (jsonb_typeof(body) = 'object'),
    made_by_id   uuid        not null,
    made_at      timestamptz not null,
    signed_by_id uuid,
    signed_at    timestamptz,
    constraint vitals_tables_version_unique unique (name, version),
    constraint vitals_tables_signed_whole check ((signed_at is null) = (signed_by_id is null)),
    constraint vitals_tables_own_is_signed check (body is not null or signed_at is not null)
);
create index vitals_tables_in_use on vitals_tables (name, signed_at desc) where signed_at is not null;

-- A set that somebody has to answer: by name, once.
create table escalations (
    id                 uuid        not null constraint escalations_pkey primary key,
    vitals_id          uuid        not null constraint escalations_vitals_fkey references vitals (id),
    patient_id         uuid        not null constraint escalations_patient_fkey references patients (id),
    -- Whose patient it is today, as far as an appointment says so.
    doctor_user_id     uuid        constraint escalations_doctor_fkey references staff (user_id),
    department_id      uuid        constraint escalations_department_fkey references departments (id),
    -- Why: the score, one measure that alone is enough, or a child's danger zone.
    reason             text        not null constraint escalations_reason check (reason in ('SCORE', 'SINGLE_RED', 'CHILD')),
    -- What the set asked for, and who is asked by now: 1 the doctor, 2 urgent review, 3 the emergency team.
    first_level        smallint    not null constraint escalations_first_level check (first_level between 1 and 3),
    level              smallint    not null constraint escalations_level check (level between 1 and 3),
    raised_at          timestamptz not null,
    -- How often it was said, and when it is said again if nobody answers.
    rounds             smallint    not null default 1 constraint escalations_rounds check (rounds > 0),
    next_at            timestamptz,
    acknowledged_at    timestamptz,
    acknowledged_by_id uuid,
    action             text        constraint escalations_action_length check (char_length(action) <= 500),
    -- The set was entered in error: nobody has to answer any more.
    closed_at          timestamptz,
    is_demo            boolean     not null default false,
    constraint escalations_once_a_set unique (vitals_id),
    constraint escalations_only_climbs check (level >= first_level),
    constraint escalations_acknowledged_whole check ((acknowledged_at is null) = (acknowledged_by_id is null)),
    constraint escalations_open_has_next check ((acknowledged_at is null and closed_at is null) = (next_at is not null))
);
create index escalations_by_next on escalations (next_at) where next_at is not null;
create index escalations_by_patient on escalations (patient_id, raised_at desc, id desc);
create index escalations_by_doctor on escalations (doctor_user_id, raised_at desc, id desc);
create index escalations_by_department on escalations (department_id) where department_id is not null;
create index escalations_by_time on escalations (raised_at desc, id desc);

-- What happened to each. Only ever added to.
create table escalation_steps (
    id            uuid        not null constraint escalation_steps_pkey primary key,
    escalation_id uuid        not null constraint escalation_steps_escalation_fkey references escalations (id) on delete cascade,
    kind          text        not null constraint escalation_steps_kind check (kind in ('RAISED', 'REPEATED', 'CLIMBED', 'ACKNOWLEDGED', 'CLOSED')),
    level         smallint    not null constraint escalation_steps_level check (level between 1 and 3),
    at            timestamptz not null,
    -- Nobody: HMS itself.
    by_id         uuid
);
create index escalation_steps_by_escalation on escalation_steps (escalation_id, at, id);

-- Facts are never removed, and what happened is never changed.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke delete on vitals, oxygen_orders, observation_plans, vitals_tables, escalations from %I', current_schema());
        execute format('revoke update, delete on escalation_steps from %I', current_schema());
    end if;
end
$$;
