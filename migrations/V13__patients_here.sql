-- How many patients are in a hospital at a moment: checked in or with a doctor in the day before it. Whoever suspends the
-- hospital is told first. A number and nothing else leaves its schema; null where it cannot be told.
create function public.patients_here(hospital uuid, at timestamptz) returns bigint
    language plpgsql stable security definer set search_path = ''
as $$
declare
    place text := (select t.schema_name from public.tenants t where t.id = hospital);
    here bigint;
begin
    if place is null then
        return null;
    end if;
    -- An appointment lies within a day of its check-in: the days about it let the index of status and time do the work.
    execute format(
        'select count(distinct a.patient_id) from %1$I.appointments a join %1$I.patients p on p.id = a.patient_id
          where a.status in (''CHECKED_IN'', ''IN_CONSULTATION'') and not p.is_practice
            and a.scheduled_at between $1 - interval ''2 days'' and $1 + interval ''2 days''
            and coalesce(a.checked_in_at, a.consultation_started_at) > $1 - interval ''1 day''', place)
        into here using at;
    return here;
exception
    -- Nor does a migration under way keep anybody from suspending it.
    when undefined_table or undefined_column or invalid_schema_name or lock_not_available then return null;
end
$$;
revoke execute on function public.patients_here(uuid, timestamptz) from public;
