#!/bin/sh
# Makes .venv with Python 3.11 and installs the packages of requirements.lock into it, unless that
# is done already: the lock's hash is kept in .venv. Every make target that needs Python calls this.
# PYTHON names the interpreter to use; otherwise python3.11, or python3 if it is 3.11.
set -eu
cd "$(dirname "$0")/../.."

needed=3.11
stamp=.venv/requirements.sha256
hash=$(sha256sum requirements.lock | cut -d' ' -f1)

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ]; then
    exit 0
fi

if [ "$(version_of .venv/bin/python)" != "$needed" ]; then
    python=
    found=
    for candidate in ${PYTHON:-python3.11 python3}; do
        version=$(version_of "$candidate")
        if [ "$version" = "$needed" ]; then
            python=$candidate
            break
        fi
        found="$found $candidate ($([ -n "$version" ] && echo "Python $version" || echo 'not found'))"
    done
    [ -n "$python" ] || fail \
        "StudyZed needs Python $needed; looked for:$found." \
        "Install it (Debian 12: apt install python3 python3-venv), or name it: make up PYTHON=/path/to/python$needed"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "$python has no module to make virtual environments: apt install python3-venv, then try again."
    echo "making .venv with $python"
    "$python" -m venv --clear .venv
fi

begun=$(date +%s)
echo "installing the $(grep -c '^[a-z].*==' requirements.lock) packages of requirements.lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes -r requirements.lock || fail \
    "The packages could not be installed: see the message above (no package index, or no space?), then try again."
echo "$hash" > "$stamp"
echo "installed in $(($(date +%s) - begun)) s"
