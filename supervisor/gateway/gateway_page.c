/* SPDX-License-Identifier: ISC */
#include "gateway/gateway.h"
#include <page_hashes.h>

/* The page is one file, built into the program. */
__asm__(".section .rodata\n"
	".global gateway_page_start\n"
	"gateway_page_start:\n"
	".incbin \"" GATEWAY_PAGE_FILE "\"\n"
	".global gateway_page_end\n"
	"gateway_page_end:\n"
	".byte 0\n"
	".previous\n");
extern const char gateway_page_start[], gateway_page_end[];

void gateway_page(struct http_call *c)
{
	http_reply(c,
	    &(struct http_answer){ .status = 200,
		.type = "text/html; charset=utf-8",
		.bytes = gateway_page_start,
		.n = (size_t)(gateway_page_end - gateway_page_start),
		.fd = -1,
		.fields = { { "Content-Security-Policy",
				"default-src 'none'; script-src " GATEWAY_PAGE_SCRIPT
				"; style-src " GATEWAY_PAGE_STYLE
				"; connect-src 'self'; img-src data:; base-uri 'none'; "
				"form-action 'none'; frame-ancestors 'none'" },
		    { "X-Frame-Options", "DENY" } } });
}
