#ifndef CODEC_RTF_ENCAP_H
#define CODEC_RTF_ENCAP_H

#include <stddef.h>

#include "base/text.h"
#include "codec/rtf.h"

struct arena;
struct rtf_facts;

/* The encapsulated original, HTML or text, as it was (MS-OXRTFEX 2.2.3). */
struct text rtf_encap(
    struct arena *, const void *rtf, size_t n, enum rtf_kind, struct rtf_facts *);

#endif
