/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/header_table.h"

#include "format/mime/syntax/tags.h"

const struct header_row header_rows[] = {
	{ "Date", TAG_SUBMIT_TIME, HEADER_DATE },
	{ "Date", TAG_DELIVERY_TIME, HEADER_DATE },
	{ "Reply-By", TAG_REPLY_TIME, HEADER_DATE },
	{ "Expires", TAG_EXPIRY_TIME, HEADER_DATE },
	{ "Message-ID", TAG_MESSAGE_ID, HEADER_ID },
	{ "In-Reply-To", TAG_IN_REPLY_TO, HEADER_ID },
	{ "References", TAG_REFERENCES, HEADER_ID },
	{ "Thread-Topic", TAG_CONVERSATION_TOPIC, HEADER_TEXT },
	{ "List-Help", TAG_LIST_HELP, HEADER_TEXT },
	{ "List-Subscribe", TAG_LIST_SUBSCRIBE, HEADER_TEXT },
	{ "List-Unsubscribe", TAG_LIST_UNSUBSCRIBE, HEADER_TEXT },
	{ "X-MS-Exchange-Organization-PRD", TAG_SENDER_DOMAIN, HEADER_TEXT },
};
const size_t header_row_count = sizeof header_rows / sizeof header_rows[0];

/*
 * MS-OXCMAIL 2.1.3.2.5, 2.1.3.2.6, 2.2.3.2.5: Importance goes before the others.
 * PidTagPriority by RFC 2156 5.3.6. The result of Sender ID: 2.1.3.2.22, MS-OXCSPAM
 * 2.2.1.2.
 */
#define SENDER_ID "X-MS-Exchange-Organization-SenderIdResult"
const struct header_word header_words[] = {
	{ "Importance", "low", TAG_IMPORTANCE, 0, true },
	{ "Importance", "normal", TAG_IMPORTANCE, 1, false },
	{ "Importance", "high", TAG_IMPORTANCE, 2, true },
	{ "Priority", "non-urgent", TAG_IMPORTANCE, 0, false },
	{ "Priority", "normal", TAG_IMPORTANCE, 1, false },
	{ "Priority", "urgent", TAG_IMPORTANCE, 2, false },
	{ "X-Priority", "5", TAG_IMPORTANCE, 0, true },
	{ "X-Priority", "4", TAG_IMPORTANCE, 0, false },
	{ "X-Priority", "3", TAG_IMPORTANCE, 1, false },
	{ "X-Priority", "2", TAG_IMPORTANCE, 2, false },
	{ "X-Priority", "1", TAG_IMPORTANCE, 2, true },
	{ "X-MSMail-Priority", "low", TAG_IMPORTANCE, 0, false },
	{ "X-MSMail-Priority", "normal", TAG_IMPORTANCE, 1, false },
	{ "X-MSMail-Priority", "high", TAG_IMPORTANCE, 2, false },
	{ "Priority", "non-urgent", TAG_PRIORITY, -1, true },
	{ "Priority", "normal", TAG_PRIORITY, 0, false },
	{ "Priority", "urgent", TAG_PRIORITY, 1, true },
	{ "Sensitivity", "Normal", TAG_SENSITIVITY, 0, false },
	{ "Sensitivity", "Personal", TAG_SENSITIVITY, 1, true },
	{ "Sensitivity", "Private", TAG_SENSITIVITY, 2, true },
	{ "Sensitivity", "Company-Confidential", TAG_SENSITIVITY, 3, true },
	{ SENDER_ID, "Neutral", TAG_SENDER_ID, 1, true },
	{ SENDER_ID, "Pass", TAG_SENDER_ID, 2, true },
	{ SENDER_ID, "Fail", TAG_SENDER_ID, 3, true },
	{ SENDER_ID, "SoftFail", TAG_SENDER_ID, 4, true },
	{ SENDER_ID, "None", TAG_SENDER_ID, 5, true },
	{ SENDER_ID, "TempError", TAG_SENDER_ID, INT32_MIN + 6, true },
	{ SENDER_ID, "PermError", TAG_SENDER_ID, INT32_MIN + 7, true },
};
const size_t header_word_count = sizeof header_words / sizeof header_words[0];

const char *const header_responses[HEADER_RESPONSES] = { "DR", "NDR", "RN", "NRN", "OOF",
	"AutoReply" };

const struct header_class header_classes[HEADER_CLASSES] = {
	{ "X-Microsoft-Classified", 0x85b5, true },
	{ "X-Microsoft-ClassKeep", 0x85ba, true },
	{ "X-Microsoft-Classification", 0x85b6, false },
	{ "X-Microsoft-ClassDesc", 0x85b7, false },
	{ "X-Microsoft-ClassID", 0x85b8, false },
};

const struct address_ids header_sender = { TAG_SENDER_NAME, TAG_SENDER_TYPE,
	TAG_SENDER_EMAIL, TAG_SENDER_SMTP, TAG_SENDER_ENTRY };
const struct address_ids header_representing = { TAG_REPRESENTING_NAME,
	TAG_REPRESENTING_TYPE, TAG_REPRESENTING_EMAIL, TAG_REPRESENTING_SMTP,
	TAG_REPRESENTING_ENTRY };
const struct address_ids header_receipt = { TAG_RECEIPT_NAME, TAG_RECEIPT_TYPE,
	TAG_RECEIPT_EMAIL, TAG_RECEIPT_SMTP, TAG_RECEIPT_ENTRY };
const struct address_ids header_recipient = { TAG_DISPLAY_NAME, TAG_ADDRESS_TYPE,
	TAG_EMAIL, TAG_SMTP, TAG_ENTRY_ID };

const uint8_t header_one_off[16] = { 0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d,
	0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02 };
