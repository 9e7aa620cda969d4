#!/usr/bin/env bash
# Measures swj beside a peer in the same run, where one exists, and prints medians and ratios.
#
#   scripts/bench.sh                 SQLite; PostgreSQL too when SWJ_BENCH_POSTGRES names a server
#   RUNS=5 ROWS=100000 MILLION=1000000 SCALES='1 10' BACKUP_MB=1024 ITEMS=10000000 REQUESTS=1000000 \
#   ENTRIES=1000000 FILES=100000 PEOPLE='10000 100000' scripts/bench.sh
#   PARTS='audit ledger' ENGINES=postgres … scripts/bench.sh    some of its parts, on one engine
#
# MILLION=0 leaves the large catalogue out, BACKUP_MB=0 the backups of so much database and as much in files, ITEMS=0 the
# large register of disclosure, ENTRIES=0 the audit log, FILES=0 the web tree. DuckDB stands beside the register when
# Python finds it (pip install duckdb), pgBackRest beside the backups of a server of this computer when it is installed
# (Debian's pgbackrest). The commands of a pair run in turn (swj, peer, swj, peer …), so a drifting machine drifts for
# both. Wall seconds and peak memory are the operating system's own figures.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUNS=${RUNS:-5} ROWS=${ROWS:-100000} MILLION=${MILLION:-1000000} SCALES=${SCALES:-1 10}
export PEOPLE=${PEOPLE:-10000 100000}
export BACKUP_MB=${BACKUP_MB:-1024} ITEMS=${ITEMS:-10000000} REQUESTS=${REQUESTS:-1000000} ENTRIES=${ENTRIES:-1000000} FILES=${FILES:-100000} SWJ_BENCH_POSTGRES=${SWJ_BENCH_POSTGRES:-}
if [ -n "${SWJ_BIN:-}" ]; then
    SWJ=$SWJ_BIN
else
    cargo build --release --quiet
    SWJ=$PWD/target/release/swj
fi
export SWJ PYTHONPATH="$PWD/scripts/bench" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
programs=$PWD/scripts/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for part in ${PARTS:-general catalogue people backup disclosure audit ledger portal}; do
    HOME="$work" python3 "$programs/$part.py"
done
