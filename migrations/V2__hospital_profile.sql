-- What a hospital says about itself beyond its sign-up.
alter table public.tenants
    -- ISO 3166: how phone numbers without a country code are read.
    add column country text constraint tenants_country_form check (country ~ '^[A-Z]{2}$'),
    -- contact_phone holds the digits; here the number as it was typed (if that differs), and for machines (E.164).
    add column contact_phone_typed  text        constraint tenants_phone_typed_length check (char_length(contact_phone_typed) <= 40),
    add column contact_phone_e164   text        constraint tenants_phone_e164_form check (contact_phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
    -- BCP 47: how its numbers are written.
    add column locale               text        not null default 'en-GB' constraint tenants_locale_form check (locale ~ '^[a-z]{2}-[A-Z]{2}$'),
    -- Twice twelve hours, or twenty-four.
    add column clock_hours          smallint    not null default 24 constraint tenants_clock_hours check (clock_hours in (12, 24)),
    -- ISO 8601: 1 is Monday.
    add column week_starts_on       smallint    not null default 1 constraint tenants_week_starts_on check (week_starts_on between 1 and 7),
    -- When somebody of the hospital first looked at all this and saved it: what a sign-up proposes is nobody's word.
    add column profile_confirmed_at timestamptz,
    -- The hospital's own latest change (updated_at moves with the platform's too).
    add column changed_by_id        uuid,
    add column changed_at           timestamptz,
    add constraint tenants_changed_whole check ((changed_at is null) = (changed_by_id is null));
