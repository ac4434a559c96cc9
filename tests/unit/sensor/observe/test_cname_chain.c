/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "sensor/observe/observe.h"
#include "tests/unit/wire.h"

static const struct flow FLOW = { .time_ns = 1 };
static const uint8_t ADDRESS[] = { 192, 0, 2, 1 };
static struct wire wire;

/*! \brief Writes what leads to each address: "OWNER: ORIGIN ORIGIN;" */
static void put_chain(void *ctx, const struct observation *seen, const char *field, int section)
{
	char *text = ctx;
	char name[DNS_NAME_TEXT_MAX];
	(void)field;
	(void)section;
	if (seen->kind != KIND_IP) {
		assert_int_equal(seen->origins_count, 0);
		return;
	}
	assert_int_equal(seen->rtype, DNS_TYPE_A);
	assert_in_range(seen->origins_count, 0, OBSERVATION_ORIGINS_MAX);
	(void)dns_name_text(seen->owner, name);
	strcat(strcat(text, name), ":");
	for (size_t i = 0; i < seen->origins_count; i++) {
		(void)dns_name_text(seen->origins[i].wire, name);
		strcat(strcat(text, " "), name);
	}
	strcat(text, ";");
}

/*! \brief Makes a response of "OWNER>TARGET" and "OWNER" words: CNAME and A records. */
static void observe_in(const char *records, const uint16_t sections[3], bool origins,
                       char text[8192])
{
	const uint16_t none[] = { 0, 0, 0, 0 };
	char copy[8192];
	char *rest = NULL;
	uint16_t count = 0;
	struct dns_message message;
	wire_dns(&wire, 1, DNS_FLAG_QR, none);
	snprintf(copy, sizeof(copy), "%s", records);
	for (char *at = strtok_r(copy, " ", &rest); at != NULL; at = strtok_r(NULL, " ", &rest)) {
		char *target = strchr(at, '>');
		if (target != NULL) {
			*target = '\0';
			wire_record_name(&wire, at, DNS_TYPE_CNAME, 60, target + 1);
		} else {
			wire_record(&wire, at, DNS_TYPE_A, 60, ADDRESS, sizeof(ADDRESS));
		}
		count++;
	}
	for (size_t i = 0; i < 3; i++) {
		wire_patch_u16(&wire, 6 + 2 * i,
		               i == 0 && sections == NULL ? count
		               : sections == NULL         ? 0
		                                          : sections[i]);
	}
	text[0] = '\0';
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	assert_int_equal(observe_dns(&message, &FLOW, origins, put_chain, text, NULL), DNS_OK);
}

static void observe(const char *records, bool origins, char text[8192])
{
	observe_in(records, NULL, origins, text);
}

/* A server may put a chain and its address anywhere. */
static void sections(void **state)
{
	(void)state;
	static const uint16_t counts[][3] = { { 2, 0, 0 }, { 1, 1, 0 }, { 1, 0, 1 },
		                              { 0, 1, 1 }, { 0, 2, 0 }, { 0, 0, 2 } };
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char text[8192];
		observe_in("www>a a", counts[i], true, text);
		assert_string_equal(text, "a: www;");
	}
}

static void chains(void **state)
{
	(void)state;
	static const struct {
		const char *records, *origins;
	} tests[] = {
		/* none, one link, two */
		{ "a", "a:;" },
		{ "a b", "a:;b:;" },
		{ "www>a a", "a: www;" },
		{ "www>cdn cdn>a a", "a: cdn www;" },
		{ "WWW>Cdn cDN>a A", "a: cdn www;" },
		/* in any order */
		{ "a cdn>a www>cdn", "a: cdn www;" },
		{ "cdn>a a www>cdn", "a: cdn www;" },
		/* several names for one, several addresses of one */
		{ "x>a y>a a a", "a: x y;a: x y;" },
		{ "x>a y>b a b", "a: x;b: y;" },
		/* a chain that leads past */
		{ "www>b a", "a:;" },
		{ "www>cdn a", "a:;" },
		/* forks, repetitions and loops */
		{ "www>a www>b a b", "a: www;b: www;" },
		{ "www>a www>a a", "a: www;" },
		{ "a>a a", "a:;" },
		{ "a>b b>a a", "a: b;" },
		{ "a>b b>c c>a x>b a", "a: c b x;" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[8192];
		observe(tests[i].records, true, text);
		if (strcmp(text, tests[i].origins) != 0) {
			fail_msg("%s: %s, not %s", tests[i].records, text, tests[i].origins);
		}
	}
}

/* A chain of `links` names, the last of which has the address. */
static size_t count_origins(unsigned links)
{
	char records[8192] = "";
	char text[8192];
	size_t used = 0;
	size_t count = 0;
	for (unsigned i = 0; i < links; i++) {
		used += (size_t)snprintf(records + used, sizeof(records) - used, "n%u>n%u ", i,
		                         i + 1);
	}
	snprintf(records + used, sizeof(records) - used, "n%u", links);
	observe(records, true, text);
	for (const char *at = text; (at = strstr(at, " n")) != NULL; at++) {
		count++;
	}
	return count;
}

static void bounds(void **state)
{
	(void)state;
	static const struct {
		unsigned links;
		size_t origins;
	} tests[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ OBSERVATION_ORIGINS_MAX - 1, OBSERVATION_ORIGINS_MAX - 1 },
		{ OBSERVATION_ORIGINS_MAX, OBSERVATION_ORIGINS_MAX },
		{ OBSERVATION_ORIGINS_MAX + 1, OBSERVATION_ORIGINS_MAX },
		/* the last records of a chain beyond the limit are not kept */
		{ 64, OBSERVATION_ORIGINS_MAX },
		{ 65, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_int_equal(count_origins(tests[i].links), tests[i].origins);
	}
}

static void none_unless_requested(void **state)
{
	(void)state;
	char text[8192];
	observe("www>a a", false, text);
	assert_string_equal(text, "a:;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections),
		cmocka_unit_test(chains),
		cmocka_unit_test(none_unless_requested),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
