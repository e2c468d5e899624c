#!/bin/sh
# Make a virtual environment in $1 with the newest of the Pythons that work here; a second call finds it and does nothing.
set -eu
venv=$1
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "$new_enough" 2>/dev/null && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=""
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c "$new_enough" 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    asked=${PYTHON:-python3}
    found=$("$asked" --version 2>&1 || true)
    echo "FieldSales needs Python 3.11 or newer. Here $asked says: $found. Install a newer one, or name it: make install PYTHON=/path/to/python3" >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu keep these two modules in a package of their own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing the system package python$version-venv…" >&2
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >&2
    else
        echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python$version-venv" >&2
        exit 1
    fi
fi
rm -rf "$venv"
exec "$python" -m venv "$venv"
