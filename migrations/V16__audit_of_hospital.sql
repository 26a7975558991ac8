-- What the platform's audit holds about one hospital, for that hospital's own trail: what its people did about signing in,
-- and what was done with the hospital. It finds them by who did it and by what it was done to (V1, V8); a request only by
-- this index.
create index audit_events_by_request on public.audit_events (request_id) where request_id is not null;

-- A hospital reads of itself alone: it is the role that asks, as with `note_patients`. Null is any; at most `most` lines
-- before the line `last_at`, `last_id`, newest first, or, for counting, in any order. Which acts are told is written here
-- and nowhere else. Of whoever is not of this hospital nothing is told but that the platform did it: no id, no address, no
-- request, and of the detail what is listed. Nor can they be asked for by these.
create function public.audit_of_hospital(
    schema text, since timestamptz, until timestamptz, who uuid, way text, verbs text[], thing text, thing_id uuid,
    request text, last_at timestamptz, last_id uuid, most bigint, in_order boolean
) returns table (
    id uuid, at timestamptz, actor_id uuid, by_platform boolean, action text, kind text, entity text, entity_id uuid,
    detail jsonb, ip inet, request_id text
)
    -- Dear by the planner's reckoning, which knows of no bound: compiling it would take a second, reading takes milliseconds.
    language plpgsql stable rows 100 security definer set search_path = '' set jit = off
