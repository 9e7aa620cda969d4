#!/usr/bin/env bash
# Writes the generated manual pages into man/ (English) and man/zh_CN/ (Chinese).
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --quiet -- man man --format count
