-- Allergies and conditions as lists, with who said what and when. The two texts of a patient are views of them.

-- One row per entry, whatever happened to it; what it says is in its newest version.
create table chart_entries (
    id         uuid        not null constraint chart_entries_pkey primary key,
    patient_id uuid        not null constraint chart_entries_patient_fkey references patients (id),
    list       text        not null constraint chart_entries_list check (list in ('ALLERGY', 'CONDITION')),
    version    integer     not null,
    -- The newest version as one line of the text.
    line       text        not null constraint chart_entries_line_length check (char_length(line) between 1 and 1000),
    -- In the text: not entered in error, not refuted, not over.
    is_active  boolean     not null,
    -- First in the text: high criticality or severe.
    is_urgent  boolean     not null,
    created_at timestamptz not null
);
create index chart_entries_by_patient on chart_entries (patient_id, list, is_urgent desc, created_at, id);

-- What an entry says and said. Only ever added to (see below): a change is one more version.
create table chart_versions (
    entry_id        uuid        not null constraint chart_versions_entry_fkey references chart_entries (id),
    version         integer     not null,
    list            text        not null constraint chart_versions_list check (list in ('ALLERGY', 'CONDITION')),
    -- Substance or condition. Longer than 200 only if it came as a line of a text.
    text            text        not null constraint chart_versions_text_length check (char_length(text) between 1 and 1000),
    code            text        constraint chart_versions_code_length check (char_length(code) <= 64),
    code_system     text        constraint chart_versions_code_system_length check (char_length(code_system) <= 200),
    category        text        constraint chart_versions_category check (category in ('FOOD', 'MEDICATION', 'ENVIRONMENT', 'BIOLOGIC')),
    kind            text        constraint chart_versions_kind check (kind in ('ALLERGY', 'INTOLERANCE')),
    criticality     text        constraint chart_versions_criticality check (criticality in ('LOW', 'HIGH', 'UNABLE_TO_ASSESS')),
    reaction        text        constraint chart_versions_reaction_length check (char_length(reaction) <= 200),
    severity        text        constraint chart_versions_severity check (severity in ('MILD', 'MODERATE', 'SEVERE')),
    verification    text        constraint chart_versions_verification check (verification in ('UNCONFIRMED', 'CONFIRMED', 'REFUTED')),
    clinical_status text        constraint chart_versions_clinical_status check (clinical_status in ('ACTIVE', 'INACTIVE', 'RESOLVED')),
    -- First day of the month or year where only that is known.
    onset_on        date,
    onset_precision text        constraint chart_versions_onset_precision check (onset_precision in ('DAY', 'MONTH', 'YEAR')),
    note            text        constraint chart_versions_note_length check (char_length(note) <= 1000),
    source          text        not null constraint chart_versions_source check (source in ('PATIENT', 'FAMILY', 'RECORD', 'CLINICIAN')),
    -- When it was said or found, which may be before it was written down.
    told_at         timestamptz not null,
    recorded_by_id  uuid        not null,
    recorded_at     timestamptz not null,
    -- Entered in error: why, and what is right instead.
    error_reason    text        constraint chart_versions_error_reason_length check (char_length(error_reason) between 1 and 500),
    replaced_by_id  uuid        constraint chart_versions_replaced_by_fkey references chart_entries (id),
    constraint chart_versions_pkey primary key (entry_id, version),
    constraint chart_versions_code_has_system check ((code is null) = (code_system is null)),
    constraint chart_versions_onset_has_precision check ((onset_on is null) = (onset_precision is null)),
    constraint chart_versions_replaced_with_reason check (replaced_by_id is null or error_reason is not null),
    constraint chart_versions_allergy_whole check ((list = 'ALLERGY') = (verification is not null)),
    constraint chart_versions_condition_whole check ((list = 'CONDITION') = (clinical_status is not null)),
    constraint chart_versions_condition_plain check (list = 'ALLERGY' or num_nonnulls(category, kind, criticality, reaction, severity) = 0)
);

