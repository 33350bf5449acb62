/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_TAGS_H
#define MESSAGE_TAGS_H

#include <stdint.h>

/*
 * Properties by their canonical names ([MS-OXPROPS] section 2): PidTagSubject is an id,
 * PidLidFlagRequest the number in its property set. Every name stands in tags.inc or
 * lids.inc; to know one more, add a row there.
 */
enum tag {
#define TAG(id, type, name) name = (id),
#include "message/tags.inc"
#undef TAG
};

enum lid {
#define LID(set, id, name) name = (id),
#include "message/lids.inc"
#undef LID
};

enum { TAG_NAMED = 0x8000 }; /* this id and above: a name says which property it is */

/* Property sets by the end of their names ([MS-OXPROPS] 1.3.2), the GUID's 16 bytes as in
 * a file: props_set_common is PSETID_Common. */
extern const uint8_t props_set_common[16], props_set_appointment[16],
    props_set_meeting[16], props_set_task[16], props_set_address[16], props_set_log[16],
    props_set_note[16], props_set_public_strings[16], props_set_internet_headers[16],
    props_set_messaging[16], props_set_conversation[16];

/* PidTagAttachMethod ([MS-OXCMSG] 2.2.2.9): afNone, afByValue, ... */
enum attach_method {
	ATTACH_NONE,
	ATTACH_BY_VALUE,
	ATTACH_BY_REFERENCE,
	ATTACH_BY_REFERENCE_RESOLVE,
	ATTACH_BY_REFERENCE_ONLY,
	ATTACH_EMBEDDED_MESSAGE,
	ATTACH_STORAGE, /* an OLE object */
	ATTACH_BY_WEB_REFERENCE,
};

/* PidTagAttachFlags ([MS-OXCMSG] 2.2.2.18): attRenderedInBody */
enum { ATTACH_RENDERED_IN_BODY = 4 };

/* PidTagRecipientType ([MS-OXOMSG] 2.2.3.1), in its lower four bits */
enum recipient_type { RECIPIENT_TO = 1, RECIPIENT_CC, RECIPIENT_BCC };
enum { RECIPIENT_TYPE_MASK = 0x0f };

/* PidTagNativeBody ([MS-OXCMSG] 2.2.1.58.2) */
enum native_body { NATIVE_UNDEFINED, NATIVE_PLAIN, NATIVE_RTF, NATIVE_HTML };

#endif
