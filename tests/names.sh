#!/bin/sh
# SPDX-License-Identifier: ISC
# Fail when a function's name stands in two files: a stack trace names functions, not files.
# main is the exception: each program has one. And when one that is not static does not begin
# with its module's name, with what the module's name ends in (target_ in convert_target.c), or
# with its folder's; "others" lists the files that have another agreed beginning.
cd "${1:-$(dirname "$0")/..}" || exit 2
others='
supervisor/convert/convert_*     input store run
supervisor/files/name.c          claim
supervisor/files/results.c       result
supervisor/attempt/unwind_known.c trace knowns
supervisor/base/metrics.c        metric times
supervisor/pool/child.c          children
worker/message/message.c         prop props
worker/message/props.c           prop
worker/format/mime/write/splice_ plan
worker/base/window.c             win
worker/base/wipe.c               free realloc
'
find supervisor worker proto -name '*.[ch]' | sort | xargs awk -v others="$others" '
BEGIN { rows = split(others, row, "\n") }
FNR == 1 { name = "" }
# clang-format puts a definition at the first column, its brace on a line of its own.
/^[a-z].*\(/ && !/^(typedef|return|else)/ {
  head = $0; sub(/\(.*/, "", head); n = split(head, w, /[ *]+/); name = w[n]; open = head !~ /^static/ }
/;[ \t]*$/ { name = "" }
/^\{/ && name != "" {
  found++
  if (name != "main" && name in where && where[name] != FILENAME) {
    print FILENAME ": " name "() stands in " where[name] ", too"; bad = 1 }
  where[name] = FILENAME
  if (open && name != "main" && name !~ /_main$/ && FILENAME ~ /\.c$/ && !belongs(FILENAME, name)) {
    print FILENAME ": " name "() does not begin with the name of its module"; bad = 1 }
  name = "" }
function begins(name, with) { return index(name, with) == 1 && name ~ ("^" with "s?(_|$)") }
function belongs(file, name,   parts, n, k, words, stem, i, w) {
  n = split(file, parts, "/"); stem = parts[n]; sub(/\.c$/, "", stem)
  if (begins(name, stem) || begins(name, parts[n - 1])) return 1
  for (k = split(stem, words, "_"); k > 0; k--) if (begins(name, words[k])) return 1
  for (i = 1; i <= rows; i++) {
    k = split(row[i], w, " "); sub(/\*$/, "", w[1])
    if (k > 1 && index(file, w[1]) == 1) for (; k > 1; k--) if (begins(name, w[k])) return 1 }
  return 0 }
END { if (found < 100) { print "names: found no functions"; bad = 1 } exit bad }'
