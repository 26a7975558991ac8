-- How many appointments a hospital has, told in the transaction that books one, as with patients: the console must not
-- look into a hospital's schema. A hospital can speak only of itself.
alter table public.tenant_usage add column appointments bigint not null default 0;

create function public.note_appointments(schema text, more bigint) returns void
    language plpgsql security definer set search_path = ''
as $$
declare
    asking text := coalesce(nullif(current_setting('role', true), 'none'), schema);
begin
    if asking <> schema or schema !~ '^t_[a-z0-9]{16}$' then
        raise exception 'a hospital notes only its own use' using errcode = '42501';
    end if;
    insert into public.tenant_usage as u (schema_name, appointments) values (schema, greatest(more, 0))
        on conflict (schema_name) do update set appointments = greatest(u.appointments + more, 0);
end
$$;
revoke execute on function public.note_appointments(text, bigint) from public;
