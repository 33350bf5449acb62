/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_BODY_PLACE_H
#define MESSAGE_BODY_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct body_want;
struct message;

/*
 * Where genuine RTF shows its attachments. It says \objattph at each place, and the
 * attachments with a PidTagRenderingPosition stand there in the order of that
 * ([MS-OXCMAIL] 2.1.3.4.1.1, [MS-OXCMSG] 2.2.2.16). Pictures show themselves, OLE objects
 * their PidTagAttachRendering; others are a blank.
 */
struct body_place {
	uint32_t attachment; /* its index in the message */
	bool rendering;      /* what is shown is its rendering, not its own bytes */
	struct text id;      /* the Content-ID by which the HTML shows it; .len 0: not */
};

/* In the arena, in the order of the document. */
struct body_place *body_places(
    const struct body_want *, const struct message *, unsigned *count);

#endif
