#!/bin/sh
# Starts Valkey with its settings on standard input, so that the password is in no argument.
# `noeviction`: revocations, limits and jobs must not be dropped when memory runs out.
set -eu
exec valkey-server - <<SETTINGS
requirepass "$VALKEY_PASSWORD"
dir "${VALKEY_FOLDER:-/data}"
port ${VALKEY_PORT:-6379}
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy noeviction
SETTINGS
