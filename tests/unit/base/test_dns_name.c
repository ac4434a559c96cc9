/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/dns_name.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *wire;
		const char *text;
	} tests[] = {
		{ "", "." },
		{ "\7example\3org", "example.org" },
		/* a dot or backslash of a label */
		{ "\3a.b", "a\\.b" },
		{ "\3a\\b", "a\\\\b" },
		{ "\10\"();@$\\.", "\"();@$\\\\\\." },
		{ "\1*\3_dm", "*._dm" },
		/* controls and their neighbours */
		{ "\3\x1f !", "\\031 !" },
		{ "\3~\x7f\x80", "~\\127\\128" },
		{ "\2\r\n", "\\013\\010" },
		{ "\2\xc2\x80", "\\194\\128" },
		{ "\2\xc2\x9f", "\\194\\159" },
		{ "\2\xc2\xa0", "\xc2\xa0" },
		/* UTF-8, and invalid octets: lone, overlong, surrogate, cut by the end of the label
		 */
		{ "\2\xc3\xa9", "\xc3\xa9" },
		{ "\4\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "\1\xff", "\\255" },
		{ "\2\xc0\xaf", "\\192\\175" },
		{ "\3\xed\xa0\x80", "\\237\\160\\128" },
		{ "\1\xc3\1\xa9", "\\195.\\169" },
		{ "\3\xe3\x81.", "\\227\\129\\." },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[DNS_NAME_TEXT_MAX];
		size_t size = dns_name_text((const uint8_t *)tests[i].wire, text);
		assert_string_equal(text, tests[i].text);
		assert_int_equal(size, strlen(tests[i].text));
	}
	char text[DNS_NAME_TEXT_MAX];
	assert_int_equal(dns_name_text((const uint8_t *)"\2\0a", text), 5);
	assert_string_equal(text, "\\000a");
}

/* The text that needs no escapes is that of dns_name_text(); no name with escapes has one. */
static void plain_texts(void **state)
{
	(void)state;
	for (unsigned length = 1; length <= DNS_LABEL_MAX; length++) {
		for (unsigned labels = 1; labels <= 4; labels++) {
			for (unsigned octet = 0; octet < 256; octet++) {
				struct dns_name name = { .size = 1 };
				char plain[DNS_NAME_TEXT_MAX], text[DNS_NAME_TEXT_MAX];
				size_t size = 0;
				for (unsigned i = 0; i < labels && size + length + 2 < 240; i++) {
					name.wire[size] = (uint8_t)length;
					memset(name.wire + size + 1, 'a', length);
					size += 1 + length;
				}
				name.wire[size - octet % length - 1] = (uint8_t)octet;
				name.size = (uint8_t)(size + 1);
				bool escaped = octet < 0x20 || octet >= 0x7f || octet == '"' ||
				               octet == '.' || octet == '\\';
				size = dns_name_plain_text(&name, plain);
				assert_int_equal(size > 0, !escaped);
				if (size > 0) {
					assert_int_equal(size, dns_name_text(name.wire, text));
					assert_string_equal(plain, text);
				}
			}
		}
	}
	char text[DNS_NAME_TEXT_MAX];
	const struct dns_name none = { .size = 0 }, root = { .size = 1 };
	assert_int_equal(dns_name_plain_text(&none, text), 0);
	assert_int_equal(dns_name_plain_text(&root, text), 0);
}

static void longest_text_fits(void **state)
{
	(void)state;
	static const uint8_t lengths[] = { 63, 63, 63, 61 };
	static struct wire wire;
	char text[DNS_NAME_TEXT_MAX + 1];
	wire.size = 0;
	for (size_t i = 0; i < sizeof(lengths); i++) {
		wire_u8(&wire, lengths[i]);
		wire_fill(&wire, 0xfe, lengths[i]);
	}
	wire_u8(&wire, 0);
	assert_int_equal(wire.size, DNS_NAME_MAX);
	text[DNS_NAME_TEXT_MAX] = '#';
	assert_int_equal(dns_name_text(wire.bytes, text), 4 * 250 + 3);
	assert_int_equal(strlen(text), 4 * 250 + 3);
	assert_int_equal(text[DNS_NAME_TEXT_MAX], '#');
}

