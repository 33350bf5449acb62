/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_uu.h"

#include "base/arena.h"
#include "base/sink.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/read_tnef.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/syntax/uu.h"
#include "format/mime/syntax/words.h"

struct span read_uu_files(struct reading *r, const struct entity *e, struct span text)
{
	struct lines lines = lines_over(r->c->arena, text, 0);
	struct sink *rest = NULL;
	uint64_t kept = 0;
	struct uu_file uu;

	while (uu_next(r->c->arena, &lines, &uu)) {
		struct span data = transfer_decode(r->c,
		    span_sub(text, uu.from, uu.to - uu.from), TRANSFER_UUENCODE, NULL);
		struct text file = text_clean(
		    r->c->arena, words_decode(r->c->arena, uu.name.s, uu.name.len));
		if (!read_tnef_file(r, e, file, data))
			read_attach_file(r, e->path, file, data);
		if (!rest)
			rest = sink_memory(r->c->arena);
		sink_span(rest, span_sub(text, kept, uu.from - kept), NULL, NULL);
		kept = uu.to;
	}
	if (!rest)
		return text;
	sink_span(rest, span_sub(text, kept, text.len - kept), NULL, NULL);
	return sink_bytes(rest);
}
