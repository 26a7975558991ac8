-- How the job queue stands, for the console and the metrics: the login of requests may not read the queue's own tables.
-- Numbers only. Those that used up their attempts are not tried again.
create function public.jobs_standing(out waiting bigint, out failed bigint)
    language plpgsql stable security definer set search_path = ''
as $$
begin
    select count(*) filter (where j.attempts < j.max_attempts), count(*) filter (where j.attempts >= j.max_attempts)
      into waiting, failed
      from graphile_worker._private_jobs j;
end
$$;
revoke execute on function public.jobs_standing() from public;
