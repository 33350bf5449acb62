#ifndef CODEC_RTF_FIELD_H
#define CODEC_RTF_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct rtf_link;

/*
 * A field's instruction, as far as mail needs it: HYPERLINK "address".
 *
 * NULL: no hyperlink, or one whose address must not be followed (*refused is set
 * then). Only http, https, mailto, ftp and cid may: never javascript, never a file.
 */
struct rtf_link *rtf_field_link(
    struct arena *, const char *instruction, size_t n, bool *refused);

#endif
