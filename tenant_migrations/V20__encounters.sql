-- Consultations: the encounter, what was written about it, what was found. Signed texts and diagnoses are never changed.

-- One row per meeting of a patient with a doctor. An appointment has one at most.
create table encounters (
    id             uuid        not null constraint encounters_pkey primary key,
    patient_id     uuid        not null constraint encounters_patient_fkey references patients (id),
    appointment_id uuid        constraint encounters_appointment_fkey references appointments (id)
                               constraint encounters_appointment_unique unique,
    -- Of an inpatient.
    admission_id   uuid,
    doctor_user_id uuid        not null constraint encounters_doctor_fkey references staff (user_id),
    department_id  uuid        not null constraint encounters_department_fkey references departments (id),
    -- HL7 v3 ActCode: outpatient, emergency, inpatient, at a distance.
    class          text        not null default 'AMB' constraint encounters_class check (class in ('AMB', 'EMER', 'IMP', 'VR')),
    status         text        not null default 'IN_PROGRESS' constraint encounters_status check (status in ('IN_PROGRESS', 'FINISHED', 'ENTERED_IN_ERROR')),
    started_at     timestamptz not null,
    ended_at       timestamptz,
    -- What was said at the end of it.
    closure_note   text        constraint encounters_closure_note_length check (char_length(closure_note) between 1 and 1000),
    -- Why it was entered in error.
    error_reason   text        constraint encounters_error_reason_length check (char_length(error_reason) between 1 and 500),
    version        integer     not null default 1,
    created_by_id  uuid        not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    is_demo        boolean     not null default false,
    constraint encounters_in_order check (ended_at >= started_at),
    constraint encounters_finished_at_known check (status <> 'FINISHED' or ended_at is not null),
    constraint encounters_open_has_no_end check (status <> 'IN_PROGRESS' or ended_at is null),
    constraint encounters_error_has_reason check ((status = 'ENTERED_IN_ERROR') = (error_reason is not null))
);
create index encounters_by_patient on encounters (patient_id, started_at desc, id desc);
create index encounters_by_doctor on encounters (doctor_user_id, started_at desc, id desc);
create index encounters_by_department on encounters (department_id, started_at desc, id desc);
create index encounters_by_time on encounters (started_at desc, id desc);

-- Texts to begin a note with: the hospital's, and everybody's own.
create table note_templates (
    id             uuid        not null constraint note_templates_pkey primary key,
    name           text        not null constraint note_templates_name_length check (char_length(name) between 1 and 80),
    -- Nobody: the hospital's.
    owner_id       uuid,
    specialisation text        constraint note_templates_specialisation_length check (char_length(specialisation) between 1 and 100),
    subjective     text        not null default '' constraint note_templates_subjective_length check (char_length(subjective) <= 5000),
    objective      text        not null default '' constraint note_templates_objective_length check (char_length(objective) <= 5000),
    assessment     text        not null default '' constraint note_templates_assessment_length check (char_length(assessment) <= 5000),
    plan           text        not null default '' constraint note_templates_plan_length check (char_length(plan) <= 5000),
    is_active      boolean     not null default true,
    version        integer     not null default 1,
    -- Nobody: HMS itself.
    changed_by_id  uuid,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);
create unique index note_templates_name_unique
    on note_templates (coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid), lower(name)) where is_active;
create index note_templates_by_name on note_templates (lower(name), id);

