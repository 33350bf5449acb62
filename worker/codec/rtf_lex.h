#ifndef CODEC_RTF_LEX_H
#define CODEC_RTF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor;

/*
 * The tokens of RTF ([MSFT-RTF], "RTF Syntax"). Knows no word but \bin, whose data
 * only the lexer can step over.
 */
enum rtf_token_kind {
	RTF_TOKEN_END,
	RTF_TOKEN_OPEN,
	RTF_TOKEN_CLOSE,
	RTF_TOKEN_WORD,   /* \word or \word123: p, n is the name */
	RTF_TOKEN_SYMBOL, /* \ and one character: number */
	RTF_TOKEN_HEX,    /* \'hh: number */
	RTF_TOKEN_BYTES,  /* text as it stands, without line ends */
	RTF_TOKEN_BIN,    /* the data of \bin: p, n */
	RTF_TOKEN_BROKEN, /* \' without two hexadecimal digits */
};

struct rtf_token {
	enum rtf_token_kind kind;
	const uint8_t *p;
	size_t n;
	bool has_number;
	int32_t number; /* a word's parameter, clamped */
};

/* The next token; RTF_TOKEN_END at the end and ever after. */
struct rtf_token rtf_lex(struct cursor *);

#endif
