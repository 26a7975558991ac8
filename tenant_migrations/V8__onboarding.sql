-- What a hospital sets up at its beginning: when it is open, how far it has come, and somebody to practise with.

-- A span belongs to the day on which it opens, in minutes of that day on the hospital's clock; over midnight it closes
-- after 1440. No rows on a weekday: closed. No rows at all: not told yet.
create table opening_hours (
    weekday       smallint not null constraint opening_hours_weekday check (weekday between 1 and 7),
    opens_minute  smallint not null constraint opening_hours_opens check (opens_minute between 0 and 1439),
    closes_minute smallint not null constraint opening_hours_closes check (closes_minute > opens_minute and closes_minute <= opens_minute + 1440),
    constraint opening_hours_pkey primary key (weekday, opens_minute),
    constraint opening_hours_apart exclude using gist (int4range(weekday * 1440 + opens_minute, weekday * 1440 + closes_minute) with &&)
);

-- Days on which no span opens.
create table holidays (
    day  date not null constraint holidays_pkey primary key,
    name text not null constraint holidays_name_length check (char_length(name) between 1 and 100)
);

-- Lines of the getting-started checklist that are put off.
create table checklist_later (
    line           text        not null constraint checklist_later_pkey primary key constraint checklist_later_line_length check (char_length(line) between 1 and 50),
    put_off_by_id  uuid        not null,
    put_off_at     timestamptz not null
);

-- One practice patient at a time, whoever races (and children who were born for practice); starting over retires them.
-- Their codes are not taken from the patients' row of numbers, and tell what they are wherever a code is printed.
insert into counters (name) values ('practice_code');
alter table patients
    add column practice_retired_at timestamptz,
    add constraint patients_retired_is_practice check (practice_retired_at is null or is_practice);
create unique index patients_practice_once on patients (is_practice) where is_practice and practice_retired_at is null and mother_id is null;
