/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/tls/tls_certificate.h"

/*! \brief Octets under construction; a length is filled in when its element ends. */
struct built {
	uint8_t bytes[TLS_CERTIFICATE_MAX + 4096];
	size_t size;
};

static void put(struct built *b, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(b->bytes) - b->size);
	memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
}

static void put_number(struct built *b, size_t value, size_t octets)
{
	while (octets-- > 0) {
		uint8_t octet = (uint8_t)(value >> (8 * octets));
		put(b, &octet, 1);
	}
}

/*! \brief A DER element; lengths of two octets, which are valid for the reader at any size. */
static void put_der(struct built *b, uint8_t tag, const void *content, size_t size)
{
	put_number(b, tag, 1);
	put_number(b, 0x82, 1);
	put_number(b, size, 2);
	put(b, content, size);
}

static void put_built(struct built *b, uint8_t tag, const struct built *content)
{
	put_der(b, tag, content->bytes, content->size);
}

static void put_name(struct built *b, const char *name)
{
	static struct built attribute, set, subject;
	attribute.size = set.size = subject.size = 0;
	if (name != NULL) {
		put_der(&attribute, 0x06, "\x55\x04\x03", 3);
		put_der(&attribute, 0x0c, name, strlen(name));
		put_built(&set, 0x30, &attribute);
		put_built(&subject, 0x31, &set);
	}
	put_built(b, 0x30, &subject);
}

/*! \brief subjectAltName, critical; an address among the names. */
static void put_extensions(struct built *b, const char *const *names)
{
	static struct built list, sequence, octets, extension, wrapped, all;
	list.size = sequence.size = octets.size = extension.size = wrapped.size = all.size = 0;
	put_der(&list, 0x87, "\300\0\2\1", 4);
	for (; *names != NULL; names++) {
		put_der(&list, 0x82, *names, strlen(*names));
	}
	put_built(&sequence, 0x30, &list);
	put_der(&extension, 0x06, "\x55\x1d\x11", 3);
	put_der(&extension, 0x01, "\377", 1);
	put_built(&extension, 0x04, &sequence);
	put_der(&octets, 0x30, "\6\3\x55\x1d\x0f\4\2\3\0", 9);
	put_built(&octets, 0x30, &extension);
	put_built(&wrapped, 0x30, &octets);
	put_built(b, 0xa3, &wrapped);
}

static void put_certificate(struct built *b, const char *name, const char *const *others)
{
	static struct built body, certificate, whole;
	body.size = certificate.size = whole.size = 0;
	put_der(&body, 0xa0, "\2\1\2", 3); /* version */
	put_der(&body, 0x02, "\1", 1);     /* serialNumber */
	put_der(&body, 0x30, "", 0);       /* signature */
	put_name(&body, "issuer.test");    /* issuer */
	put_der(&body, 0x30, "", 0);       /* validity */
	put_name(&body, name);             /* subject */
	put_der(&body, 0x30, "key", 3);    /* subjectPublicKeyInfo */
	put_extensions(&body, others);
	put_built(&certificate, 0x30, &body);
	put_der(&certificate, 0x30, "", 0);
	put_built(&whole, 0x30, &certificate);
	put_number(b, whole.size + 3, 3);
	put_number(b, whole.size, 3);
	put(b, whole.bytes, whole.size);
}

/*! \brief A message in records of at most `record` octets. */
static void put_message(struct built *b, uint8_t type, const struct built *content, size_t record)
{
	static struct built message;
	message.size = 0;
	put_number(&message, type, 1);
	put_number(&message, content->size, 3);
	put(&message, content->bytes, content->size);
	for (size_t at = 0; at < message.size; at += record) {
		size_t size = message.size - at < record ? message.size - at : record;
		put(b, "\x16\3\3", 3);
		put_number(b, size, 2);
		put(b, message.bytes + at, size);
	}
}

