#!/bin/bash
# Run once by the PostgreSQL image on a new volume: the login that owns (and migrates), the one that serves requests, and
# the database. HMS does the rest at its first start.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$HMS_OWNER_PASSWORD" --set app_password="$HMS_APP_PASSWORD" <<'SQL'
create role hms_owner login createrole password :'owner_password';
create role hms_app login noinherit password :'app_password';
create database hms owner hms_owner template template0 encoding 'UTF8' locale 'C.UTF-8';
\connect hms
-- Only a superuser can do this; without it a request could leave its hospital's role by a function call.
grant execute on function pg_catalog.set_config(text, text, boolean) to hms_owner;
revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
SQL
