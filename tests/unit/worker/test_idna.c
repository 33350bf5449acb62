/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/idna.h"

/* want "": no domain can hold it. */
static const struct {
	const char *in, *want;
} domains[] = {
	{ "example", "example" }, { "WWW.Example.ORG", "www.example.org" },
	{ "müller.example", "xn--mller-kva.example" },
	{ "MÜLLER.Example", "xn--mller-kva.example" },
	{ "ann.müller.ü", "ann.xn--mller-kva.xn--tda" },
	/* RFC 3492 7.1 (A), (B), (D), (G), (I), (K), (L), in lower case */
	{ "ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn" },
	{ "他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye" },
	{ "Pročprostěnemluvíčesky", "xn--proprostnemluvesky-uyb24dma41a" },
	{ "なぜみんな日本語を話してくれないのか",
	    "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa" },
	{ "почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l" },
	{ "TạisaohọkhôngthểchỉnóitiếngViệt",
	    "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g" },
	{ "3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b" },
	/* RFC 5891: they stay themselves */
	{ "straße.example", "xn--strae-oqa.example" },
	{ "ΣΑΣς.example", "xn--mxa8abb.example" },
	/* forms of one character: composed, compatible, wide */
	{ "mu\xcc\x88ller.example", "xn--mller-kva.example" },
	{ "q\xcc\xa3\xcc\x87.example", "xn--q-9bb7f.example" },
	{ "q\xcc\x87\xcc\xa3.example", "xn--q-9bb7f.example" },
	{ "\xe2\x84\xabngstr\xc3\xb6m", "xn--ngstrm-hua5l" },
	{ "ａｂｃ．example。org", "abc.example.org" }, { "ﬁnland", "finland" },
	{ "한국", "xn--3e0b707e" },
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xae\xe1\x86\xa8",
	    "xn--3e0b707e" },
	{ "\xea\xb0\x80\xe1\x86\xa8", "xn--p39a" }, /* half of it composed */
	/* what is not seen */
	{ "a\xc2\xadü.example", "xn--a-eha.example" }, { "x\xe2\x80\x8dü", "xn--x-eha" },
	/* empty labels are for who asks */
	{ "ü..example", "xn--tda..example" }, { "", "" },
	/* none */
	{ "a b.ü", "" }, { "\xee\x80\x80.example", "" }, { "\xef\xbf\xbd.example", "" },
	{ "a\xe2\x80\xa6ü", "" },         /* three dots in one */
	{ "xn--mller-kvaü.example", "" }, /* RFC 3490 4.1 (5) */
	{ "1234567890123456789012345678901234567890123456789012345678901234", "" },
	{ "123456789012345678901234567890123456789012345678901234567ü", "" },
	{ "\xef\xb7\xba", "" }, /* eighteen characters in one, with blanks */
};

Test(idna, domains_as_labels)
{
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
		char to[IDNA_MOST] = "";
		size_t n = idna_ascii(domains[i].in, strlen(domains[i].in), to);
		if (n == 0)
			*to = '\0';
		cr_expect_str_eq(to, domains[i].want, "%s: %s", domains[i].in, to);
		cr_expect_eq(n, strlen(domains[i].want), "%s", domains[i].in);
	}
}

/* A whole domain has 253 characters at the most (RFC 1035 2.3.4, as text). */
Test(idna, length_of_all)
{
	char in[300], to[IDNA_MOST];

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = i % 4 == 3 ? '.' : 'a';
	cr_expect_eq(idna_ascii(in, 253, to), 253);
	cr_expect_eq(strlen(to), 253);
	cr_expect_eq(idna_ascii(in, 254, to), 0);
	cr_expect_eq(idna_ascii(in, 300, to), 0);
}