static void put_hello(struct built *b, unsigned version, size_t record)
{
	static struct built hello;
	static const uint8_t random[32];
	hello.size = 0;
	put_number(&hello, version > 0x0303 ? 0x0303 : version, 2);
	put(&hello, random, sizeof(random));
	put(&hello, "\4sess\x13\x01\0", 8);
	if (version > 0x0303) {
		put(&hello, "\0\6\0\x2b\0\2", 6);
		put_number(&hello, version, 2);
	}
	put_message(b, 2, &hello, record);
}

static void put_chain(struct built *b, const char *name, const char *const *others, size_t record)
{
	static struct built chain;
	chain.size = 0;
	put_certificate(&chain, name, others);
	put_message(b, 11, &chain, record);
}

static const char *const OTHERS[] = { "mx.a.test", "*.b.test", NULL };

/* The names that were found, as text. */
static const char *found(const struct tls_certificate *c)
{
	static char text[512];
	size_t size, at = 0;
	uint16_t walk = 0;
	const char *name = tls_certificate_name(c, &size);
	memcpy(text, name != NULL ? name : "-", name != NULL ? size : 1);
	at += name != NULL ? size : 1;
	while ((name = tls_certificate_other(c, &walk, &size)) != NULL) {
		assert_true(size < sizeof(text) - at - 2);
		text[at++] = '|';
		memcpy(text + at, name, size);
		at += size;
	}
	text[at] = '\0';
	return text;
}

static struct tls_certificate *feed(const struct built *b, size_t step)
{
	static struct tls_certificate c;
	tls_certificate_init(&c);
	for (size_t at = 0; at < b->size; at += step) {
		(void)tls_certificate_feed(&c, b->bytes + at,
		                           b->size - at < step ? b->size - at : step);
	}
	return &c;
}

/* The subjectPublicKeyInfo of put_certificate(). */
#define KEY "\x30\x82\0\3key"

static void names_at_every_cut(void **state)
{
	(void)state;
	static const size_t records[] = { 1, 7, 100, 16384 };
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		static struct built b;
		b.size = 0;
		put_hello(&b, 0x0303, records[i]);
		put_chain(&b, "a.test", OTHERS, records[i]);
		for (size_t step = 1; step <= 64; step += 9) {
			const struct tls_certificate *c = feed(&b, step);
			assert_int_equal(c->status, TLS_CERTIFICATE_DONE);
			assert_int_equal(c->version, 0x0303);
			assert_string_equal(found(c), "a.test|mx.a.test|*.b.test");
			size_t size;
			const uint8_t *key = tls_certificate_key(c, &size);
			assert_int_equal(size, sizeof(KEY) - 1);
			assert_memory_equal(key, KEY, size);
		}
	}
}

static void every_prefix_is_safe(void **state)
{
	(void)state;
	static struct built b;
	b.size = 0;
	put_hello(&b, 0x0303, 16384);
	size_t hello = b.size;
	put_chain(&b, "a.test", OTHERS, 16384);
	size_t whole = b.size;
	for (b.size = 0; b.size < whole; b.size++) {
		const struct tls_certificate *c = feed(&b, 4096);
		assert_int_equal(c->status, TLS_CERTIFICATE_MORE);
		assert_int_equal(c->version, b.size < hello ? 0 : 0x0303);
		assert_string_equal(found(c), "-");
		assert_int_equal(c->key_size, 0);
	}
}

/* Any octet may have any value: no name may extend beyond the input. */
static void every_octet_may_lie(void **state)
{
	(void)state;
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0x81, 0x84, 0xff };
	static struct built b;
	b.size = 0;
	put_hello(&b, 0x0303, 16384);
	put_chain(&b, "a.test", OTHERS, 16384);
	for (size_t at = 0; at < b.size; at++) {
		uint8_t was = b.bytes[at];
		for (size_t k = 0; k < sizeof(values); k++) {
			b.bytes[at] = values[k];
			const struct tls_certificate *c = feed(&b, 4096);
			assert_in_range(c->name_pos + c->name_size, 0, TLS_CERTIFICATE_MAX);
			assert_in_range(c->others_pos + c->others_size, 0, TLS_CERTIFICATE_MAX);
			assert_in_range(c->key_pos + c->key_size, 0, TLS_CERTIFICATE_MAX);
			(void)found(c);
		}
		b.bytes[at] = was;
	}
}

