/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_HTML_PAGE_H
#define MESSAGE_HTML_PAGE_H

#include "base/span.h"

struct body_want;
struct message;

/*
 * The code page of PidTagHtml's bytes, which PidTagInternetCodepage should say
 * ([MS-OXBBODY] 2.1.3.1) and often says wrongly. In this order:
 *   1. a byte order mark, or zeros as UTF-16 has them,
 *   2. ASCII alone: the property, else the document's own <meta> or <?xml?>,
 *   3. bytes that are valid UTF-8 are UTF-8, unless property and document agree on
 *      another page; so are those that are said to be and mostly are,
 *   4. of the document, the property, the message's page and windows-1252 the first that
 *      is known, and in which all bytes have a meaning where one of them is such;
 * US-ASCII and UTF-8 are out by now. A note says where it is not the property's. 0:
 * ASCII, and nobody says more.
 */
unsigned html_page(const struct body_want *, const struct message *, struct span html);

#endif
