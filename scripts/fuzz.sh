#!/usr/bin/env bash
# Fuzzes the readers, each target for so many seconds; a crash, a hang or a partial write ends it.
#
#   scripts/fuzz.sh                       600 seconds each of table, workbook, words and import
#   SECONDS_EACH=60 scripts/fuzz.sh words
#
# It needs a nightly compiler and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(table workbook words import)
export TMPDIR=${TMPDIR:-/tmp} LC_ALL=C.UTF-8
for target in "${targets[@]}"; do
    corpus=target/fuzz-corpus/$target
    mkdir -p "$corpus" target/fuzz-artifacts
    # The workbook is unpacked on a thread that may outlive the rows wanted of it: no leak, though it looks like one.
    # What is found is kept under target/; the seeds in the repository stay as they are.
    # The workbook reader's library counts extents that may wrap; with overflow checks each such file would end the run.
    # The program itself catches what breaks there and refuses the file.
    [ "$target" = workbook ] && checks=-O || checks=--debug-assertions
    cargo +nightly fuzz run "$checks" --fuzz-dir tests/fuzz --target-dir target/fuzz "$target" "$corpus" "tests/fuzz/seeds/$target" -- \
        -max_total_time="${SECONDS_EACH:-600}" -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 -max_len=4096 \
        -dict=tests/fuzz/words.dict -artifact_prefix="target/fuzz-artifacts/$target-" -print_final_stats=1
done
