#!/usr/bin/env bash
# Everything to run before a change is sent: format, lints, manual pages, tests.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --check
cargo clippy --all-targets -- -D warnings
cargo clippy --no-default-features --lib --bins -- -D warnings
scripts/man.sh
git diff --exit-code -- man
scripts/test.sh
