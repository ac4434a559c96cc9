/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys, values and texts of rows of mail and of clients. */
#include <string.h>

#include "base/address.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/rows/row.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/unit.h"

static const uint8_t DOMAIN[] = "\7example\3com";
static const uint8_t OTHER[] = "\5other\4test";
static const uint8_t YES[] = { 1 }, NO[] = { 0 };
static const uint8_t V4[] = { 192, 0, 2, 1 };

#define TEXT(text) (const uint8_t *)(text), sizeof(text) - 1

static struct in6_addr address(uint8_t last)
{
	struct in6_addr addr;
	const uint8_t octets[] = { 192, 0, 2, last };
	address_map_ipv4(&addr, octets);
	return addr;
}

static struct history_record mail_of(enum history_key_kind kind)
{
	struct history_record record = { .kind = kind };
	record.mail = (struct history_mail){
		.server = address(25),
		.recipient = { DOMAIN, sizeof(DOMAIN), TEXT("anna") },
		.sender = { OTHER, sizeof(OTHER), TEXT("b\"\0\\d") },
		.time_s = 1590847500,
		.client = address(7),
		.reply_code = 250,
		.content = true,
	};
	record.seen = (struct history_seen){
		.first = 100, .last = 200, .count = 3, .accepted = 2, .tls = 1
	};
	return record;
}

static struct history_record fact_of(enum history_fact fact, const uint8_t *data, size_t size)
{
	struct history_record record = mail_of(HISTORY_KEY_SERVER);
	record.mail.fact = fact;
	record.mail.data = data;
	record.mail.data_size = (uint8_t)size;
	return record;
}

static struct history_record client_of(void)
{
	return (struct history_record){ .kind = HISTORY_KEY_CLIENT,
		                        .row = { .owner = DOMAIN,
		                                 .owner_size = sizeof(DOMAIN),
		                                 .type = DNS_TYPE_A,
		                                 .origin = HISTORY_CACHE,
		                                 .data = V4,
		                                 .data_size = sizeof(V4) },
		                        .client = address(9),
		                        .seen = { .first = 5, .last = 6, .count = 2 } };
}

/* Both keys lead to the same row; no beginning of them is a key. */
static void check_keys(const struct history_record *record, enum history_key_kind other)
{
	uint8_t key[HISTORY_KEY_MAX], again[HISTORY_KEY_MAX], by_other[HISTORY_KEY_MAX];
	struct history_record read;
	size_t size = history_key_write(record, key);
	size_t other_size = history_key_write_other(record, 0, by_other);
	assert_int_equal(key[0], record->kind);
	assert_true(history_key_has_value(record->kind));
	assert_true(history_key_read(key, size, &read));
	assert_int_equal(read.kind, record->kind);
	assert_int_equal(history_key_write(&read, again), size);
	assert_memory_equal(again, key, size);
	assert_int_equal(other_size > 0 ? by_other[0] : 0, other);
	for (size_t cut = 0; cut < size && record->kind != HISTORY_KEY_SERVER; cut++) {
		assert_false(history_key_read(key, cut, &read));
	}
	if (other_size > 0) {
		assert_false(history_key_has_value(other));
		assert_true(history_key_read(by_other, other_size, &read));
		assert_int_equal(read.kind, record->kind);
		assert_int_equal(history_key_write(&read, again), size);
		assert_memory_equal(again, key, size);
	}
}

