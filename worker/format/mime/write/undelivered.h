/* SPDX-License-Identifier: ISC */
#ifndef MIME_UNDELIVERED_H
#define MIME_UNDELIVERED_H

#include "format/format.h"

/*
 * A report to the sender that a message could not be delivered (RFC 6522, RFC 3464), with
 * the code and text of Microsoft Mail's own reports. The message goes along: a mail as
 * message/rfc822 where it can travel so, else its bytes under its format's media type.
 * format.report
 */
bool undelivered_write(struct convert *, const struct format *of_input);

#endif
