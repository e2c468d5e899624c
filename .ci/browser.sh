#!/bin/sh
# Print the path of a Chromium that runs: an installed one, else Playwright's, else (as root) the system's package. $1 is the venv's bin.
set -eu
bin=${1:-.venv/bin}

runs() {
    [ -n "$1" ] && command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1
}

playwrights_own() {
    "$bin/python" -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as p: print(p.chromium.executable_path)' 2>/dev/null || true
}

print_installed() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if runs "$name"; then
            command -v "$name"
            exit 0
        fi
    done
}

print_playwrights() {
    own=$(playwrights_own)
    if runs "$own"; then
        echo "$own"
        exit 0
    fi
}

print_installed
print_playwrights
echo "There is no Chromium here; asking Playwright for one…" >&2
"$bin/python" -m playwright install chromium >&2 || true
print_playwrights
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Playwright's does not run here; installing the system's package…" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; } >&2 || true
    print_installed
fi
echo "The browser tests need a Chromium and none could be had. Install chromium or google-chrome, or name one: make test CHROMIUM=/path/to/chromium" >&2
exit 1
