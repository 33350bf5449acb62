#!/bin/sh
# SPDX-License-Identifier: ISC
# Fail when a function's name stands in two files: a stack trace names functions, not files.
# main is the exception: each program has one.
cd "${1:-$(dirname "$0")/..}" || exit 2
find supervisor worker proto -name '*.[ch]' | sort | xargs awk '
FNR == 1 { name = "" }
# clang-format puts a definition at the first column, its brace on a line of its own.
/^[a-z].*\(/ && !/^(typedef|return|else)/ {
  head = $0; sub(/\(.*/, "", head); n = split(head, w, /[ *]+/); name = w[n] }
/;[ \t]*$/ { name = "" }
/^\{/ && name != "" {
  found++
  if (name != "main" && name in where && where[name] != FILENAME) {
    print FILENAME ": " name "() stands in " where[name] ", too"; bad = 1 }
  where[name] = FILENAME; name = "" }
END { if (found < 100) { print "names: found no functions"; bad = 1 } exit bad }'
