-- A schema that a restore took out of service: kept, with the hospital's platform rows of that moment in tables of its
-- own, until the operator is sure (`hms restore undo`, `hms restore drop-old`). No job touches it.
alter table public.tenant_schemas
    add column kept_of uuid,
    drop constraint tenant_schemas_state,
    add constraint tenant_schemas_state check (state in ('reserved', 'building', 'ready', 'claimed', 'failed', 'kept')),
    add constraint tenant_schemas_kept_has_tenant check ((state = 'kept') = (kept_of is not null));
create index tenant_schemas_kept on public.tenant_schemas (kept_of, changed_at desc) where state = 'kept';