static void other_handshakes(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned version; /* 0: no hello */
		const char *rest;
		size_t size;
		enum tls_certificate_status status;
	} tests[] = {
		{ "TLS 1.3", 0x0304, "", 0, TLS_CERTIFICATE_DONE },
		{ "resumed: ciphers change", 0x0303, "\x14\3\3\0\1\1", 6, TLS_CERTIFICATE_DONE },
		{ "resumed: a ticket", 0x0303, "\x16\3\3\0\4\4\0\0\0", 9, TLS_CERTIFICATE_DONE },
		{ "an alert", 0, "\x15\3\3\0\2\2\x28", 7, TLS_CERTIFICATE_BAD },
		{ "text", 0, "220 mx\r\n", 8, TLS_CERTIFICATE_BAD },
		{ "a ClientHello", 0, "\x16\3\3\0\4\1\0\0\0", 9, TLS_CERTIFICATE_BAD },
		{ "a hello of no octets", 0, "\x16\3\3\0\4\2\0\0\0", 9, TLS_CERTIFICATE_BAD },
		{ "a certificate of no octets", 0x0301, "\x16\3\3\0\4\x0b\0\0\0", 9,
		  TLS_CERTIFICATE_DONE },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		static struct built b;
		b.size = 0;
		if (tests[i].version != 0) {
			put_hello(&b, tests[i].version, 16384);
		}
		put(&b, tests[i].rest, tests[i].size);
		const struct tls_certificate *c = feed(&b, 1);
		if (c->status != tests[i].status || c->version != tests[i].version ||
		    strcmp(found(c), "-") != 0) {
			fail_msg("%s: %d, %x, %s", tests[i].name, c->status, c->version, found(c));
		}
	}
}

/* More names than are kept: those that are whole are found. */
static void long_certificate(void **state)
{
	(void)state;
	static char text[260][40];
	static const char *names[261];
	static struct built b;
	for (size_t i = 0; i < 260; i++) {
		memset(text[i], 'a', sizeof(text[i]) - 1);
		names[i] = text[i];
	}
	b.size = 0;
	put_hello(&b, 0x0303, 16384);
	put_chain(&b, "a.test", names, 16384);
	const struct tls_certificate *c = feed(&b, 1000);
	size_t size, count = 0;
	uint16_t walk = 0;
	assert_int_equal(c->status, TLS_CERTIFICATE_DONE);
	while (tls_certificate_other(c, &walk, &size) != NULL) {
		assert_int_equal(size, 39);
		count++;
	}
	assert_in_range(count, 150, 200);
}

/* A key of which the end is not kept would have another hash. */
static void cut_key(void **state)
{
	(void)state;
	static struct built b;
	static char name[TLS_CERTIFICATE_MAX];
	size_t cuts[2] = { 0, 0 }; /* whole keys, cut keys */
	memset(name, 'a', sizeof(name) - 1);
	for (size_t size = TLS_CERTIFICATE_MAX - 120; size < TLS_CERTIFICATE_MAX - 60; size++) {
		name[size] = '\0';
		b.size = 0;
		put_hello(&b, 0x0303, 16384);
		put_chain(&b, name, (const char *const[]){ NULL }, 16384);
		name[size] = 'a';
		const struct tls_certificate *c = feed(&b, 1000);
		assert_int_equal(c->status, TLS_CERTIFICATE_DONE);
		assert_true(c->key_size == 0 || c->key_size == sizeof(KEY) - 1);
		cuts[c->key_size == 0]++;
	}
	assert_true(cuts[0] > 0 && cuts[1] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_at_every_cut),  cmocka_unit_test(every_prefix_is_safe),
		cmocka_unit_test(every_octet_may_lie), cmocka_unit_test(other_handshakes),
		cmocka_unit_test(long_certificate),    cmocka_unit_test(cut_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
