-- Visits tie patients to doctors and departments: asked for every list of somebody whose list is narrowed, for lists by
-- department or doctor, and for the number of a department's patients. They are read where they are, so nothing is copied
-- and nothing that happens to an appointment has to be told to anybody; the version before goes on with what it has.
-- In the order in which people's acts lock these tables.
-- Records that are in no count.
create index patients_uncounted on patients (id) where merged_into is not null or is_practice or confidentiality = 'V';
-- Appointments that are not off.
create index appointments_of_doctor on appointments (doctor_user_id) include (patient_id) where status not in ('CANCELLED', 'NO_SHOW');
create index appointments_of_department on appointments (department_id) include (patient_id) where status not in ('CANCELLED', 'NO_SHOW');
-- Consultations that stand without an appointment: of none, or begun and not ended. All others have one that says it all.
create index encounters_alone_of_doctor on encounters (doctor_user_id, patient_id) where appointment_id is null or status = 'IN_PROGRESS';
create index encounters_alone_of_department on encounters (department_id, patient_id) where appointment_id is null or status = 'IN_PROGRESS';
-- What somebody wrote or found ties them to the patient when the visit is no longer theirs.
create index notes_of_author on notes (author_id) include (patient_id, encounter_id, created_at) where status <> 'ENTERED_IN_ERROR';
create index diagnoses_of_recorder on diagnoses (recorded_by_id) include (patient_id, recorded_at) where status = 'ACTIVE';
