-- Whose work people do by a role: what holds for doctors and nurses (who is booked, whose patients they are shown first) holds
-- by a role that a hospital made from theirs as well. Rights are not meant by it: they come from the codes alone.
alter table roles
    add column works_as text constraint roles_works_as check (works_as in ('DOCTOR', 'NURSE'));
-- A hospital that the version before makes meanwhile leaves it out: who asks takes `system_key` in its place.
update roles set works_as = system_key where system_key in ('DOCTOR', 'NURSE');
