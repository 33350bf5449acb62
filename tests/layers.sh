#!/bin/sh
# SPDX-License-Identifier: ISC
# Fail when a file includes a header that its layer may not see.
# A row: files under this prefix may include these prefixes. OWN: the own folder. -: no folder.
cd "${1:-$(dirname "$0")/..}" || exit 2
rules='
proto/                    proto/
supervisor/base/          proto/ base/
supervisor/config/        base/ OWN proto/formats
supervisor/log/           base/ config/ OWN
supervisor/files/         base/ config/ OWN
supervisor/pool/          proto/ base/ config/ log/ OWN
supervisor/attempt/       proto/ base/ config/ log/ files/ pool/ OWN
supervisor/spool/         base/ config/ log/ files/ OWN proto/formats
supervisor/service/       proto/ base/ config/ log/ files/ pool/ attempt/ spool/ door/ gateway/gateway_wire.h OWN
supervisor/convert/       proto/ base/ config/ log/ files/ pool/ attempt/ OWN
supervisor/door/          proto/ base/ config/ log/ files/ pool/ attempt/ spool/ OWN
supervisor/filter/        proto/ base/ config/ log/ files/ pool/ attempt/ spool/ door/ OWN
supervisor/gateway/       proto/ base/ config/ door/ OWN
supervisor/operate/       proto/ base/ config/ files/copy.h door/ OWN
supervisor/dead/          proto/ base/ config/ log/ files/ pool/ attempt/ OWN
supervisor/doctor/        base/ config/ log/ files/ pool/ spool/ service/gateway_keeper.h OWN
supervisor/unwind/        proto/ -
supervisor/               - base/ config/ log/ files/ pool/ attempt/ spool/ service/gateway_keeper.h dead/ proto/formats
worker/base/              base/
worker/message/           base/ codec/ message/
worker/codec/             base/ OWN
worker/codec/rtf/         base/ codec/
worker/codec/pst/         base/ codec/pst/
worker/format/            base/ message/ codec/ format/format.h format/growth.h OWN proto/formats
worker/format/mime/syntax/ base/ message/ codec/ format/format.h format/growth.h OWN proto/formats
worker/format/mime/read/  base/ message/ codec/ format/format.h format/growth.h format/mime/syntax/ OWN proto/formats
worker/format/mime/write/ base/ message/ codec/ format/format.h format/growth.h format/mime/syntax/ OWN proto/formats
worker/format/store.c     base/ message/ format/format.h format/growth.h
worker/format/convert.c   base/ message/ format/format.h format/growth.h
worker/format/growth.c    base/ message/ format/format.h format/growth.h
worker/format/registry.c  base/ message/ format/format.h format/growth.h
worker/format/lookup.c    base/ message/ format/format.h
worker/                   base/ message/ format/format.h format/growth.h proto/ -
'
# Libraries: a system header that only these files may include.
libraries='
gmime/       -
glib.h       -
gsf/         worker/format/msg/
libical/     worker/format/ical/
elfutils/    supervisor/unwind/
seccomp.h    supervisor/gateway/gateway_jail.c
linux/landlock.h worker/jail.c supervisor/gateway/gateway_jail.c
protobuf-c/  worker/job.c
zlib.h       worker/codec/pst/ worker/format/archive/
event2/      supervisor/
yaml.h       supervisor/config/
jansson.h    supervisor/
microhttpd.h supervisor/gateway/
nettle/      supervisor/gateway/ supervisor/convert/
'
status=0
find supervisor worker proto -name '*.[ch]' | sort | awk -v rules="$rules" -v libraries="$libraries" '
BEGIN { n = split(rules, r, "\n"); m = split(libraries, l, "\n") }
{ file = $0; allowed = ""; best = 0; own = file; sub(/^(worker|supervisor)\//, "", own); sub(/[^\/]*$/, "", own)
  files++
  for (i = 1; i <= n; i++) { split(r[i], w, " ")
    if (w[1] != "" && index(file, w[1]) == 1 && length(w[1]) > best) { best = length(w[1]); allowed = r[i] } }
  while ((getline line < file) > 0) {
    if (line ~ /^#[ \t]*include[ \t]+"/) {
      split(line, q, "\""); inc = q[2]; ok = 0; k = split(allowed, w, " ")
      for (i = 2; i <= k; i++)
        if (w[i] == "-" ? inc !~ /\// : index(inc, w[i] == "OWN" ? own : w[i]) == 1) ok = 1
      if (!ok) { print file ": must not include \"" inc "\""; bad = 1 } }
    if (line ~ /^#[ \t]*include[ \t]+</) {
      split(line, q, /[<>]/); inc = q[2]
      for (i = 1; i <= m; i++) { k = split(l[i], w, " "); if (k < 2 || index(inc, w[1]) != 1) continue
        ok = 0; for (j = 2; j <= k; j++) if (index(file, w[j]) == 1) ok = 1
        if (!ok) {
          print file ": must not include <" inc ">"; bad = 1 } } } }
  close(file) }
END { if (files < 10) { print "layers: found no sources"; bad = 1 } exit bad }' || status=1
exit $status
