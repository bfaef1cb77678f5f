#!/bin/sh
# Makes the databases and roles of the services that keep PostgreSQL, or changes their passwords.
# Runs before the migrations at every `docker compose up`; a second run changes nothing.
# The server and its superuser come from libpq's own variables (PGHOST, PGUSER, PGPASSWORD).
set -eu
for service in user session payment; do
    prefix=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 --set service="$service" \
        --set prefix="$prefix" --file "$(dirname "$0")/postgres.sql"
    echo "studyzed_$service: roles up to date"
done