-- A note about an encounter. While it is a draft its texts are here, and for its author alone; once signed they are in
-- `note_versions` and nobody changes them.
create table notes (
    id             uuid        not null constraint notes_pkey primary key,
    encounter_id   uuid        not null constraint notes_encounter_fkey references encounters (id),
    patient_id     uuid        not null constraint notes_patient_fkey references patients (id),
    author_id      uuid        not null constraint notes_author_fkey references staff (user_id),
    kind           text        not null default 'SOAP' constraint notes_kind check (kind in ('SOAP')),
    status         text        not null default 'DRAFT' constraint notes_status check (status in ('DRAFT', 'SIGNED', 'ENTERED_IN_ERROR')),
    -- Counts every save of the draft: what If-Match is compared with.
    version        integer     not null default 1 constraint notes_version_positive check (version > 0),
    subjective     text        not null default '' constraint notes_subjective_length check (char_length(subjective) <= 10000),
    objective      text        not null default '' constraint notes_objective_length check (char_length(objective) <= 10000),
    assessment     text        not null default '' constraint notes_assessment_length check (char_length(assessment) <= 10000),
    plan           text        not null default '' constraint notes_plan_length check (char_length(plan) <= 10000),
    template_id    uuid        constraint notes_template_fkey references note_templates (id),
    -- The signed note of which texts were taken over.
    copied_from_id uuid        constraint notes_copied_from_fkey references notes (id),
    -- The newest version of the signed texts.
    signed_version integer,
    -- When the draft was last kept.
    saved_at       timestamptz not null,
    created_at     timestamptz not null,
    -- Entered in error: why, by whom, when.
    error_reason   text        constraint notes_error_reason_length check (char_length(error_reason) between 1 and 500),
    error_by_id    uuid,
    error_at       timestamptz,
    is_demo        boolean     not null default false,
    constraint notes_signed_has_version check (status <> 'SIGNED' or signed_version is not null),
    constraint notes_draft_has_none check (status <> 'DRAFT' or signed_version is null),
    constraint notes_error_whole check (num_nonnulls(error_reason, error_by_id, error_at) in (0, 3)),
    constraint notes_error_has_reason check ((status = 'ENTERED_IN_ERROR') = (error_reason is not null))
);
-- Whoever writes about an encounter has one note there, on however many devices.
create unique index notes_one_of_author on notes (encounter_id, author_id) where status <> 'ENTERED_IN_ERROR';
create index notes_by_encounter on notes (encounter_id, created_at, id);
create index notes_by_patient on notes (patient_id, created_at desc, id desc);
create index notes_drafts on notes (author_id, saved_at desc) where status = 'DRAFT';
create index notes_by_template on notes (template_id) where template_id is not null;
create index notes_by_copied_from on notes (copied_from_id) where copied_from_id is not null;

-- What was signed. Version 1 is the note, each further one an amendment with its reason. Only ever added to.
create table note_versions (
    note_id        uuid        not null constraint note_versions_note_fkey references notes (id) on delete cascade,
    version        integer     not null constraint note_versions_version_positive check (version > 0),
    subjective     text        not null constraint note_versions_subjective_length check (char_length(subjective) <= 10000),
    objective      text        not null constraint note_versions_objective_length check (char_length(objective) <= 10000),
    assessment     text        not null constraint note_versions_assessment_length check (char_length(assessment) <= 10000),
    plan           text        not null constraint note_versions_plan_length check (char_length(plan) <= 10000),
    signed_by_id   uuid        not null,
    signed_at      timestamptz not null,
    -- Why it was amended.
    reason         text        constraint note_versions_reason_length check (char_length(reason) between 1 and 500),
    copied_from_id uuid,
    constraint note_versions_pkey primary key (note_id, version),
    constraint note_versions_amended_with_reason check ((version = 1) = (reason is null)),
    constraint note_versions_say_something check (char_length(subjective || objective || assessment || plan) > 0)
);

