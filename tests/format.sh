#!/bin/sh
# SPDX-License-Identifier: ISC
# Fail when a C file is not laid out as .clang-format says. To mend: tests/format.sh --fix
set -eu
cd "$(dirname "$0")/.."
files=$(find supervisor worker proto tests -name '*.[ch]' ! -path '*/corpus/*' | sort)
case ${1-} in
--fix) action=-i ;;
'') action='--dry-run -Werror' ;;
*) echo "usage: tests/format.sh [--fix]" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086
clang-format $action $files
