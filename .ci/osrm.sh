#!/bin/sh
# Print the folder of an OSRM (routing server) for the tests: the one in $OSRM, else the programs of a wheel, unzipped into the venv.
# $1 is the venv's bin. The wheel is made for Python 3.12, its programs run beside any Python.
set -eu
bin=${1:-.venv/bin}
version=26.10.0
folder="$(cd "$bin/.." && pwd)/osrm-$version"

runs() {
    [ -x "$1/bin/osrm-routed" ] && [ -f "$1/share/profiles/car.lua" ] && "$1/bin/osrm-routed" --version >/dev/null 2>&1
}

for known in "${OSRM:-}" "$folder/osrm"; do
    if [ -n "$known" ] && runs "$known"; then
        echo "$known"
        exit 0
    fi
done

case "$(uname -s) $(uname -m)" in
"Linux x86_64") platform=manylinux_2_28_x86_64 hash=840d6f82812eb9f9e17c71eb9083dfa15f3be2bfec4965c32aefa48b00d3a951 ;;
"Linux aarch64") platform=manylinux_2_28_aarch64 hash=df2d386949756b3de034662d2abb378ff1d60ee9b0d5e33c0da4080dc29164a4 ;;
"Darwin arm64") platform=macosx_15_0_arm64 hash=70b36c422a972225e26c38789197f5b018459ebbdfacc244dd968dee859a721b ;;
*) platform="" hash="" ;;
esac

if [ -n "$platform" ]; then
    echo "Fetching OSRM $version for the tests (20 MB, once)…" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "osrm-bindings==$version --hash=sha256:$hash" >"$folder/requirements.txt"
    if "$bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
        --platform "$platform" --python-version 312 --dest "$folder" --requirement "$folder/requirements.txt" >&2 &&
        "$bin/python" -m zipfile -e "$folder"/osrm_bindings-*.whl "$folder" >&2; then
        chmod +x "$folder"/osrm/bin/*
        rm -f "$folder"/*.whl
        if runs "$folder/osrm"; then
            echo "$folder/osrm"
            exit 0
        fi
    fi
fi
echo "The tests of travel times need OSRM and it could not be had. Name a folder with bin/osrm-routed and share/profiles: make test OSRM=/path/to/osrm" >&2
exit 1