static void hosts(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		int ret;
		const char *text;
	} tests[] = {
		{ "mail.example.org", DNS_NAME_OK, "mail.example.org" },
		{ "MAIL.Example.ORG.", DNS_NAME_OK, "mail.example.org" },
		{ "localhost", DNS_NAME_OK, "localhost" },
		{ "a b", DNS_NAME_OK, "a b" },
		{ "\xe9t\xe9.fr", DNS_NAME_OK, "\\233t\\233.fr" },
		/* no escapes: a backslash is an octet of the label */
		{ "a\\.b", DNS_NAME_OK, "a\\\\.b" },
		/* empty labels */
		{ "", DNS_NAME_LABEL, NULL },
		{ ".", DNS_NAME_LABEL, NULL },
		{ "..", DNS_NAME_LABEL, NULL },
		{ ".a", DNS_NAME_LABEL, NULL },
		{ "a..", DNS_NAME_LABEL, NULL },
		{ "a..b", DNS_NAME_LABEL, NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_name name = { .size = 99 };
		char text[DNS_NAME_TEXT_MAX];
		int ret = dns_name_from_host(tests[i].host, strlen(tests[i].host), &name);
		if (ret != tests[i].ret) {
			fail_msg("'%s': %d", tests[i].host, ret);
		}
		if (ret != DNS_NAME_OK) {
			assert_int_equal(name.size, 0);
			continue;
		}
		(void)dns_name_text(name.wire, text);
		assert_string_equal(text, tests[i].text);
		assert_int_equal(name.wire[name.size - 1], 0);
	}
}

/* Each text is read as the name of which dns_name_text() writes the second text. */
static void texts_are_read(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *again;
	} tests[] = {
		{ "www.Example.COM", DNS_NAME_OK, "www.example.com" },
		{ "www.example.com.", DNS_NAME_OK, "www.example.com" },
		{ ".", DNS_NAME_OK, "." },
		{ "a\\.b.\\\\c", DNS_NAME_OK, "a\\.b.\\\\c" },
		{ "\\000\\199\\097", DNS_NAME_OK, "\\000\\199a" },
		{ "\xc3\xa9.fr", DNS_NAME_OK, "\xc3\xa9.fr" },
		{ "a b", DNS_NAME_OK, "a b" },
		{ "", DNS_NAME_LABEL, NULL },
		{ "..", DNS_NAME_LABEL, NULL },
		{ ".a", DNS_NAME_LABEL, NULL },
		{ "a..b", DNS_NAME_LABEL, NULL },
		{ "a\\", DNS_NAME_LABEL, NULL },
		{ "a\\1", DNS_NAME_LABEL, NULL },
		{ "a\\12x", DNS_NAME_LABEL, NULL },
		{ "a\\256", DNS_NAME_LABEL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_name name;
		char text[DNS_NAME_TEXT_MAX];
		int ret = dns_name_from_text(tests[i].text, strlen(tests[i].text), &name);
		if (ret != tests[i].ret) {
			fail_msg("'%s': %d", tests[i].text, ret);
		}
		if (ret == DNS_NAME_OK) {
			(void)dns_name_text(name.wire, text);
			assert_string_equal(text, tests[i].again);
		}
	}
}

