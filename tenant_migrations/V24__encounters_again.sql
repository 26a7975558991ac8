-- An appointment whose consultation was entered in error (begun for the wrong patient) may have another one.
alter table encounters drop constraint encounters_appointment_unique;
create unique index encounters_appointment_unique on encounters (appointment_id) where status <> 'ENTERED_IN_ERROR';
