#!/bin/bash
# Starts mongod as a replica set of one with passwords. Members of a set prove themselves by a key
# file, even when there is only one; it must be readable by mongod alone. A process that dies in the
# middle of a transaction leaves its documents locked for 10 s, not for the usual 60.
set -eu
umask 077
printf '%s' "$MONGO_REPLICA_KEY" > /tmp/replica-key
unset MONGO_REPLICA_KEY
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/replica-key --bind_ip_all \
    --wiredTigerCacheSizeGB 0.5 --setParameter transactionLifetimeLimitSeconds=10
