#!/usr/bin/env bash
# Runs the whole test suite on SQLite and PostgreSQL.
#
# Installs what it needs from Debian's packages, starts a private server on a Unix
# socket in a temporary folder, and stops it again. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

need=()
pkg-config --exists openssl 2>/dev/null || need+=(libssl-dev pkg-config)
command -v make >/dev/null || need+=(make)
command -v sqlite3 >/dev/null || need+=(sqlite3)
command -v restic >/dev/null || need+=(restic)
command -v psql >/dev/null || need+=(postgresql-client)
ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || need+=(postgresql)
if [ "${#need[@]}" -gt 0 ]; then
    root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -q --no-install-recommends "${need[@]}"
fi

# Nothing here outlives the test: where memory is plentiful it need not reach the disk.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
memory=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
if [ -z "${TMPDIR:-}" ] && [ "${room:-0}" -gt 6000000 ] && [ "${memory:-0}" -gt 8000000 ]; then
    export TMPDIR=/dev/shm
fi

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
home=$(mktemp -d)
# The server refuses to run as root; its package made a user for it.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups -- env HOME="$home" "$@"
    else
        "$@"
    fi
}
stop() {
    as_server "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap stop EXIT
[ "$(id -u)" -ne 0 ] || chown postgres "$home"
as_server "$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
# What is written need not survive, and nobody tidies up beside the tests when he likes.
nothing_lasts="-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off"
as_server "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w \
    -o "-k $home -c listen_addresses= -c max_connections=400 $nothing_lasts" start >/dev/null

export SWJ_TEST_POSTGRES="postgres://postgres@/postgres?host=$home"
# A test waits for the server and for programs half of its time.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc) * 2))}"
PATH="$bin:$PATH" cargo test "$@"
