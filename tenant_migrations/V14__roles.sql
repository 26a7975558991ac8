-- Roles and departments that a hospital changes itself, and the system roles that came later.

-- Of two who change one at once, one succeeds.
alter table roles add column version integer not null default 1;
alter table departments add column version integer not null default 1;

-- Hospitals that have their roles already get those that a new one starts with; a schema that waits for its hospital has
-- none yet and gets all of them at the sign-up. No name is taken: until now nobody could make a role.
insert into roles (id, name, system_key, description, is_system)
select gen_random_uuid(), added.key, added.key, added.description, true
  from (values ('CASHIER', 'Writes bills and takes payments'),
               ('LAB_TECHNICIAN', 'Works on laboratory requests and enters results'),
               ('BLOOD_BANK_TECHNICIAN', 'Keeps the blood bank'),
               ('DISPATCHER', 'Takes emergency calls and sends crews'),
               ('AUDITOR', 'Reads who may do what, and who did what')) as added (key, description)
 where exists (select from roles where system_key = 'HOSPITAL_ADMIN');

insert into role_permissions (role_id, permission_code)
select r.id, code
  from (values ('HOSPITAL_ADMIN', 'vitals:view vitals:record audit:view'),
               ('DOCTOR', 'vitals:view vitals:record'),
               ('NURSE', 'vitals:view vitals:record'),
               ('CASHIER', 'dashboard:view patients:view billing:view billing:create'),
               ('LAB_TECHNICIAN', 'dashboard:view patients:view lab:view lab:result'),
               ('BLOOD_BANK_TECHNICIAN', 'dashboard:view patients:view'),
               ('DISPATCHER', 'dashboard:view departments:view'),
               ('AUDITOR', 'dashboard:view users:view departments:view roles:view audit:view')) as added (key, codes)
  join roles r on r.system_key = added.key
 cross join unnest(string_to_array(added.codes, ' ')) as code
on conflict do nothing;
