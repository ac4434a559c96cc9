/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/tls/tls_hello.h"

/*! \brief A ClientHello under construction. */
struct hello {
	uint8_t bytes[2 * TLS_HELLO_MAX];
	size_t size;
};

static void put16(struct hello *h, size_t value)
{
	h->bytes[h->size++] = (uint8_t)(value >> 8);
	h->bytes[h->size++] = (uint8_t)value;
}

static void put(struct hello *h, const void *bytes, size_t size)
{
	memcpy(h->bytes + h->size, bytes, size);
	h->size += size;
}

static void put_zeros(struct hello *h, size_t size)
{
	memset(h->bytes + h->size, 0, size);
	h->size += size;
}

static void put_extension(struct hello *h, unsigned type, size_t size)
{
	put16(h, type);
	put16(h, size);
	put_zeros(h, size);
}

static void put_name(struct hello *h, uint8_t type, const char *name)
{
	size_t size = strlen(name);
	put16(h, 0);
	put16(h, size + 5);
	put16(h, size + 3);
	put(h, &type, 1);
	put16(h, size);
	put(h, name, size);
}

/*! \brief The message up to its name, after `before` octets of padding. */
static void message_begin(struct hello *h, size_t before)
{
	h->size = 0;
	put(h, "\1\0\0\0", 4);
	put16(h, 0x0303);
	put_zeros(h, 32);
	put(h, "\4sess", 5);
	put16(h, 4);
	put(h, "\x13\x01\x13\x02", 4);
	put(h, "\1\0", 2);
	put16(h, 0); /* not looked at */
	put_extension(h, 21, before);
}

static void message_end(struct hello *h)
{
	h->bytes[2] = (uint8_t)((h->size - 4) >> 8);
	h->bytes[3] = (uint8_t)(h->size - 4);
}

/*! \brief Cuts the message into records of at most `record` octets. */
static void wrap(struct hello *out, const struct hello *message, size_t record)
{
	out->size = 0;
	for (size_t i = 0; i < message->size; i += record) {
		size_t size = message->size - i < record ? message->size - i : record;
		put(out, "\x16\x03\x01", 3);
		put16(out, size);
		put(out, message->bytes + i, size);
	}
}

static enum tls_hello_status feed(struct tls_hello *hello, const struct hello *in, size_t step)
{
	tls_hello_init(hello);
	for (size_t i = 0; i < in->size; i += step) {
		size_t size = in->size - i < step ? in->size - i : step;
		tls_hello_feed(hello, in->bytes + i, size);
	}
	return hello->status;
}

static void assert_name(const struct tls_hello *hello, const char *expected)
{
	size_t size;
	const char *name = tls_hello_name(hello, &size);
	if (expected == NULL) {
		assert_null(name);
		assert_int_equal(size, 0);
		return;
	}
	assert_non_null(name);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(name, expected, size);
}

static void name_survives_every_cut(void **state)
{
	(void)state;
	static const size_t records[] = { 1, 2, 3, 4, 5, 50, 16384 };
	static const size_t steps[] = { 1, 2, 3, 7, 64, SIZE_MAX / 2 };
	struct hello message, in;
	static struct tls_hello hello;

	message_begin(&message, 16);
	put_name(&message, 0, "mail.example.test");
	message_end(&message);
	for (size_t r = 0; r < sizeof(records) / sizeof(records[0]); r++) {
		wrap(&in, &message, records[r]);
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			assert_int_equal(feed(&hello, &in, steps[i]), TLS_HELLO_DONE);
			assert_name(&hello, "mail.example.test");
		}
	}
}

static void every_prefix_wants_more(void **state)
{
	(void)state;
	struct hello message, in;
	static struct tls_hello hello;

	message_begin(&message, 0);
	put_name(&message, 0, "a.test");
	message_end(&message);
	wrap(&in, &message, 16384);
	for (size_t whole = in.size; in.size > 0; in.size--) {
		enum tls_hello_status expected = in.size == whole ? TLS_HELLO_DONE : TLS_HELLO_MORE;
		assert_int_equal(feed(&hello, &in, in.size), expected);
	}
}

