-- What a hospital says about itself beyond its sign-up.
alter table public.tenants
    -- ISO 3166: how phone numbers without a country code are read.
    add column country text constraint tenants_country_form check (country ~ '^[A-Z]{2}$');
