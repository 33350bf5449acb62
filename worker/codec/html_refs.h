/* SPDX-License-Identifier: ISC */
#ifndef CODEC_HTML_REFS_H
#define CODEC_HTML_REFS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Character references of HTML ("&uuml;", "&#252;", "&#xFC;"), as the standard has them:
 * all names, old ones without their semicolon, too; numbers without it, those of
 * windows-1252's controls as its characters, impossible ones as U+FFFD.
 */
enum { HTML_REFS_LONGEST = 40 }; /* bytes that are looked at */

/*
 * The reference at p, which begins with "&": its length, and one or two characters, [1]
 * 0: one. 0: it is none, or one of a control character, which nobody wants in a text.
 */
size_t html_refs_at(const char *p, size_t n, uint32_t to[2]);

#endif