static void names(void **state)
{
	(void)state;
	static char name_255[256], name_256[257];
	memset(name_255, 'a', 255);
	memset(name_256, 'a', 256);
	static const struct {
		const char *name;
		uint8_t type;
		size_t before;
		const char *expected;
	} tests[] = {
		/* kinds */
		{ "a.test", 0, 0, "a.test" },
		{ "a.test", 1, 0, NULL },
		/* length */
		{ "", 0, 0, NULL },
		{ "a", 0, 0, "a" },
		{ name_255, 0, 0, name_255 },
		{ name_256, 0, 0, NULL },
		/* place in a message longer than the buffer: 57 octets before, 9 before the name */
		{ "a.test", 0, TLS_HELLO_MAX - 57 - 9 - 6, "a.test" },
		{ "a.test", 0, TLS_HELLO_MAX - 57 - 9 - 5, NULL },
		{ "a.test", 0, TLS_HELLO_MAX, NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct hello message, in;
		static struct tls_hello hello;
		message_begin(&message, tests[i].before);
		put_name(&message, tests[i].type, tests[i].name);
		message_end(&message);
		wrap(&in, &message, 16384);
		assert_int_equal(feed(&hello, &in, 100), TLS_HELLO_DONE);
		assert_name(&hello, tests[i].expected);
	}
}

/* RFC 6066, 3: a list, of which the first host_name with octets is taken. */
static void lists_of_names(void **state)
{
	(void)state;
	static const struct {
		const char *list;
		size_t size;
		const char *expected;
	} tests[] = {
		{ "", 0, NULL },
		{ "\1\0\1x\0\0\1b", 8, "b" },
		{ "\0\0\0\0\0\1b", 7, "b" },
		{ "\0\0\1a\0\0\1b", 8, "a" },
		{ "\0\0\2a", 4, NULL },
		{ "\0\0", 2, NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct hello message, in;
		static struct tls_hello hello;
		message_begin(&message, 0);
		put16(&message, 0);
		put16(&message, tests[i].size + 2);
		put16(&message, tests[i].size);
		put(&message, tests[i].list, tests[i].size);
		message_end(&message);
		wrap(&in, &message, 16384);
		assert_int_equal(feed(&hello, &in, 100), TLS_HELLO_DONE);
		assert_name(&hello, tests[i].expected);
	}
}

static void lengths_that_lie(void **state)
{
	(void)state;
	struct hello message, in;
	static struct tls_hello hello;

	/* Each octet of the message in turn set to 255: no over-read, some end. */
	message_begin(&message, 2);
	put_name(&message, 0, "a.test");
	message_end(&message);
	for (size_t i = 4; i < message.size; i++) {
		uint8_t was = message.bytes[i];
		message.bytes[i] = 0xff;
		wrap(&in, &message, 16384);
		assert_int_equal(feed(&hello, &in, in.size), TLS_HELLO_DONE);
		message.bytes[i] = was;
	}
}

static void what_is_no_hello(void **state)
{
	(void)state;
	static const struct {
		const char *name, *bytes;
		size_t size;
		enum tls_hello_status status;
	} tests[] = {
		{ "alert", "\x15\3\1\0\2", 5, TLS_HELLO_BAD },
		{ "SSL 2", "\x16\2\0\0\2", 5, TLS_HELLO_BAD },
		{ "empty record", "\x16\3\1\0\0", 5, TLS_HELLO_BAD },
		{ "record of 16384", "\x16\3\1\x40\0", 5, TLS_HELLO_MORE },
		{ "record of 16385", "\x16\3\1\x40\1", 5, TLS_HELLO_BAD },
		{ "ServerHello", "\x16\3\1\0\4\2", 6, TLS_HELLO_BAD },
		{ "empty message", "\x16\3\1\0\4\1\0\0\0", 9, TLS_HELLO_DONE },
		{ "text", "EHLO a.test\r\n", 13, TLS_HELLO_BAD },
		{ "nothing", "", 0, TLS_HELLO_MORE },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		static struct tls_hello hello;
		tls_hello_init(&hello);
		tls_hello_feed(&hello, (const uint8_t *)tests[i].bytes, tests[i].size);
		if (hello.status != tests[i].status) {
			fail_msg("%s: status %d", tests[i].name, (int)hello.status);
		}
		assert_name(&hello, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(name_survives_every_cut),
		cmocka_unit_test(every_prefix_wants_more),
		cmocka_unit_test(names),
		cmocka_unit_test(lists_of_names),
		cmocka_unit_test(lengths_that_lie),
		cmocka_unit_test(what_is_no_hello),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
