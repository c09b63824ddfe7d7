#!/bin/bash
# Once, when the database is made: hallwatch owns its database and is nobody's administrator; Grafana reads three views
# of it, which the service grants when it makes them. Passwords come from files and never stand on a command line.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --no-password --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set hallwatch `cat "${SECRETS:-/run/secrets}/postgres-hallwatch"`
\set grafana `cat "${SECRETS:-/run/secrets}/postgres-grafana"`
CREATE ROLE hallwatch LOGIN PASSWORD :'hallwatch';
CREATE ROLE hallwatch_grafana LOGIN PASSWORD :'grafana' CONNECTION LIMIT 20;
ALTER ROLE hallwatch_grafana SET default_transaction_read_only = on;
ALTER ROLE hallwatch_grafana SET statement_timeout = '30s';
CREATE DATABASE hallwatch OWNER hallwatch ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE hallwatch FROM PUBLIC;
GRANT CONNECT ON DATABASE hallwatch TO hallwatch_grafana;
SQL
