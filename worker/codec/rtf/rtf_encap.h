/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_ENCAP_H
#define CODEC_RTF_ENCAP_H

#include "base/span.h"
#include "codec/rtf/rtf.h"

struct rtf_facts;

/* The encapsulated original, HTML or text, as it was (MS-OXRTFEX 2.2.3). */
struct rtf_facts rtf_encap(struct span rtf, enum rtf_kind, const struct rtf_want *);

#endif
