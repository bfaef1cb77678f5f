#!/bin/sh
# Starts SeaweedFS with its S3 endpoint and one pair of keys, which no argument shows. Without keys
# objects of the public bucket can be read (not listed), and nothing else.
set -eu
umask 077
cat > /tmp/s3.json <<KEYS
{"identities": [{
    "name": "studyzed",
    "credentials": [{"accessKey": "$OBJECTS_ACCESS_KEY", "secretKey": "$OBJECTS_SECRET_KEY"}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"]
}, {
    "name": "anonymous",
    "actions": ["Read:studyzed-public"]
}]}
KEYS
unset OBJECTS_SECRET_KEY
exec weed server -dir=/data -ip=127.0.0.1 -ip.bind=0.0.0.0 -filer -volume.max=0 -master.volumeSizeLimitMB=256 \
    -s3 -s3.port=8333 -s3.config=/tmp/s3.json
