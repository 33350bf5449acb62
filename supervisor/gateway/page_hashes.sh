#!/bin/sh
# SPDX-License-Identifier: ISC
# PAGE HEADER: write the Content-Security-Policy sources of the page's one script and one
# style: a browser then runs these and nothing else that a message may have smuggled in.
set -eu
hash_of()
{
	# What lies between the tags, to the byte.
	awk -v tag="$1" 'BEGIN { RS = "\001" } {
		from = index($0, "<" tag ">") + length(tag) + 2; to = index($0, "</" tag ">")
		printf "%s", substr($0, from, to - from) }' "$page" |
		openssl dgst -sha256 -binary | base64
}
page=$1
{
	printf '#define GATEWAY_PAGE_SCRIPT "%ssha256-%s%s"\n' "'" "$(hash_of script)" "'"
	printf '#define GATEWAY_PAGE_STYLE "%ssha256-%s%s"\n' "'" "$(hash_of style)" "'"
} >"$2"
