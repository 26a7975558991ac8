-- People who do not come to the desk in the usual way: children of one birth, and patients whom nobody knows.

alter table patients
    -- How many children this birth had, where it is known: 2 for twins.
    add column birth_count smallint constraint patients_birth_count check (birth_count between 1 and 12),
    add constraint patients_birth_order_within check (birth_order <= birth_count),
    -- One child of each number, whoever registers it first. Children of one mother who are born less than 120 days
    -- apart are of one birth: twins may be weeks apart, and two pregnancies are not that short.
    add constraint patients_birth_order_once exclude using gist (
        mother_id with =,
        birth_order with =,
        tsrange((born_at at time zone 'UTC') - interval '60 days', (born_at at time zone 'UTC') + interval '60 days') with &&
    ) where (mother_id is not null and born_at is not null and merged_into is null);

-- The made-up name is two words, and a number after the second one: the words alone must tell two people apart.
drop index patients_unidentified_name;
create unique index patients_unidentified_name on patients (first_name, split_part(last_name, ' ', 1))
    where is_unidentified and merged_into is null;

-- In an emergency the nurse is often the first one there.
insert into role_permissions (role_id, permission_code)
select r.id, c.code from roles r cross join (values ('patients:create'), ('patients:update')) as c (code)
 where r.system_key = 'NURSE'
    on conflict do nothing;