-- What was found, in words, with a code where there is one. A change is another row, the old one says what follows it.
create table diagnoses (
    id             uuid        not null constraint diagnoses_pkey primary key,
    encounter_id   uuid        not null constraint diagnoses_encounter_fkey references encounters (id),
    patient_id     uuid        not null constraint diagnoses_patient_fkey references patients (id),
    text           text        not null constraint diagnoses_text_length check (char_length(text) between 1 and 300),
    icd10_code     text        constraint diagnoses_code_form check (icd10_code ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    -- The edition that the code was taken from.
    icd10_edition  text        constraint diagnoses_edition_length check (char_length(icd10_edition) between 1 and 60),
    certainty      text        not null constraint diagnoses_certainty check (certainty in ('PROVISIONAL', 'CONFIRMED', 'DIFFERENTIAL', 'REFUTED')),
    -- 1 is the main one.
    rank           smallint    not null constraint diagnoses_rank check (rank between 1 and 100),
    status         text        not null default 'ACTIVE' constraint diagnoses_status check (status in ('ACTIVE', 'REVISED', 'ENTERED_IN_ERROR')),
    recorded_by_id uuid        not null,
    recorded_at    timestamptz not null,
    -- No longer the one that holds: why, by whom, when, and what holds instead.
    ended_reason   text        constraint diagnoses_ended_reason_length check (char_length(ended_reason) between 1 and 500),
    ended_by_id    uuid,
    ended_at       timestamptz,
    replaced_by_id uuid        constraint diagnoses_replaced_by_fkey references diagnoses (id),
    is_demo        boolean     not null default false,
    constraint diagnoses_code_has_edition check ((icd10_code is null) = (icd10_edition is null)),
    constraint diagnoses_ended_whole check ((status = 'ACTIVE') = (ended_at is null) and (ended_at is null) = (ended_by_id is null)),
    constraint diagnoses_error_has_reason check (status <> 'ENTERED_IN_ERROR' or ended_reason is not null),
    constraint diagnoses_revised_has_next check (status <> 'REVISED' or replaced_by_id is not null)
);
-- One thing is said once in an encounter.
create unique index diagnoses_once on diagnoses (encounter_id, lower(text)) where status = 'ACTIVE';
create index diagnoses_by_encounter on diagnoses (encounter_id, rank, recorded_at, id);
create index diagnoses_by_patient on diagnoses (patient_id, recorded_at desc, id desc);
create index diagnoses_by_replaced on diagnoses (replaced_by_id) where replaced_by_id is not null;

-- The codes that are offered. A hospital imports the edition that it uses over the small set that is here from the beginning.
create table icd10_codes (
    code        text not null constraint icd10_codes_pkey primary key
                     constraint icd10_codes_form check (code ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    title       text not null constraint icd10_codes_title_length check (char_length(title) between 1 and 300),
    edition     text not null constraint icd10_codes_edition_length check (char_length(edition) between 1 and 60),
    search_text text generated always as (extensions.fold(code || ' ' || title)) stored
);
-- Filled by an import now and then, read at each key: nothing waits in a list of what is still to be indexed.
create index icd10_codes_search on icd10_codes using gin (search_text extensions.gin_trgm_ops) with (fastupdate = off);
create index icd10_codes_by_prefix on icd10_codes (code text_pattern_ops);

-- Common reasons to come, in the wording of ICD-10-CM, which the United States publish for everybody's use.
insert into icd10_codes (code, title, edition) select code, title, 'ICD-10-CM' from (values
    ('A01.00', 'Typhoid fever, unspecified'),
    ('A08.4', 'Viral intestinal infection, unspecified'),
    ('A09', 'Infectious gastroenteritis and colitis, unspecified'),
    ('A15.0', 'Tuberculosis of lung'),
    ('A90', 'Dengue fever [classical dengue]'),
    ('B01.9', 'Varicella without complication'),
    ('B02.9', 'Zoster without complications'),
    ('B15.9', 'Hepatitis A without hepatic coma'),
    ('B35.4', 'Tinea corporis'),
    ('B37.9', 'Candidiasis, unspecified'),
    ('B54', 'Unspecified malaria'),
    ('B82.9', 'Intestinal parasitism, unspecified'),
    ('B86', 'Scabies'),
    ('D50.9', 'Iron deficiency anemia, unspecified'),
    ('D64.9', 'Anemia, unspecified'),
    ('E03.9', 'Hypothyroidism, unspecified'),
    ('E05.90', 'Thyrotoxicosis, unspecified without thyrotoxic crisis or storm'),
    ('E10.9', 'Type 1 diabetes mellitus without complications'),
    ('E11.9', 'Type 2 diabetes mellitus without complications'),
    ('E11.21', 'Type 2 diabetes mellitus with diabetic nephropathy'),
    ('E11.42', 'Type 2 diabetes mellitus with diabetic polyneuropathy'),
    ('E11.65', 'Type 2 diabetes mellitus with hyperglycemia'),
    ('E16.2', 'Hypoglycemia, unspecified'),
    ('E55.9', 'Vitamin D deficiency, unspecified'),
    ('E66.9', 'Obesity, unspecified'),
    ('E78.00', 'Pure hypercholesterolemia, unspecified'),
    ('E78.2', 'Mixed hyperlipidemia'),
    ('E78.5', 'Hyperlipidemia, unspecified'),
    ('E86.0', 'Dehydration'),
    ('E87.6', 'Hypokalemia'),
    ('F10.10', 'Alcohol abuse, uncomplicated'),
    ('F17.210', 'Nicotine dependence, cigarettes, uncomplicated'),
    ('F32.A', 'Depression, unspecified'),
    ('F32.9', 'Major depressive disorder, single episode, unspecified'),
    ('F41.1', 'Generalized anxiety disorder'),
    ('F41.9', 'Anxiety disorder, unspecified'),
    ('F43.21', 'Adjustment disorder with depressed mood'),
    ('F51.01', 'Primary insomnia'),
    ('G40.909', 'Epilepsy, unspecified, not intractable, without status epilepticus'),
    ('G43.909', 'Migraine, unspecified, not intractable, without status migrainosus'),
    ('G44.209', 'Tension-type headache, unspecified, not intractable'),
    ('G47.00', 'Insomnia, unspecified'),
    ('G51.0', 'Bell''s palsy'),
    ('G56.00', 'Carpal tunnel syndrome, unspecified upper limb'),
    ('H10.9', 'Unspecified conjunctivitis'),
    ('H25.9', 'Unspecified age-related cataract'),
    ('H52.4', 'Presbyopia'),
    ('H60.90', 'Unspecified otitis externa, unspecified ear'),
    ('H61.20', 'Impacted cerumen, unspecified ear'),
    ('H66.90', 'Otitis media, unspecified, unspecified ear'),
    ('H81.10', 'Benign paroxysmal vertigo, unspecified ear'),
    ('I10', 'Essential (primary) hypertension'),
    ('I11.9', 'Hypertensive heart disease without heart failure'),
    ('I20.9', 'Angina pectoris, unspecified'),
    ('I21.9', 'Acute myocardial infarction, unspecified'),
    ('I25.10', 'Atherosclerotic heart disease of native coronary artery without angina pectoris'),
    ('I48.91', 'Unspecified atrial fibrillation'),
    ('I49.9', 'Cardiac arrhythmia, unspecified'),
    ('I50.9', 'Heart failure, unspecified'),
    ('I63.9', 'Cerebral infarction, unspecified'),
    ('I83.90', 'Asymptomatic varicose veins of unspecified lower extremity'),
    ('I95.1', 'Orthostatic hypotension'),
    ('J00', 'Acute nasopharyngitis [common cold]'),
    ('J01.90', 'Acute sinusitis, unspecified'),
    ('J02.9', 'Acute pharyngitis, unspecified'),
    ('J03.90', 'Acute tonsillitis, unspecified'),
    ('J06.9', 'Acute upper respiratory infection, unspecified'),
    ('J11.1', 'Influenza due to unidentified influenza virus with other respiratory manifestations'),
    ('J18.9', 'Pneumonia, unspecified organism'),
    ('J20.9', 'Acute bronchitis, unspecified'),
    ('J30.9', 'Allergic rhinitis, unspecified'),
    ('J32.9', 'Chronic sinusitis, unspecified'),
    ('J44.1', 'Chronic obstructive pulmonary disease with (acute) exacerbation'),
    ('J44.9', 'Chronic obstructive pulmonary disease, unspecified'),
    ('J45.901', 'Unspecified asthma with (acute) exacerbation'),
    ('J45.909', 'Unspecified asthma, uncomplicated'),
    ('K02.9', 'Dental caries, unspecified'),
    ('K12.0', 'Recurrent oral aphthae'),
    ('K21.9', 'Gastro-esophageal reflux disease without esophagitis'),
    ('K25.9', 'Gastric ulcer, unspecified as acute or chronic, without hemorrhage or perforation'),
    ('K29.70', 'Gastritis, unspecified, without bleeding'),
    ('K30', 'Functional dyspepsia'),
    ('K35.80', 'Unspecified acute appendicitis'),
    ('K40.90', 'Unilateral inguinal hernia, without obstruction or gangrene, not specified as recurrent'),
    ('K52.9', 'Noninfective gastroenteritis and colitis, unspecified'),
    ('K58.9', 'Irritable bowel syndrome, unspecified'),
    ('K59.00', 'Constipation, unspecified'),
    ('K64.9', 'Unspecified hemorrhoids'),
    ('K76.0', 'Fatty (change of) liver, not elsewhere classified'),
    ('K80.20', 'Calculus of gallbladder without cholecystitis without obstruction'),
    ('L02.91', 'Cutaneous abscess, unspecified'),
    ('L03.90', 'Cellulitis, unspecified'),
    ('L20.9', 'Atopic dermatitis, unspecified'),
    ('L23.9', 'Allergic contact dermatitis, unspecified cause'),
    ('L30.9', 'Dermatitis, unspecified'),
    ('L40.0', 'Psoriasis vulgaris'),
    ('L50.9', 'Urticaria, unspecified'),
    ('L70.0', 'Acne vulgaris'),
    ('M06.9', 'Rheumatoid arthritis, unspecified'),
    ('M10.9', 'Gout, unspecified'),
    ('M17.9', 'Osteoarthritis of knee, unspecified'),
    ('M19.90', 'Unspecified osteoarthritis, unspecified site'),
    ('M25.50', 'Pain in unspecified joint'),
    ('M25.561', 'Pain in right knee'),
    ('M25.562', 'Pain in left knee'),
    ('M54.2', 'Cervicalgia'),
    ('M54.50', 'Low back pain, unspecified'),
    ('M62.830', 'Muscle spasm of back'),
    ('M75.00', 'Adhesive capsulitis of unspecified shoulder'),
    ('M79.10', 'Myalgia, unspecified site'),
    ('M79.7', 'Fibromyalgia'),
    ('M81.0', 'Age-related osteoporosis without current pathological fracture'),
    ('N18.30', 'Chronic kidney disease, stage 3 unspecified'),
    ('N18.9', 'Chronic kidney disease, unspecified'),
    ('N20.0', 'Calculus of kidney'),
    ('N30.00', 'Acute cystitis without hematuria'),
    ('N39.0', 'Urinary tract infection, site not specified'),
    ('N40.1', 'Benign prostatic hyperplasia with lower urinary tract symptoms'),
    ('N76.0', 'Acute vaginitis'),
    ('N91.2', 'Amenorrhea, unspecified'),
    ('N92.0', 'Excessive and frequent menstruation with regular cycle'),
    ('N94.6', 'Dysmenorrhea, unspecified'),
    ('N95.1', 'Menopausal and female climacteric states'),
    ('O10.011', 'Pre-existing essential hypertension complicating pregnancy, first trimester'),
    ('O10.012', 'Pre-existing essential hypertension complicating pregnancy, second trimester'),
    ('O10.013', 'Pre-existing essential hypertension complicating pregnancy, third trimester'),
    ('O21.0', 'Mild hyperemesis gravidarum'),
    ('O99.012', 'Anemia complicating pregnancy, second trimester'),
    ('R05.9', 'Cough, unspecified'),
    ('R06.02', 'Shortness of breath'),
    ('R07.9', 'Chest pain, unspecified'),
    ('R10.9', 'Unspecified abdominal pain'),
    ('R11.2', 'Nausea with vomiting, unspecified'),
    ('R21', 'Rash and other nonspecific skin eruption'),
    ('R42', 'Dizziness and giddiness'),
    ('R50.9', 'Fever, unspecified'),
    ('R51.9', 'Headache, unspecified'),
    ('R53.83', 'Other fatigue'),
    ('R55', 'Syncope and collapse'),
    ('R60.9', 'Edema, unspecified'),
    ('R63.4', 'Abnormal weight loss'),
    ('R73.03', 'Prediabetes'),
    ('S61.409A', 'Unspecified open wound of unspecified hand, initial encounter'),
    ('S93.409A', 'Sprain of unspecified ligament of unspecified ankle, initial encounter'),
    ('T14.90XA', 'Injury, unspecified, initial encounter'),
    ('T78.40XA', 'Allergy, unspecified, initial encounter'),
    ('U07.1', 'COVID-19'),
    ('Z00.00', 'Encounter for general adult medical examination without abnormal findings'),
    ('Z00.129', 'Encounter for routine child health examination without abnormal findings'),
    ('Z01.818', 'Encounter for other preprocedural examination'),
    ('Z09', 'Encounter for follow-up examination after completed treatment for conditions other than malignant neoplasm'),
    ('Z23', 'Encounter for immunization'),
    ('Z30.9', 'Encounter for contraceptive management, unspecified'),
    ('Z34.90', 'Encounter for supervision of normal pregnancy, unspecified, unspecified trimester'),
    ('Z48.00', 'Encounter for change or removal of nonsurgical wound dressing'),
    ('Z71.3', 'Dietary counseling and surveillance'),
    ('Z76.0', 'Encounter for issue of repeat prescription')
) as starter (code, title);

insert into note_templates (id, name, subjective, objective, assessment, plan, created_at, updated_at)
select gen_random_uuid(), name, subjective, objective, assessment, plan, now(), now() from (values
    ('First visit',
     E'Complaint: \nSince: \nBefore: \nMedicines: ', E'General: \nHeart and lungs: \nAbdomen: ', E'Impression: ', E'Tests: \nTreatment: \nCome back at once if: '),
    ('Follow-up',
     E'Since the last visit: \nMedicines taken: ', E'Changes found: ', E'Course: ', E'Continue: \nChange: \nSee again: '),
    ('Hypertension follow-up',
     E'Headache, chest pain, visual change: \nHome readings: \nMedicines taken: ', E'Blood pressure, repeated after rest: \nOedema: \nHeart and lungs: ',
     E'Blood pressure at goal: ', E'Medicines: \nSalt, weight, activity: \nTests: \nSee again: '),
    ('Diabetes follow-up',
     E'Home glucose: \nHypoglycaemia: \nMedicines taken: ', E'Weight: \nFeet: \nBlood pressure: ', E'Control: \nComplications: ',
     E'Medicines: \nHbA1c, urine albumin, eyes: \nSee again: '),
    ('Fever',
     E'Since, highest: \nCough, throat, ears, urine, stool, rash: \nTravel, contacts: ', E'General, hydration: \nThroat, ears, chest, abdomen, skin: ',
     E'Likely focus: ', E'Tests: \nTreatment: \nCome back at once if: ')
) as starter (name, subjective, objective, assessment, plan);

-- Hospitals that have their roles already.
insert into role_permissions (role_id, permission_code)
select id, code from roles cross join (values ('encounters:view'), ('encounters:record')) as c (code)
 where system_key in ('HOSPITAL_ADMIN', 'DOCTOR') or system_key = 'NURSE' and code = 'encounters:view'
on conflict do nothing;

-- Signed texts are added to, never changed; what happened to a patient is never deleted.
do $$
begin
    if exists (select from pg_roles where rolname = current_schema()) then
        execute format('revoke update, delete on note_versions from %I', current_schema());
        execute format('revoke delete on encounters, notes, diagnoses from %I', current_schema());
    end if;
end
$$;