static void keys_are_read_back(void **state)
{
	static uint8_t hash[HISTORY_HASH_SIZE];
	struct history_record record = mail_of(HISTORY_KEY_MAIL);
	(void)state;
	check_keys(&record, HISTORY_KEY_MAIL_SERVER);
	record = mail_of(HISTORY_KEY_RECIPIENT);
	check_keys(&record, HISTORY_KEY_SENDER);
	record.mail.sender = (struct history_mailbox){ (const uint8_t *)"", 1, NULL, 0 };
	record.mail.recipient.domain = (const uint8_t *)"";
	record.mail.recipient.domain_size = 1;
	record.mail.tls = true;
	check_keys(&record, HISTORY_KEY_SENDER);
	record = fact_of(HISTORY_BANNER, TEXT("mx.example.com"));
	check_keys(&record, 0);
	record = fact_of(HISTORY_STARTTLS, NO, 1);
	check_keys(&record, 0);
	record = fact_of(HISTORY_TLS, YES, 1);
	check_keys(&record, 0);
	record = fact_of(HISTORY_CERTIFICATE_KEY, hash, sizeof(hash));
	check_keys(&record, 0);
	record = client_of();
	check_keys(&record, 0);
}

static void longest_keys_fit(void **state)
{
	static uint8_t name[DNS_NAME_MAX], local[HISTORY_LOCAL_MAX];
	(void)state;
	for (size_t i = 0; i + 2 < sizeof(name); i += 2) {
		name[i] = 1;
		name[i + 1] = 'a';
	}
	struct history_record record = mail_of(HISTORY_KEY_RECIPIENT);
	record.mail.recipient =
	        (struct history_mailbox){ name, sizeof(name), local, sizeof(local) };
	record.mail.sender = record.mail.recipient;
	check_keys(&record, HISTORY_KEY_SENDER);
	uint8_t key[HISTORY_KEY_MAX];
	assert_int_equal(history_key_write(&record, key), HISTORY_MAIL_KEY_MAX);
}

static void bad_keys_are_refused(void **state)
{
	uint8_t key[HISTORY_KEY_MAX];
	struct history_record record = fact_of(HISTORY_FACTS, YES, 1), read;
	(void)state;
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record = fact_of(HISTORY_BANNER, YES, 0);
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record = fact_of(HISTORY_TLS, TEXT("\2"));
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record = fact_of(HISTORY_STARTTLS, TEXT("\1\1"));
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record = fact_of(HISTORY_CERTIFICATE_KEY, TEXT("short"));
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record = mail_of(HISTORY_KEY_RECIPIENT);
	record.mail.reply_code = 1000;
	assert_false(history_key_read(key, history_key_write(&record, key), &read));
	record.mail.reply_code = 999;
	size_t size = history_key_write(&record, key);
	assert_true(history_key_read(key, size, &read));
	key[size - 1] = 4; /* an unknown flag */
	assert_false(history_key_read(key, size, &read));
	record = client_of();
	size = history_key_write(&record, key);
	key[size - 1] ^= 1; /* no longer the address of the hash */
	assert_false(history_key_read(key, size, &read));
}

static void values_of_mail_are_summed(void **state)
{
	uint8_t value[HISTORY_VALUE_MAX];
	struct history_seen seen = {
		.first = 100, .last = 200, .count = 3, .accepted = 9, .tls = 1
	};
	const struct history_seen more = {
		.first = 50, .last = 60, .count = 1, .accepted = UINT32_MAX - 8, .tls = 4
	};
	(void)state;
	size_t size = history_value_write(HISTORY_KEY_MAIL, &seen, value);
	assert_true(history_value_read(HISTORY_KEY_MAIL, value, size, &seen));
	assert_int_equal(seen.accepted, 9);
	assert_int_equal(seen.tls, 1);
	assert_false(seen.kept);
	history_seen_merge(HISTORY_KEY_MAIL, &seen, &more);
	assert_int_equal(seen.first, 50);
	assert_int_equal(seen.last, 200);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.accepted, UINT32_MAX);
	assert_int_equal(seen.tls, 5);
	seen.kept = true;
	size = history_value_write(HISTORY_KEY_MAIL, &seen, value);
	assert_true(history_value_read(HISTORY_KEY_MAIL, value, size, &seen));
	assert_true(seen.kept);
	value[size - 1] = 2;
	assert_false(history_value_read(HISTORY_KEY_MAIL, value, size, &seen));
}

