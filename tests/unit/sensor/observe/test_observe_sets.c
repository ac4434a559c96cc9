/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "sensor/observe/observe_sets.h"
#include "tests/unit/wire.h"

#define EVERY (OBSERVE_SETS | RULE_BIT(KIND_IP))

static const struct flow FLOW = { .time_ns = 7 };
static struct wire wire;

/* "KIND OWNER SECTION=TEXT;" of each observation, "-" for none, "|" between two texts. */
static void note(void *ctx, const struct observation *seen, const char *field, int section)
{
	char *to = ctx;
	char owner[DNS_NAME_TEXT_MAX];
	char text[64] = "-";
	assert_int_equal(seen->time_ns, 7);
	assert_null(seen->name);
	assert_null(seen->addr);
	assert_string_equal(field, observe_data_field((enum dns_section)section));
	(void)dns_name_text(seen->owner, owner);
	assert_in_range(seen->text_size, 0, sizeof(text) - 1);
	if (seen->text != NULL) {
		memcpy(text, seen->text, seen->text_size);
		text[seen->text_size] = '\0';
	}
	for (size_t i = 0; i + 1 < seen->text_size; i++) {
		text[i] = text[i] == '\0' ? '|' : text[i];
	}
	sprintf(to + strlen(to), "%s %s %d=%s;", observation_kind_text(seen->kind), owner, section,
	        text);
}

static void begin(unsigned flags, uint16_t answers, const char *question, unsigned type)
{
	const uint16_t counts[] = { 1, answers, 0, 0 };
	wire_dns(&wire, 1, DNS_FLAG_QR | flags, counts);
	wire_question(&wire, question, type);
}

static void expect(unsigned kinds, const char *expected)
{
	char text[1024] = "";
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	observe_sets(&message, &FLOW, kinds, note, text);
	assert_string_equal(text, expected);
}

static void put_text(const char *owner, const char *strings, size_t size)
{
	wire_record(&wire, owner, DNS_TYPE_TXT, 60, (const uint8_t *)strings, size);
}

/* Strings of one record are one text; a record with a string that is cut hides all. */
static void strings(void **state)
{
	static const struct {
		const char *rdata;
		size_t size;
		const char *expected;
	} tests[] = {
		{ "\1a\2bc", 5, "txt a.example 1=abc|z;" },
		{ "\1a\0", 3, "txt a.example 1=a|z;" },
		{ "", 0, "txt a.example 1=z;" },
		{ "\2a", 2, "" },
		{ "\1a\1", 3, "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(DNS_FLAG_RA, 2, "a.example", DNS_TYPE_TXT);
		put_text("a.example", tests[i].rdata, tests[i].size);
		put_text("a.example", "\1z", 2);
		expect(EVERY, tests[i].expected);
		expect(RULE_BIT(KIND_DS), "");
	}
}

/* Texts at the end of the longest message fit, and the texts of others do not count. */
static void many(void **state)
{
	char filler[256];
	(void)state;
	memset(filler, 'x', sizeof(filler));
	filler[0] = (char)255;
	begin(DNS_FLAG_RA, 200, "a.example", DNS_TYPE_TXT);
	for (int i = 0; i < 199; i++) {
		put_text("b.example", filler, sizeof(filler));
	}
	put_text("a.example", "\1z", 2);
	expect(EVERY, "txt a.example 1=z;");
}

/* A loop of CNAME records ends. */
static void loop(void **state)
{
	(void)state;
	begin(DNS_FLAG_RA, 3, "a.example", DNS_TYPE_TXT);
	wire_record_name(&wire, "a.example", DNS_TYPE_CNAME, 60, "b.example");
	wire_record_name(&wire, "b.example", DNS_TYPE_CNAME, 60, "a.example");
	put_text("b.example", "\1z", 2);
	expect(EVERY, "");
}

/* A message without a question, and one with a question of another class. */
static void questions(void **state)
{
	const uint16_t none[] = { 0, 1, 0, 0 };
	(void)state;
	wire_dns(&wire, 1, DNS_FLAG_QR | DNS_FLAG_RA, none);
	put_text("a.example", "\1z", 2);
	expect(EVERY, "");
	begin(DNS_FLAG_RA, 0, "a.example", DNS_TYPE_DS);
	expect(EVERY, "ds a.example 1=-;");
	wire_patch_u16(&wire, wire.size - 2, 3);
	expect(EVERY, "");
}

static void count(void *ctx, const struct observation *seen, const char *field, int section)
{
	(void)field;
	(void)section;
	assert_in_range(seen->text_size, 256, 1024);
	*(unsigned *)ctx += 1;
}

/* RDATA of a DS record that is much too long is cut, not read beyond its text. */
static void long_ds(void **state)
{
	static uint8_t rdata[40000];
	unsigned observations = 0;
	struct dns_message message;
	(void)state;
	begin(DNS_FLAG_RA, 1, "a.example", DNS_TYPE_DS);
	wire_record(&wire, "a.example", DNS_TYPE_DS, 60, rdata, sizeof(rdata));
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	observe_sets(&message, &FLOW, EVERY, count, &observations);
	assert_int_equal(observations, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),   cmocka_unit_test(many),    cmocka_unit_test(loop),
		cmocka_unit_test(questions), cmocka_unit_test(long_ds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
