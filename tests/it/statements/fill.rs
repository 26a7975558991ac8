//! Tables as full as those of a large hospital, and of a platform with many.

use crate::harness::{Hospital, TestApp};

const PATIENTS: usize = 100_000;
const TENANTS: usize = 5_000;

pub(super) async fn fill(app: &TestApp, clinic: &Hospital<'_>) {
    // The rows are made as superuser without looking at foreign keys: only their number counts.
    let platform = format!(
        "set session_replication_role = replica;
         insert into public.tenant_schemas (name, state, version, tenant_id)
         select 't_' || substr(md5(n::text), 1, 16), 'claimed', 1, md5('t' || n)::uuid from generate_series(1, {TENANTS}) n;
         insert into public.tenants (id, name, license_number, schema_name, contact_email, status, time_zone, currency, created_at)
         select md5('t' || n)::uuid, 'Clinic ' || md5(n::text), 'LIC-' || n, 't_' || substr(md5(n::text), 1, 16),
                'office' || n || '@example.org', case when n % 50 = 0 then 'SUSPENDED' else 'ACTIVE' end, 'UTC', 'USD',
                now() - n * interval '1 hour'
           from generate_series(1, {TENANTS}) n;
         insert into public.tenant_usage (schema_name, patients)
         select 't_' || substr(md5(n::text), 1, 16), n from generate_series(1, {TENANTS}) n;
         insert into public.tenant_activity (tenant_id, last_active_at)
         select md5('t' || n)::uuid, now() - n * interval '1 minute' from generate_series(1, {TENANTS}) n;
         insert into public.users (id, tenant_id, email, display_name)
         select md5('u' || n)::uuid, md5('t' || (n % {TENANTS} + 1))::uuid, 'u' || n || '@example.org', 'U ' || n
           from generate_series(1, 20000) n;
         insert into public.sessions (id, user_id, kind, expires_at)
         select md5('s' || n)::uuid, md5('u' || n)::uuid, 'api', now() + n * interval '1 minute' from generate_series(1, 20000) n;
         insert into public.refresh_tokens (token_hash, session_id, expires_at)
         select decode(md5(n::text), 'hex'), md5('s' || n)::uuid, now() + n * interval '1 minute' from generate_series(1, 20000) n;
         insert into public.audit_events (id, at, actor_id, action, kind, entity, entity_id)
         select md5('a' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 5000)::uuid, 'GET /way/' || n % 50,
                (array['listed', 'viewed', 'signed_in'])[1 + n % 3], (array['hospital', 'user', 'session'])[1 + n % 3],
                md5('t' || n)::uuid
           from generate_series(1, 50000) n;
         insert into public.denied_attempts (id, at, actor_id, tenant_id, method, route, status)
         select md5('d' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 5000)::uuid,
                case when n % 100 > 0 then md5('t' || n % 1000)::uuid end, 'GET', '/way/' || n % 50, 403
           from generate_series(1, 50000) n;
         insert into public.failed_sign_ins (id, at, user_id, reason)
         select md5('f' || n)::uuid, now() - n * interval '1 minute',
                case when n % 5 > 0 then md5('u' || n % 20000 + 1)::uuid end, 'wrong password'
           from generate_series(1, 50000) n;
         analyze"
    );
    app.sql(&platform).await;
    let patients = format!(
        "set session_replication_role = replica;
         insert into patients (id, patient_code, first_name, last_name, gender, dob_unknown, phone_primary, city,
                               last_visited_at, created_by_id, updated_by_id, created_at)
         select md5('p' || n)::uuid, 'P-' || lpad(n::text, 6, '0'), 'Asha' || substr(md5(n::text), 1, 6),
                'Rao' || substr(md5('l' || n), 1, 6), case when n % 2 = 0 then 'FEMALE' else 'MALE' end, true,
                '98' || lpad((n * 7919 % 100000000)::text, 8, '0'), 'Pune',
                case when n % 3 = 0 then now() - n * interval '5 minutes' end, md5('u1')::uuid, md5('u1')::uuid,
                now() - n * interval '5 minutes'
           from generate_series(1, {PATIENTS}) n;
         insert into audit_events (id, at, actor_id, action, kind, entity, entity_id, detail, request_id)
         select md5('a' || n)::uuid, now() - n * interval '1 minute', md5('u' || n % 500)::uuid, 'GET /way/' || n % 50,
                (array['listed', 'viewed', 'updated'])[1 + n % 3], (array['patient', 'patient', 'allergy'])[1 + n % 3],
                case when n % 3 > 0 then md5('p' || n % 20000)::uuid end,
                case when n % 3 = 2 then jsonb_build_object('patient_id', md5('p' || n % 20000)::uuid) end, md5('r' || n)
           from generate_series(1, {PATIENTS}) n;
         insert into patient_changes (id, patient_id, action, changed_by_id, changed_at)
         select md5('c' || n)::uuid, md5('p' || n)::uuid, 'CREATE', md5('u1')::uuid, now() - n * interval '5 minutes'
           from generate_series(1, {PATIENTS}) n;
         insert into consents (id, patient_id, kind, given, source, asked_at, recorded_by_id, recorded_at)
         select md5('k' || n)::uuid, md5('p' || n)::uuid, 'SMS', true, 'DESK', now(), md5('u1')::uuid, now()
           from generate_series(1, 20000) n;
         update patients set confidentiality = 'V' where id in (select md5('p' || n)::uuid from generate_series(1, 300) n);
         insert into care_relations (id, patient_id, user_id, kind, since, added_by_id, added_at)
         select md5('w' || n)::uuid, md5('p' || n)::uuid, md5('d' || n % 200)::uuid, 'TEAM', now(), md5('u1')::uuid, now()
           from generate_series(1, 20000) n;
         insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
         select md5('e' || n)::uuid, md5('p' || n)::uuid, case when n % 3 = 0 then 'CONDITION' else 'ALLERGY' end, 1,
                'Line ' || n, true, false, now()
           from generate_series(1, {PATIENTS}) n;
         insert into chart_versions (entry_id, version, list, text, verification, clinical_status, source, told_at,
                                     recorded_by_id, recorded_at)
         select id, 1, list, line, case list when 'ALLERGY' then 'CONFIRMED' end, case list when 'CONDITION' then 'ACTIVE' end,
                'PATIENT', now(), md5('u1')::uuid, now() from chart_entries;
         insert into chart_reviews (id, patient_id, list, answer, asked_at, recorded_by_id, recorded_at)
         select md5('r' || n)::uuid, md5('p' || n)::uuid, 'ALLERGY', 'REVIEWED', now(), md5('u1')::uuid, now()
           from generate_series(1, {PATIENTS}) n;
         insert into appointments (id, patient_id, department_id, doctor_user_id, scheduled_at, ends_at, holds_slot, status,
                                   completed_at, no_show_at, cancelled_at, cancelled_reason, created_by_id, created_at, updated_at)
         select md5('b' || n)::uuid, md5('p' || n % {PATIENTS})::uuid, md5('g' || n % 10)::uuid, md5('d' || n % 50)::uuid, at,
                at + interval '15 minutes', n > 160000 and n % 20 > 1, status, case status when 'COMPLETED' then at end,
                case status when 'NO_SHOW' then at end, case status when 'CANCELLED' then at end,
                case status when 'CANCELLED' then 'OTHER' end, md5('u1')::uuid, now(), now()
           from (select n, now() + (n - 180000) * interval '1 minute' as at,
                        case n % 20 when 0 then 'NO_SHOW' when 1 then 'CANCELLED'
                             else case when n < 180000 then 'COMPLETED' else 'SCHEDULED' end end as status
                   from generate_series(1, 200000) n) as booked;
         insert into appointment_events (id, appointment_id, kind, to_status, happened_at, recorded_at)
         select md5('v' || n)::uuid, md5('b' || n)::uuid, 'BOOKED', 'SCHEDULED', now(), now() from generate_series(1, {PATIENTS}) n;
         insert into encounters (id, patient_id, appointment_id, doctor_user_id, department_id, status, started_at, ended_at,
                                 created_by_id, created_at, updated_at)
         select md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, md5('b' || n)::uuid, md5('d' || n % 50)::uuid,
                md5('g' || n % 10)::uuid, 'FINISHED', now() - n * interval '1 minute', now(), md5('u1')::uuid, now(), now()
           from generate_series(1, {PATIENTS}) n;
         insert into notes (id, encounter_id, patient_id, author_id, status, signed_version, saved_at, created_at)
         select md5('n' || n)::uuid, md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, md5('d' || n % 50)::uuid,
                case when n % 500 = 0 then 'DRAFT' else 'SIGNED' end, case when n % 500 > 0 then 1 end, now(), now()
           from generate_series(1, {PATIENTS}) n;
         insert into note_versions (note_id, version, subjective, objective, assessment, plan, signed_by_id, signed_at)
         select id, 1, 'Headache', '', '', '', author_id, now() from notes where status = 'SIGNED';
         insert into diagnoses (id, encounter_id, patient_id, text, certainty, rank, recorded_by_id, recorded_at)
         select md5('y' || n)::uuid, md5('x' || n)::uuid, md5('p' || n % 20000)::uuid, 'Migraine', 'CONFIRMED', 1,
                md5('d' || n % 50)::uuid, now()
           from generate_series(1, {PATIENTS}) n;
         insert into icd10_codes (code, title, edition)
         select chr(65 + n % 20) || lpad((n / 20 % 100)::text, 2, '0') || '.' || lpad((n / 2000)::text, 3, '0'),
                'Thing ' || md5(n::text), 'Own'
           from generate_series(0, 39999) n on conflict do nothing;
         insert into vitals (id, patient_id, appointment_id, recorded_by_id, recorded_at, entered_at, systolic_bp, weight_grams,
                             height_mm, next_due_at, is_watched)
         select md5('z' || n)::uuid, md5('p' || n % 20000)::uuid, md5('b' || n)::uuid, md5('u1')::uuid,
                now() - n * interval '1 minute', now(), 120, 60000, 1700, now() - n * interval '1 minute', n % 5 = 0
           from generate_series(1, {PATIENTS}) n;
         insert into escalations (id, vitals_id, patient_id, doctor_user_id, reason, first_level, level, raised_at, next_at,
                                  acknowledged_at, acknowledged_by_id)
         select md5('q' || n)::uuid, md5('z' || n)::uuid, md5('p' || n % 20000)::uuid, md5('d' || n % 50)::uuid, 'SCORE', 2, 2,
                now() - n * interval '5 minutes', case when n <= 50 then now() end, case when n > 50 then now() end,
                case when n > 50 then md5('u1')::uuid end
           from generate_series(1, 20000) n;
         insert into oxygen_orders (id, patient_id, target_low, target_high, reason, ordered_by_id, ordered_at)
         select md5('o' || n)::uuid, md5('p' || n)::uuid, 88, 92, 'COPD', md5('u1')::uuid, now() from generate_series(1, 20000) n;
         insert into observation_plans (id, patient_id, interval_minutes, up_to_risk, is_lower, set_by_id, set_at)
         select md5('h' || n)::uuid, md5('p' || n)::uuid, 30, 1, false, md5('u1')::uuid, now() from generate_series(1, 20000) n;
         analyze vitals; analyze escalations; analyze oxygen_orders; analyze observation_plans;
         analyze encounters; analyze notes; analyze note_versions; analyze diagnoses; analyze icd10_codes;
         analyze appointments; analyze appointment_events;
         analyze patients; analyze audit_events; analyze patient_changes; analyze consents; analyze care_relations; analyze chart_entries;
         analyze chart_versions; analyze chart_reviews"
    );
    clinic.sql(&patients).await;
}
