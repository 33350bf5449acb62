/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/fields.h"

#include <string.h>
#include <strings.h>

/* To know one more, add one row. "X-" and "ARC-" and "List-" are known as families. */
static const struct row {
	const char *name;
	int use;
} rows[] = {
	{ "Accept-Language", 0 },
	{ "Apparently-To", 0 },
	{ "Approved", FIELDS_WEAK },
	{ "Authentication-Results", 0 },
	{ "Auto-Submitted", 0 },
	{ "Autocrypt", 0 },
	{ "Bcc", FIELDS_OURS },
	{ "Bounces-To", 0 },
	{ "Cc", FIELDS_OURS },
	{ "Comments", FIELDS_WEAK },
	{ "Content-Base", FIELDS_CONTENT | FIELDS_FREE },
	{ "Content-Class", FIELDS_OURS | FIELDS_FREE },
	{ "Content-Description", FIELDS_CONTENT },
	{ "Content-Disposition", FIELDS_CONTENT },
	{ "Content-Duration", FIELDS_CONTENT },
	{ "Content-ID", FIELDS_OURS },
	{ "Content-Language", FIELDS_OURS | FIELDS_FREE },
	{ "Content-Length", FIELDS_CONTENT },
	{ "Content-Location", FIELDS_OURS },
	{ "Content-MD5", FIELDS_CONTENT },
	{ "Content-Transfer-Encoding", FIELDS_CONTENT },
	{ "Content-Type", FIELDS_CONTENT },
	{ "DKIM-Signature", FIELDS_SIGNS },
	{ "Date", FIELDS_OURS | FIELDS_WEAK },
	{ "Deferred-Delivery", 0 },
	{ "Delivered-To", 0 },
	{ "Delivery-Date", 0 },
	{ "Disposition-Notification-To", FIELDS_OURS },
	{ "DomainKey-Signature", FIELDS_SIGNS },
	{ "Encoding", FIELDS_WEAK },
	{ "Envelope-From", 0 },
	{ "Envelope-To", 0 },
	{ "Errors-To", 0 },
	{ "Expires", FIELDS_OURS | FIELDS_WEAK },
	{ "Feedback-ID", 0 },
	{ "Followup-To", 0 },
	{ "From", FIELDS_OURS },
	{ "Importance", FIELDS_OURS | FIELDS_WEAK },
	{ "In-Reply-To", FIELDS_OURS },
	{ "Keywords", FIELDS_OURS | FIELDS_WEAK },
	{ "Lines", FIELDS_CONTENT | FIELDS_WEAK },
	{ "List-Help", FIELDS_OURS },
	{ "List-Subscribe", FIELDS_OURS },
	{ "List-Unsubscribe", FIELDS_OURS },
	{ "MIME-Version", FIELDS_OURS },
	{ "Mail-Followup-To", 0 },
	{ "Mail-Reply-To", 0 },
	{ "Mailing-List", 0 },
	{ "Message-ID", FIELDS_OURS },
	{ "Newsgroups", 0 },
	{ "Old-Subject", 0 },
	{ "OpenPGP", FIELDS_WEAK },
	{ "Organisation", FIELDS_WEAK },
	{ "Organization", FIELDS_WEAK },
	{ "Original-Recipient", 0 },
	{ "Path", FIELDS_WEAK },
	{ "Precedence", FIELDS_WEAK },
	{ "Priority", FIELDS_OURS | FIELDS_WEAK },
	{ "Received", 0 },
	{ "Received-SPF", 0 },
	{ "References", FIELDS_OURS },
	{ "Reply-By", FIELDS_OURS },
	{ "Reply-To", FIELDS_OURS },
	{ "Resent-Bcc", 0 },
	{ "Resent-Cc", 0 },
	{ "Resent-Date", 0 },
	{ "Resent-From", 0 },
	{ "Resent-Message-ID", 0 },
	{ "Resent-Sender", 0 },
	{ "Resent-To", 0 },
	{ "Return-Path", 0 },
	{ "Return-Receipt-To", FIELDS_OURS },
	{ "Sender", FIELDS_OURS },
	{ "Sensitivity", FIELDS_OURS | FIELDS_WEAK },
	{ "Status", FIELDS_WEAK },
	{ "Subject", FIELDS_OURS | FIELDS_WEAK },
	{ "Supersedes", 0 },
	{ "Thread-Index", FIELDS_OURS },
	{ "Thread-Topic", FIELDS_OURS },
	{ "To", FIELDS_OURS | FIELDS_WEAK },
	{ "User-Agent", FIELDS_WEAK },
	{ "X-Auto-Response-Suppress", FIELDS_OURS },
	{ "X-MAPI-Flag-Completed", FIELDS_OURS },
	{ "X-MAPI-Flag-Due", FIELDS_OURS },
	{ "X-MAPI-Flag-Status", FIELDS_OURS },
	{ "X-MAPI-Message-Class", FIELDS_OURS },
	{ "X-MAPI-Reaction", FIELDS_OURS },
	{ "X-MAPI-Reactions", FIELDS_OURS },
	{ "X-MAPI-Voting-Options", FIELDS_OURS },
	{ "X-MAPI-Voting-Response", FIELDS_OURS },
	{ "X-MSMail-Priority", FIELDS_OURS },
	{ "X-MS-Exchange-Organization-AutoForwarded", FIELDS_OURS },
	{ "X-MS-Exchange-Organization-PRD", FIELDS_OURS },
	{ "X-MS-Exchange-Organization-SCL", FIELDS_OURS },
	{ "X-MS-Exchange-Organization-SenderIdResult", FIELDS_OURS },
	{ "X-MS-Has-Attach", FIELDS_OURS },
	{ "X-MS-TNEF-Correlator", FIELDS_OURS },
	{ "X-Message-Flag", FIELDS_OURS },
	{ "X-Microsoft-ClassDesc", FIELDS_OURS },
	{ "X-Microsoft-ClassID", FIELDS_OURS },
	{ "X-Microsoft-ClassKeep", FIELDS_OURS },
	{ "X-Microsoft-Classification", FIELDS_OURS },
	{ "X-Microsoft-Classified", FIELDS_OURS },
	{ "X-Priority", FIELDS_OURS },
	{ "Xref", FIELDS_WEAK },
};

static const char *const families[] = { "X-", "ARC-", "List-", "Content-" };

int fields_use(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strlen(rows[i].name) == len &&
		    strncasecmp(rows[i].name, name, len) == 0)
			return rows[i].use;
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		size_t n = strlen(families[i]);
		if (len > n && strncasecmp(families[i], name, n) == 0)
			return FIELDS_WEAK;
	}
	return -1;
}

size_t fields_name(const char *line, size_t n)
{
	size_t len = 0;

	while (len < n && line[len] > ' ' && line[len] != ':' && line[len] < 0x7f)
		len++;
	size_t colon = len;
	while (colon < n && (line[colon] == ' ' || line[colon] == '\t'))
		colon++;
	return len > 0 && colon < n && line[colon] == ':' ? len : 0;
}