-- What was answered when somebody asked. The newest holds; "none known" only while nothing is active.
create table chart_reviews (
    id             uuid        not null constraint chart_reviews_pkey primary key,
    patient_id     uuid        not null constraint chart_reviews_patient_fkey references patients (id),
    list           text        not null constraint chart_reviews_list check (list in ('ALLERGY', 'CONDITION')),
    answer         text        not null constraint chart_reviews_answer check (answer in ('NONE_KNOWN', 'REVIEWED', 'NOT_ASKED')),
    asked_at       timestamptz not null,
    recorded_by_id uuid        not null,
    recorded_at    timestamptz not null
);
create index chart_reviews_by_patient on chart_reviews (patient_id, list, recorded_at desc, id desc);

-- The texts that are there become lists, a line an entry, and then their views. "None" beside other lines says nothing.
with written as (
    select id, 'ALLERGY' as list, known_allergies as text, updated_by_id, updated_at from patients
     where known_allergies is not null
    union all
    select id, 'CONDITION', chronic_conditions, updated_by_id, updated_at from patients
     where chronic_conditions is not null
), split as (
    select w.id as patient_id, w.list, w.updated_by_id, w.updated_at, l.n,
           btrim(regexp_replace(l.line, '\s+', ' ', 'g')) as line
      from written w cross join lateral regexp_split_to_table(w.text, '\n') with ordinality as l (line, n)
), judged as (
    select distinct on (patient_id, list, lower(line)) patient_id, list, updated_by_id, updated_at, n, line,
           rtrim(lower(line), '.') in ('none', 'none known') as is_bare_none,
           rtrim(lower(line), '.') in ('none', 'none known')
               or list = 'ALLERGY' and rtrim(lower(line), '.') in ('no known allergies', 'nka', 'nkda')
               or list = 'CONDITION' and rtrim(lower(line), '.') = 'no known conditions' as says_none
      from split where line <> ''
     order by patient_id, list, lower(line), n
), lines as materialized (
    select gen_random_uuid() as id, patient_id, list, updated_by_id, updated_at, n, line, says_none, is_bare_none,
           bool_and(says_none) over (partition by patient_id, list) as none_known
      from judged
), entries as materialized (
    -- A microsecond apart, so that they stay in the order of the text.
    select id, patient_id, list, line, n, updated_by_id, updated_at, updated_at + n * interval '1 microsecond' as created_at
      from lines where not none_known and not is_bare_none
), heads as (
    insert into chart_entries (id, patient_id, list, version, line, is_active, is_urgent, created_at)
    select id, patient_id, list, 1, line, true, false, created_at from entries
), versions as (
    insert into chart_versions (entry_id, version, list, text, verification, clinical_status, source, told_at,
                                recorded_by_id, recorded_at)
    select id, 1, list, line, case list when 'ALLERGY' then 'UNCONFIRMED' end, case list when 'CONDITION' then 'ACTIVE' end,
           'RECORD', updated_at, updated_by_id, updated_at
      from entries
), reviews as (
    insert into chart_reviews (id, patient_id, list, answer, asked_at, recorded_by_id, recorded_at)
    select gen_random_uuid(), patient_id, list, case when none_known then 'NONE_KNOWN' else 'REVIEWED' end, updated_at,
           updated_by_id, updated_at
      from (select distinct patient_id, list, none_known, updated_by_id, updated_at from lines) as answers
), views as (
    select w.id,
           (select string_agg(e.line, E'\n' order by e.n) from entries e where e.patient_id = w.id and e.list = 'ALLERGY') as allergies,
           (select string_agg(e.line, E'\n' order by e.n) from entries e where e.patient_id = w.id and e.list = 'CONDITION') as conditions,
           exists (select from lines l where l.patient_id = w.id and l.list = 'ALLERGY' and l.none_known) as no_allergies,
           exists (select from lines l where l.patient_id = w.id and l.list = 'CONDITION' and l.none_known) as no_conditions
      from (select distinct id from written) as w
)
update patients p
   set known_allergies = coalesce(v.allergies, case when v.no_allergies then 'None known' end),
       chronic_conditions = coalesce(v.conditions, case when v.no_conditions then 'None known' end)
  from views v where p.id = v.id;

-- Nurses ask about allergies.
insert into role_permissions (role_id, permission_code)
select id, 'patients:update' from roles where system_key = 'NURSE'
on conflict do nothing;

do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on chart_versions from %I', current_schema());
        execute format('revoke delete on chart_entries, chart_reviews from %I', current_schema());
    end if;
end
$$;
