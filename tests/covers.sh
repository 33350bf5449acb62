#!/bin/sh
# SPDX-License-Identifier: ISC
# Fail when a decoder has no fuzz target, or when a target's "Covers:" names what is not there.
cd "${1:-$(dirname "$0")/..}" || exit 2
covers=$(awk '
  FNR == 1 { on = 0 }
  /Covers:/ { on = 1; found++; sub(/.*Covers:/, "") }
  on { line = $0; end = sub(/\*\/.*/, "", line); gsub(/[*\t]/, " ", line); print line; if (end) on = 0 }
  END { if (found < 10) exit 1 }' tests/fuzz/fuzz_*.c) || { echo "covers: found no targets"; exit 1; }
status=0
for path in $covers; do
  [ -e "$path" ] || { echo "Covers: $path is not there"; status=1; }
done
for source in $(find worker/codec worker/format worker/message -name '*.c' | sort); do
  covered=
  for path in $covers; do
    case $source in "$path"*) covered=1; break ;; esac
  done
  [ "$covered" ] || { echo "$source: no fuzz target covers it"; status=1; }
done
for target in tests/fuzz/fuzz_*.c; do
  grep -q 'Covers:' "$target" || { echo "$target: does not say what it covers"; status=1; }
done
exit $status