static void host_lengths(void **state)
{
	(void)state;
	static const struct {
		size_t label, count;
		int ret;
	} tests[] = { { 63, 1, DNS_NAME_OK },     { 64, 1, DNS_NAME_LABEL },
		      { 256, 1, DNS_NAME_LABEL }, { 62, 4, DNS_NAME_OK },
		      { 63, 4, DNS_NAME_LONG },   { 1, 127, DNS_NAME_OK },
		      { 1, 128, DNS_NAME_LONG },  { 65535, 1, DNS_NAME_LABEL } };
	static struct wire host;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_name name;
		host.size = 0;
		for (size_t n = 0; n < tests[i].count; n++) {
			if (n > 0) {
				wire_u8(&host, '.');
			}
			wire_fill(&host, 'H', tests[i].label);
		}
		const char *text = (const char *)guard_lay(&guard, host.bytes, host.size);
		int ret = dns_name_from_host(text, host.size, &name);
		if (ret != tests[i].ret || dns_name_from_text(text, host.size, &name) != ret) {
			fail_msg("row %zu: %d", i, ret);
		}
	}
	guard_close(&guard);
}

static void labels(void **state)
{
	(void)state;
	static const struct {
		const char *wire;
		size_t size;
		size_t count;
	} tests[] = {
		{ "\0", 1, 0 },
		{ "\3org\0", 5, 1 },
		{ "\7example\3org\0", 13, 2 },
		/* not one whole name: no end, octets after it, a label that is cut or too long */
		{ "", 0, 0 },
		{ "\3org", 4, 0 },
		{ "\3org\0\0", 6, 0 },
		{ "\3or", 3, 0 },
		{ "\100"
		  "0123456789012345678901234567890123456789012345678901234567890123\0",
		  66, 0 },
	};
	uint8_t starts[DNS_NAME_LABELS_MAX];
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const uint8_t *wire = guard_lay(&guard, tests[i].wire, tests[i].size);
		size_t count = dns_name_labels(wire, tests[i].size, starts);
		if (count != tests[i].count) {
			fail_msg("row %zu: %zu", i, count);
		}
	}
	assert_int_equal(dns_name_labels((const uint8_t *)"\7example\3org", 13, starts), 2);
	assert_int_equal(starts[0], 0);
	assert_int_equal(starts[1], 8);
	guard_close(&guard);
}

/* 127 labels of one octet are 255 octets with the final zero; one more is too long. */
static void most_labels(void **state)
{
	(void)state;
	uint8_t wire[DNS_NAME_MAX + 2] = { 0 };
	uint8_t starts[DNS_NAME_LABELS_MAX];
	for (size_t i = 0; i < DNS_NAME_LABELS_MAX + 1; i++) {
		memcpy(wire + 2 * i, "\1a", 2);
	}
	wire[DNS_NAME_MAX - 1] = 0;
	assert_int_equal(dns_name_labels(wire, DNS_NAME_MAX, starts), DNS_NAME_LABELS_MAX);
	wire[DNS_NAME_MAX - 1] = 1;
	assert_int_equal(dns_name_labels(wire, DNS_NAME_MAX + 2, starts), 0);
}

static void to_hosts(void **state)
{
	(void)state;
	char host[DNS_NAME_MAX + 1];
	assert_int_equal(dns_name_to_host((const uint8_t *)"\7example\3com", 13, host), 11);
	assert_string_equal(host, "example.com");
	assert_int_equal(dns_name_to_host((const uint8_t *)"", 1, host), 0);
	assert_string_equal(host, "");
}

static void equality(void **state)
{
	(void)state;
	struct dns_name name;
	assert_int_equal(dns_name_from_host("example.com", 11, &name), DNS_NAME_OK);
	assert_true(dns_name_equal(&name, (const uint8_t *)"\7example\3com", 13));
	assert_false(dns_name_equal(&name, (const uint8_t *)"\7example\3org", 13));
	assert_false(dns_name_equal(&name, (const uint8_t *)"\7example", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(plain_texts),
		cmocka_unit_test(longest_text_fits),
		cmocka_unit_test(hosts),
		cmocka_unit_test(texts_are_read),
		cmocka_unit_test(host_lengths),
		cmocka_unit_test(labels),
		cmocka_unit_test(most_labels),
		cmocka_unit_test(to_hosts),
		cmocka_unit_test(equality),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
