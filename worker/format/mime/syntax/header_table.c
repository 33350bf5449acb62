/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/header_table.h"

#include "message/tags.h"

const struct header_row header_rows[] = {
	{ "Date", PidTagClientSubmitTime, HEADER_DATE },
	{ "Date", PidTagMessageDeliveryTime, HEADER_DATE },
	{ "Reply-By", PidTagReplyTime, HEADER_DATE },
	{ "Expires", PidTagExpiryTime, HEADER_DATE },
	{ "Message-ID", PidTagInternetMessageId, HEADER_ID },
	{ "In-Reply-To", PidTagInReplyToId, HEADER_ID },
	{ "References", PidTagInternetReferences, HEADER_ID },
	{ "Thread-Topic", PidTagConversationTopic, HEADER_TEXT },
	{ "List-Help", PidTagListHelp, HEADER_TEXT },
	{ "List-Subscribe", PidTagListSubscribe, HEADER_TEXT },
	{ "List-Unsubscribe", PidTagListUnsubscribe, HEADER_TEXT },
	{ "X-MS-Exchange-Organization-PRD", PidTagPurportedSenderDomain, HEADER_TEXT },
};
const size_t header_row_count = sizeof header_rows / sizeof header_rows[0];

/*
 * MS-OXCMAIL 2.1.3.2.5, 2.1.3.2.6, 2.2.3.2.5: Importance goes before the others.
 * PidTagPriority by RFC 2156 5.3.6. The result of Sender ID: 2.1.3.2.22, MS-OXCSPAM
 * 2.2.1.2.
 */
#define SENDER_ID "X-MS-Exchange-Organization-SenderIdResult"
const struct header_word header_words[] = {
	{ "Importance", "low", PidTagImportance, 0, true },
	{ "Importance", "normal", PidTagImportance, 1, false },
	{ "Importance", "high", PidTagImportance, 2, true },
	{ "Priority", "non-urgent", PidTagImportance, 0, false },
	{ "Priority", "normal", PidTagImportance, 1, false },
	{ "Priority", "urgent", PidTagImportance, 2, false },
	{ "X-Priority", "5", PidTagImportance, 0, true },
	{ "X-Priority", "4", PidTagImportance, 0, false },
	{ "X-Priority", "3", PidTagImportance, 1, false },
	{ "X-Priority", "2", PidTagImportance, 2, false },
	{ "X-Priority", "1", PidTagImportance, 2, true },
	{ "X-MSMail-Priority", "low", PidTagImportance, 0, false },
	{ "X-MSMail-Priority", "normal", PidTagImportance, 1, false },
	{ "X-MSMail-Priority", "high", PidTagImportance, 2, false },
	{ "Priority", "non-urgent", PidTagPriority, -1, true },
	{ "Priority", "normal", PidTagPriority, 0, false },
	{ "Priority", "urgent", PidTagPriority, 1, true },
	{ "Sensitivity", "Normal", PidTagSensitivity, 0, false },
	{ "Sensitivity", "Personal", PidTagSensitivity, 1, true },
	{ "Sensitivity", "Private", PidTagSensitivity, 2, true },
	{ "Sensitivity", "Company-Confidential", PidTagSensitivity, 3, true },
	{ SENDER_ID, "Neutral", PidTagSenderIdStatus, 1, true },
	{ SENDER_ID, "Pass", PidTagSenderIdStatus, 2, true },
	{ SENDER_ID, "Fail", PidTagSenderIdStatus, 3, true },
	{ SENDER_ID, "SoftFail", PidTagSenderIdStatus, 4, true },
	{ SENDER_ID, "None", PidTagSenderIdStatus, 5, true },
	{ SENDER_ID, "TempError", PidTagSenderIdStatus, INT32_MIN + 6, true },
	{ SENDER_ID, "PermError", PidTagSenderIdStatus, INT32_MIN + 7, true },
};
const size_t header_word_count = sizeof header_words / sizeof header_words[0];

const char *const header_responses[HEADER_RESPONSES] = { "DR", "NDR", "RN", "NRN", "OOF",
	"AutoReply" };

const struct header_class header_classes[HEADER_CLASSES] = {
	{ "X-Microsoft-Classified", PidLidClassified, true },
	{ "X-Microsoft-ClassKeep", PidLidClassificationKeep, true },
	{ "X-Microsoft-Classification", PidLidClassification, false },
	{ "X-Microsoft-ClassDesc", PidLidClassificationDescription, false },
	{ "X-Microsoft-ClassID", PidLidClassificationGuid, false },
};