static void check_texts(const struct history_record *record, const char *json, const char *table)
{
	struct json object = { .depth = 0 };
	char memory[512];
	struct writer w;
	const char *text = history_cof(&object, record, "here");
	assert_non_null(text);
	if (strstr(text, json) == NULL) {
		fail_msg("%s lacks %s", text, json);
	}
	json_free(&object);
	writer_init(&w, memory, sizeof(memory));
	history_put_texts(&w, record, "|");
	assert_string_equal(writer_text(&w), table);
}

static void texts_are_written(void **state)
{
	static const uint8_t hash[HISTORY_HASH_SIZE] = { 0xab, 0x01 };
	struct history_record record = mail_of(HISTORY_KEY_MAIL);
	(void)state;
	check_texts(&record,
	            "{\"rrname\":\"example.com\",\"rrtype\":\"MAIL\",\"rdata\":\"192.0.2.25\","
	            "\"time_first\":100,\"time_last\":200,\"count\":3,\"accepted\":2,\"tls\":1,"
	            "\"sensor_id\":\"here\"}",
	            "example.com|MAIL|192.0.2.25|accepted 2, with TLS 1");
	record = mail_of(HISTORY_KEY_RECIPIENT);
	check_texts(&record,
	            "{\"rrname\":\"anna@example.com\",\"rrtype\":\"RCPT\",\"rdata\":\"192.0.2.25\","
	            "\"time_first\":100,\"time_last\":200,\"count\":3,\"client\":\"192.0.2.7\","
	            "\"from\":\"b\\\"\\u0000\\\\d@other.test\",\"reply_code\":250,\"content\":true,"
	            "\"tls\":false,",
	            "anna@example.com|RCPT|192.0.2.25|"
	            "from <b\"\\x00\\d@other.test> at 192.0.2.7, reply 250, with content");
	record = fact_of(HISTORY_BANNER, TEXT("mx\33.test"));
	check_texts(&record, "\"rrname\":\"192.0.2.25\",\"rrtype\":\"BANNER\"",
	            "192.0.2.25|BANNER|mx\\x1b.test");
	record = fact_of(HISTORY_STARTTLS, NO, 1);
	check_texts(&record, "\"rdata\":\"not offered\"", "192.0.2.25|STARTTLS|not offered");
	record = fact_of(HISTORY_TLS, YES, 1);
	check_texts(&record, "\"rdata\":\"yes\"", "192.0.2.25|TLS|yes");
	record = fact_of(HISTORY_CERTIFICATE_KEY, hash, sizeof(hash));
	check_texts(&record, "\"rdata\":\"ab0100000000",
	            "192.0.2.25|CERTIFICATE-KEY|"
	            "ab01000000000000000000000000000000000000000000000000000000000000");
	record = client_of();
	check_texts(&record, "\"origin\":\"cache\",\"client\":\"192.0.2.9\"",
	            "example.com|0|A|192.0.2.1");
}

/* Whether the content was taken and whether TLS was used are kept apart. */
static void flags_are_read_back(void **state)
{
	static const enum history_key_kind kinds[] = { HISTORY_KEY_RECIPIENT, HISTORY_KEY_SENDER };
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint8_t key[HISTORY_KEY_MAX];
		struct history_record read, record = mail_of(kinds[i / 4]);
		record.mail.content = (i & 1) != 0;
		record.mail.tls = (i & 2) != 0;
		size_t size = history_key_write(&record, key);
		assert_true(history_key_read(key, size, &read));
		assert_int_equal(read.mail.content, record.mail.content);
		assert_int_equal(read.mail.tls, record.mail.tls);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_read_back),       cmocka_unit_test(keys_are_read_back),
		cmocka_unit_test(longest_keys_fit),          cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(values_of_mail_are_summed), cmocka_unit_test(texts_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
