#!/bin/sh
# SPDX-License-Identifier: ISC
# clang-tidy over the programs, with the compile commands of a build folder (default: build-clang):
#   tests/tidy.sh [FOLDER [FILE...]]     FILE: only these sources
# .clang-tidy says what is looked for; whatever it finds is an error.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-clang}
[ -f "$build/compile_commands.json" ] || {
	echo "tests/tidy.sh: no $build/compile_commands.json; run: tests/run --clang --build" >&2
	exit 2
}
[ $# -eq 0 ] || shift
# shellcheck disable=SC2046 # names of our own
[ $# -gt 0 ] || set -- $(find supervisor worker -name '*.c' | sort)
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build"
