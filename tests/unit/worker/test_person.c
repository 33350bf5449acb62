/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "ground.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/person.h"
#include "message/tags.h"

TestSuite(person, .init = ground_up, .fini = ground_down, .timeout = 300);

static void put_text(struct props *to, uint16_t id, const char *text)
{
	struct prop_value *value = arena_alloc(arena, sizeof *value);
	struct prop p = { .id = id, .type = PT_UNICODE, .count = 1, .values = value };

	value->text = (struct text){ .s = text, .len = strlen(text) };
	cr_assert(props_put(to, arena, &p));
}

/* usable NULL: it is no internet address. */
static const struct {
	const char *address, *usable;
} addresses[] = {
	{ "a@x.example", "a@x.example" },
	{ "s..x@y.example", "\"s..x\"@y.example" },
	{ "x.@y.example", "\"x.\"@y.example" },
	{ ".x@y.example", "\".x\"@y.example" },
	{ "a b@y.example", "\"a b\"@y.example" },
	{ "a@b@c.example", "\"a@b\"@c.example" },
	{ "\"q x\"@y.example", "\"q x\"@y.example" },
	{ "mailto:x@y.example", "x@y.example" },
	{ "SMTP:x@y.example", "x@y.example" },
	{ "smtp:<x@y.example>", "x@y.example" },
	{ "'q@y.example'", "q@y.example" },
	{ "<h@y.example>", "h@y.example" },
	{ "<'mailto:h@y.example'>", "h@y.example" },
	{ " h@y.example ", "h@y.example" },
	{ "info@m\xc3\xbcller.example", "info@xn--mller-kva.example" },
	{ "<s..x@m\xc3\xbcller.example>", "\"s..x\"@xn--mller-kva.example" },
	{ "a@[10.0.0.1]", "a@[10.0.0.1]" },
	{ "mailto:x@y.example?subject=z", "x@y.example" },
	{ "Ann <x@y.example>", "x@y.example" },
	{ "x@y.example (Ann)", "x@y.example" },
	{ "[SMTP:x@y.example]", "x@y.example" },
	{ "x@y.example.", "x@y.example" },
	{ "\xe2\x80\x8bx@y.example", "x@y.example" },
	{ "a,b@y.example", "\"a,b\"@y.example" },
	{ "a\"b\\c@y.example", "\"a\\\"b\\\\c\"@y.example" },
	{ "x@y.example, z@y.example", NULL },
	{ "j\xc3\xb6rg@y.example", NULL },
	{ "a@y..example", NULL },
	{ "a@", NULL },
	{ "@y.example", NULL },
	{ "a", NULL },
	{ "\"a\"b\"@y.example", NULL },
	{ "a@y.example>, <b@z.example", NULL },
	{ "c=US;a=X;s=lee@y.example", NULL },
	{ "/o=Org/cn=a@b/cn=c", NULL },
	{ "a\nb@y.example", "\"a b\"@y.example" },
};

Test(person, addresses_are_made_usable)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct props props = { 0 };
		put_text(&props, PidTagDisplayName, "Name");
		put_text(&props, PidTagAddressType, "SMTP");
		put_text(&props, PidTagEmailAddress, addresses[i].address);
		struct person p = person_of(arena, &props, &person_recipient);
		cr_expect_eq(p.internet, addresses[i].usable != NULL, "%s: %s",
		    addresses[i].address, p.address.s);
		if (addresses[i].usable)
			cr_expect_str_eq(
			    p.address.s, addresses[i].usable, "%s", addresses[i].address);
	}
}

Test(person, who_received_it_is_the_one_in_to)
{
	struct notes notes;
	struct person to;

	notes_init(&notes, arena);
	struct message *m = message_new(arena, &notes, 0);
	cr_expect(!envelope_receiver(arena, m, &to));
	put_text(&m->props, PidTagReceivedByName, "Bob");
	put_text(&m->props, PidTagReceivedByAddressType, "SMTP");
	put_text(&m->props, PidTagReceivedByEmailAddress, "bob@example.org");
	cr_assert(envelope_receiver(arena, m, &to));
	cr_expect_str_eq(to.name.s, "Bob");
	cr_expect_str_eq(to.address.s, "bob@example.org");
	cr_assert(message_add_recipient(m));
	cr_expect(!envelope_receiver(arena, m, &to));
}
