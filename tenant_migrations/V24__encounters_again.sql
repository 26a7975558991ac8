-- An appointment whose consultation was entered in error (begun for the wrong patient) may have another one. Still a
-- constraint of this name, which the version before names when it begins one: it may go on running meanwhile.
alter table encounters drop constraint encounters_appointment_unique;
alter table encounters add constraint encounters_appointment_unique
    exclude using btree (appointment_id with =) where (status <> 'ENTERED_IN_ERROR');
-- Whoever removes an appointment looks for all of its encounters.
create index encounters_by_appointment on encounters (appointment_id) where appointment_id is not null;
