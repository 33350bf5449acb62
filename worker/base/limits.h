/* SPDX-License-Identifier: ISC */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/*
 * What a decoder accepts at most. Reaching one is a note in the message object,
 * never a crash and never silence. Add a row here, with its reason, rather than
 * a number in a decoder.
 */
enum {
	/* A message in a message in ...: real mail stops at 5; the stack must not. */
	LIMIT_DEPTH = 16,
	/* Properties of one object: Exchange writes about 150; a count field can claim 4
	   billion. */
	LIMIT_PROPERTIES = 16384,
	/* Values of one multi-valued property. */
	LIMIT_VALUES = 65536,
	/* Recipients of one message: distribution lists expand to thousands. */
	LIMIT_RECIPIENTS = 100000,
	/* Attachments of one message. */
	LIMIT_ATTACHMENTS = 10000,
	/* MIME parts in one message: far above any mail program's. */
	LIMIT_PARTS = 10000,
	/* Notes kept for one message; the supervisor takes 200, then counts (channel.h).
	 */
	LIMIT_NOTES = 200,
	/* A decoded part up to this many bytes is held in memory, a longer one in the
	   scratch file. */
	LIMIT_LOAD = 1 << 20,
	/* When a job has this many bytes in memory, further parts go to the scratch
	 * file. */
	LIMIT_HELD = 8 << 20,
	/* With this many bytes of a job in memory no more messages in it are opened. */
	LIMIT_OPEN = 24 << 20,
	/* Bytes of a header, and fields in it, that are looked at. */
	LIMIT_HEADER = 1 << 20,
	LIMIT_FIELDS = 10000,
	/* Parameters of one field: a name in pieces (RFC 2231) has at most dozens. */
	LIMIT_PARAMETERS = 1000,
	/* Bytes of all texts of a mail that become its body; longer ones are attached. */
	LIMIT_TEXT = 4 << 20,
	/* Bytes of RTF out of one compressed body: pictures in it make hundreds of MiB;
	   LZFu grows eightfold. */
	LIMIT_RTF = 1 << 30,
	/* Bytes of a file read to recognise its format. */
	LIMIT_PROBE = 64 * 1024,
	/* Groups in groups of RTF: one for each nested HTML element of a long thread. */
	LIMIT_RTF_GROUPS = 4096,
	/* Pictures and embedded objects in one RTF: as many as attachments. */
	LIMIT_RTF_ITEMS = 10000,
	/* Entries of the table of lists: Word writes one for each list ever made in it.
	 */
	LIMIT_RTF_LISTS = 4096,
	/* Folders in folders of a store; stores in stores: an archive in an archive. */
	LIMIT_FOLDERS = 64,
	LIMIT_STORES = 4,
	/* Cells of all tables in one RTF whose spans are known beforehand: 4 MiB of them.
	 */
	LIMIT_RTF_CELLS = 256 * 1024,
	/* Tables in tables of RTF: Word refuses more. */
	LIMIT_RTF_NEST = 16,
	/* Bytes of addresses of hyperlinks in one RTF. */
	LIMIT_RTF_LINKS = 4 << 20,
};

#endif
