#ifndef CODEC_RTF_ENCAP_H
#define CODEC_RTF_ENCAP_H

#include "base/span.h"
#include "codec/rtf.h"

struct rtf_facts;
struct sink;

/* The encapsulated original, HTML or text, as it was (MS-OXRTFEX 2.2.3). */
struct rtf_facts rtf_encap(struct span rtf, enum rtf_kind, struct sink *to);

#endif
