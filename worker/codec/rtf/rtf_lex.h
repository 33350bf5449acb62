/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_LEX_H
#define CODEC_RTF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;

/*
 * The tokens of RTF ([MSFT-RTF], "RTF Syntax"). Knows no word but \bin, whose data
 * only the lexer can step over.
 */
enum rtf_token_kind {
	RTF_TOKEN_END,
	RTF_TOKEN_OPEN,
	RTF_TOKEN_CLOSE,
	RTF_TOKEN_WORD,   /* \word or \word123: name, n */
	RTF_TOKEN_SYMBOL, /* \ and one character: number */
	RTF_TOKEN_HEX,    /* \'hh: number */
	RTF_TOKEN_BYTES,  /* text as it stands, without line ends; long ones in pieces */
	RTF_TOKEN_BIN,    /* the data of \bin: n bytes from at on */
	RTF_TOKEN_BROKEN, /* \' without two hexadecimal digits */
};

/* A word has at most 32 letters; a longer one is one that nobody knows. */
enum { RTF_WORD_MAX = 40 };

struct rtf_token {
	enum rtf_token_kind kind;
	const uint8_t *p; /* of bytes: until the next token is asked for */
	size_t n;
	char name[RTF_WORD_MAX]; /* of a word, n letters of it */
	uint64_t at;             /* offset in the document */
	bool has_number;
	int32_t number; /* a word's parameter, clamped */
};

/* The next token; RTF_TOKEN_END at the end and ever after. */
struct rtf_token rtf_lex(struct feed *);

/* The value of a hexadecimal digit; -1: it is none. */
int rtf_lex_hex(uint8_t);

#endif