as $$
declare
    asking text := coalesce(nullif(current_setting('role', true), 'none'), schema);
    hospital uuid;
    -- About an account. Failed sign-ins are a list of their own; that a session went on is not told.
    of_people constant text[] := array[
        'signed_in', 'signed_out', 'locked', 'unlocked', 'refresh_reused', 'session_ended', 'other_sessions_ended',
        'password_accepted', 'password_changed', 'password_set_by_link', 'password_reset_sent', 'email_change_asked',
        'email_changed', 'second_factor_begun', 'second_factor_on', 'second_factor_off', 'second_factor_proved',
        'second_factor_failed', 'second_factor_reset', 'recovery_codes_renewed'];
    -- About the hospital. A restore is on its own trail already.
    of_hospital constant text[] := array[
        'created', 'verified', 'confirmation_resent', 'activated', 'suspended', 'restricted', 'restriction_lifted',
        'limits_changed', 'limits_raised', 'admin_password_reset', 'admin_second_factor_reset', 'backed_up'];
    told constant text[] := array[
        'reason', 'from', 'to', 'patients_here', 'max_users', 'max_patients', 'user_id', 'as_of', 'rows', 'files',
        'second_factor', 'count'];
    wanted constant text := '
        and ($2 is null or e.at >= $2) and ($3 is null or e.at < $3) and ($5 is null or e.action = $5)
        and ($6 is null or e.kind = any ($6)) and ($7 is null or e.entity = $7) and ($8 is null or e.entity_id = $8)
        and ($9 is null or e.request_id = $9)
        and ($10 is null or (e.at <= $10 and (e.at, e.id) < ($10, $11)))
        %1$s limit $12 ';
    -- Each part is read by an index, and no further than to `most` lines of one account.
    parts constant text := '
        select e.id, e.at, e.actor_id, false as by_platform, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip,
               e.request_id
          from public.users u
         cross join lateral (
               select e.id, e.at, e.actor_id, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip, e.request_id
                 from public.audit_events e
                where e.actor_id = u.id and e.kind = any ($13)
                  and (e.entity = ''session''
                       or (e.entity = ''user''
                           and (e.entity_id = u.id
                                or exists (select from public.users s where s.id = e.entity_id and s.tenant_id = $1))))'
               || wanted || ') e
         where u.tenant_id = $1 and ($4 is null or u.id = $4)
        union all
        -- By whoever held a link or a code of the account, by a task, or by the platform.
        select e.id, e.at,
               case when e.actor_id is null and e.kind in (''password_set_by_link'', ''second_factor_failed'')
                    then u.id end,
               e.actor_id is not null, e.action, e.kind, e.entity, e.entity_id, e.detail,
               case when e.actor_id is null then e.ip end, case when e.actor_id is null then e.request_id end
          from public.users u
         cross join lateral (
               select e.id, e.at, e.actor_id, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip, e.request_id
                 from public.audit_events e
                where e.entity = ''user'' and e.entity_id = u.id and e.kind = any ($13)
                  and (e.actor_id is null
                       or not exists (select from public.users a where a.id = e.actor_id and a.tenant_id = $1))
                  and ($4 is null
                       or (e.actor_id is null and e.kind in (''password_set_by_link'', ''second_factor_failed'')))
                  and ($9 is null or e.actor_id is null)'
               || wanted || ') e
         where u.tenant_id = $1 and ($4 is null or u.id = $4)
        union all
        select e.id, e.at, case when e.is_ours then e.actor_id end,
               not e.is_ours and (e.actor_id is not null
                                  or e.kind not in (''created'', ''verified'', ''confirmation_resent'')),
               e.action, e.kind, e.entity, e.entity_id, e.detail, case when e.is_ours then e.ip end,
               case when e.is_ours then e.request_id end
          from (select e.id, e.at, e.actor_id, e.action, e.kind, e.entity, e.entity_id, e.detail, e.ip, e.request_id,
                       c.is_ours
                  from public.audit_events e
                 cross join lateral (
                       select exists (select from public.users a
                                       where a.id = e.actor_id and a.tenant_id = $1) as is_ours) c
                 where e.entity = ''hospital'' and e.entity_id = $1 and e.kind = any ($14)
                   and ($4 is null or (c.is_ours and e.actor_id = $4)) and ($9 is null or c.is_ours)'
               || wanted || ') e';
    in_any_order constant text := format(parts, '');
    newest constant text := format(parts, 'order by e.at desc, e.id desc');
    days integer;
    start timestamptz;
    is_enough boolean;
begin
    if asking <> schema or schema !~ '^t_[a-z0-9]{16}$' then
        raise exception 'a hospital reads only its own audit' using errcode = '42501';
    end if;
    select t.id into hospital from public.tenants t where t.schema_name = schema;
    if hospital is null or coalesce(most, 0) <= 0
       or (who is not null
           and not exists (select from public.users u where u.id = who and u.tenant_id = hospital)) then
        return;
    end if;
    -- The newest of each account are more than are wanted, and of many accounts many more: if the last days hold enough,
    -- nothing from before them is among the newest.
    if in_order and who is null and request is null then
        foreach days in array array[1, 6, 36, 216] loop
            start := greatest(least(until, last_at, now()), '2000-01-01') - days * interval '1 day';
            exit when start <= since;
            execute 'select count(*) >= $12 from (select from (' || in_any_order || ') e limit $12) e'
                into is_enough
                using hospital, start, until, who, way, verbs, thing, thing_id, request, last_at, last_id, most, of_people,
                      of_hospital;
            if is_enough then
                since := start;
                exit;
            end if;
        end loop;
    end if;
    return query execute '
        select e.id, e.at, e.actor_id, e.by_platform, e.action, e.kind, e.entity, e.entity_id,
               (select jsonb_object_agg(d.key, d.value)
                  from jsonb_each(case jsonb_typeof(e.detail) when ''object'' then e.detail end) d
                 where d.key = any ($15)),
               e.ip, e.request_id
          from (' || case when in_order then newest || ') e order by e.at desc, e.id desc' else in_any_order || ') e' end
               || ' limit $12'
        using hospital, since, until, who, way, verbs, thing, thing_id, request, last_at, last_id, most, of_people,
              of_hospital, told;
end
$$;
revoke execute on function public.audit_of_hospital(
    text, timestamptz, timestamptz, uuid, text, text[], text, uuid, text, timestamptz, uuid, bigint, boolean) from public;
