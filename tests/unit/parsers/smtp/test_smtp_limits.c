/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits of the SMTP parser: what is dropped, counted, cut and wiped. */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/smtp/smtp.h"
#include "tests/unit/parsers/smtp/smtp_record.h"

struct fixture {
	struct smtp_session session;
	struct record record;
	uint64_t offset[2];
};

static struct fixture *begin(void)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	smtp_init(&f.session, &HANDLER, &f.record);
	return &f;
}

static void send_text(struct fixture *f, enum smtp_side side, const char *text)
{
	feed(&f->session, side, (const uint8_t *)text, strlen(text), f->offset);
}

static void send_times(struct fixture *f, enum smtp_side side, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		send_text(f, side, text);
	}
}

static void greet(struct fixture *f)
{
	send_text(f, SMTP_SERVER, "220 mx\r\n");
	send_text(f, SMTP_CLIENT, "HELO a\r\n");
	send_text(f, SMTP_SERVER, "250 mx\r\n");
}

static size_t count(const struct fixture *f, const char *event)
{
	size_t n = 0;
	for (const char *p = f->record.text; (p = strstr(p, event)) != NULL; p++) {
		n++;
	}
	return n;
}

static void long_command_is_cut(void **state)
{
	(void)state;
	static const struct {
		size_t padding;
		unsigned truncated;
	} tests[] = { { SMTP_LINE_MAX - 17, 0 }, { SMTP_LINE_MAX - 16, 1 }, { 100000, 1 } };

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>");
		send_times(f, SMTP_CLIENT, " ", tests[i].padding);
		send_text(f, SMTP_CLIENT, "\r\nRCPT TO:<b@b>\r\n");
		smtp_end(&f->session);
		assert_int_equal(f->session.counters.truncated, tests[i].truncated);
		assert_int_equal(count(f, "mail a@a|rcpt 0 b@b|"), 1);
	}
}

static void recipients_beyond_the_ring_get_0(void **state)
{
	(void)state;
	static const struct {
		size_t rcpts, unknown;
	} tests[] = {
		/* one place is for MAIL, one for all commands that do not fit */
		{ SMTP_PENDING_MAX - 2, 0 },
		{ SMTP_PENDING_MAX - 1, 1 },
		{ SMTP_PENDING_MAX + 50, 52 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		send_times(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n", tests[i].rcpts);
		send_times(f, SMTP_SERVER, "250 ok\r\n", tests[i].rcpts + 1);
		send_text(f, SMTP_CLIENT, "RCPT TO:<c@c>\r\n");
		send_text(f, SMTP_SERVER, "551 no\r\n");
		smtp_end(&f->session);
		assert_int_equal(f->session.counters.overflowed, tests[i].unknown);
		assert_int_equal(count(f, "rcpt "), tests[i].rcpts + 1);
		assert_int_equal(count(f, "rcpt= "), tests[i].rcpts + 1);
		assert_int_equal(count(f, " 250|"), tests[i].rcpts - tests[i].unknown + 1);
		/* The ring is in step again. */
		assert_int_equal(count(f, " 551|"), 1);
	}
}

/* The last place of the ring counts all commands that do not fit, of several mails. */
static void mails_beyond_the_ring_are_counted(void **state)
{
	(void)state;
	struct fixture *f = begin();
	send_text(f, SMTP_CLIENT, "EHLO a\r\n");
	send_times(f, SMTP_CLIENT, "NOOP\r\n", SMTP_PENDING_MAX - 3);
	send_times(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n", 9);
	send_times(f, SMTP_SERVER, "250 ok\r\n", SMTP_PENDING_MAX);
	send_text(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
	send_times(f, SMTP_SERVER, "250 ok\r\n", 7);
	assert_int_equal(f->session.counters.overflowed, 8);
	assert_int_equal(count(f, "rcpt= "), 0);
	send_text(f, SMTP_SERVER, "551 no\r\n");
	assert_int_equal(count(f, "rcpt= 0 551|"), 1);
	smtp_end(&f->session);
}

static void finals_are_bounded(void **state)
{
	(void)state;
	static const struct {
		size_t rcpts, emitted;
	} tests[] = {
		{ 65, 65 },
		{ SMTP_FINALS_MAX, SMTP_FINALS_MAX },
		{ SMTP_FINALS_MAX + 1, SMTP_FINALS_MAX },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		send_text(f, SMTP_SERVER, "220 l\r\n");
		send_text(f, SMTP_CLIENT, "LHLO a\r\n");
		send_text(f, SMTP_SERVER, "250 l\r\n");
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n");
		for (size_t n = 0; n < tests[i].rcpts; n++) {
			send_text(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
			send_text(f, SMTP_SERVER, "250 ok\r\n");
		}
		send_text(f, SMTP_CLIENT, "DATA\r\n");
		send_text(f, SMTP_SERVER, "354 go\r\n");
		send_text(f, SMTP_CLIENT, "x\r\n.\r\n");
		send_times(f, SMTP_SERVER, "452 no\r\n", tests[i].rcpts);
		smtp_end(&f->session);
		assert_int_equal(count(f, "final "), tests[i].emitted);
		assert_int_equal(count(f, "final 64 452|"), 1);
		assert_int_equal(count(f, "over refused 452|"), 1);
	}
}

static void hold_overflow_reads_on(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nDATA\r\nTo: b\r\n\r\n");
	send_times(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n", SMTP_HOLD_MAX / 15 + 1);
	send_text(f, SMTP_CLIENT, ".\r\n");
	assert_int_equal(count(f, "begin|header To=b|end "), 1);
	send_text(f, SMTP_SERVER, "250 ok\r\n354 go\r\n250 ok\r\n");
	assert_int_equal(count(f, "rcpt"), 0);
	assert_int_equal(count(f, "over accepted 250|"), 1);
	smtp_end(&f->session);
}

/*! \brief Reads commands in place of a chunk that was not sent, in segments of `step` octets. */
static size_t count_after_a_refused_chunk(const char *commands, size_t step, const char *event)
{
	struct fixture *f = begin();
	send_text(f, SMTP_CLIENT, "EHLO a\r\nMAIL FROM:<a@a>\r\nBDAT 5000 LAST\r\n");
	for (size_t left = strlen(commands); left > 0;) {
		size_t size = left < step ? left : step;
		feed(&f->session, SMTP_CLIENT, (const uint8_t *)commands, size, f->offset);
		commands += size;
		left -= size;
	}
	smtp_end(&f->session);
	return count(f, event);
}

/* They are more than can be read again. The server is not seen. */
static void all_commands_in_place_of_a_chunk_are_read(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 100, SMTP_DOUBT_MAX, SIZE_MAX };
	char commands[SMTP_DOUBT_MAX + 100] = "RSET\r\n";
	while (strlen(commands) < SMTP_DOUBT_MAX) {
		strcat(commands, "NOOP\r\n");
	}
	strcat(commands, "MAIL FROM:<c@c>\r\n");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(count_after_a_refused_chunk(commands, steps[i], "mail c@c|"), 1);
	}
}

static void value_is_cut(void **state)
{
	(void)state;
	struct fixture *f = begin();
	char want[SMTP_VALUE_MAX + 32];
	greet(f);
	send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
	send_text(f, SMTP_SERVER, "250 ok\r\n");
	send_text(f, SMTP_CLIENT, "DATA\r\n");
	send_text(f, SMTP_SERVER, "354 go\r\n");
	send_text(f, SMTP_CLIENT, "Subject: ");
	send_times(f, SMTP_CLIENT, "ab\r\n ", SMTP_VALUE_MAX);
	send_text(f, SMTP_CLIENT, "\r\nTo: b\r\n.\r\n");
	strcpy(want, "header Subject=");
	for (size_t i = 0; i + 3 <= SMTP_VALUE_MAX; i += 3) {
		strcat(want, "ab ");
	}
	strcat(want, "ab|header To=b|");
	assert_int_equal(count(f, want), 1);
	smtp_end(&f->session);
}

static void header_section_is_bounded(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nDATA\r\n");
	send_text(f, SMTP_SERVER, "250 ok\r\n354 go\r\n");
	send_times(f, SMTP_CLIENT, "X: 45678901\r\n", SMTP_HEADERS_MAX / 13 + 1);
	send_text(f, SMTP_CLIENT, "To: b\r\n.\r\n");
	assert_int_equal(count(f, "header"), 0);
	assert_int_equal(count(f, "end "), 1);
	smtp_end(&f->session);
}

static void offsets_are_the_callers(void **state)
{
	(void)state;
	struct fixture *f = begin();
	f->offset[SMTP_CLIENT] = UINT32_MAX;
	send_text(f, SMTP_SERVER, "220 mx\r\n");
	send_text(f, SMTP_CLIENT, "HELO a\r\n");
	assert_int_equal(f->record.last_offset, UINT32_MAX);
	send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\n");
	/* Held after HELO until its reply. */
	send_text(f, SMTP_SERVER, "250 mx\r\n");
	assert_int_equal(f->record.last_offset, (uint64_t)UINT32_MAX + 8 + 17);
	send_text(f, SMTP_CLIENT, "DATA\r\n");
	send_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
	send_text(f, SMTP_CLIENT, "x\n.\ny");
	assert_int_equal(f->record.last_offset, (uint64_t)UINT32_MAX + 8 + 17 + 15 + 6 + 3);
	smtp_end(&f->session);
}

/* Each command is held until the server has replied to the one before it. */
static void offsets_of_held_commands_are_the_callers(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second, *event;
	} tests[] = {
		{ "MAIL FROM:<b@b>\r\n", "RCPT TO:<c@c>\r\n", "rcpt 0 c@c|" },
		{ "MAIL FROM:<b@b>\n", "RCPT TO:<c@c>\n", "rcpt 0 c@c|" },
		{ "XCLIENT ADDR=192.0.2.1\r\n", "MAIL FROM:<c@c>\r\n", "mail c@c|" },
		{ "RSET\r\n", "MAIL FROM:<c@c>\r\n", "mail c@c|" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n");
		send_text(f, SMTP_CLIENT, tests[i].first);
		uint64_t offset = f->offset[SMTP_CLIENT];
		send_text(f, SMTP_CLIENT, tests[i].second);
		assert_int_equal(count(f, tests[i].event), 0);
		send_text(f, SMTP_SERVER, "250 ok\r\n");
		assert_int_equal(count(f, tests[i].event), 1);
		assert_int_equal(f->record.last_offset, offset);
		smtp_end(&f->session);
	}
}

/* The mail is held after content in doubt, of which more was read than can be read again. */
static void the_offset_after_content_in_doubt_is_the_callers(void **state)
{
	(void)state;
	for (size_t lines = 1; lines <= SMTP_DOUBT_MAX; lines += 97) {
		struct fixture *f = begin();
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n");
		send_text(f, SMTP_CLIENT, "DATA\r\n");
		send_text(f, SMTP_SERVER, "354 go\r\n");
		send_text(f, SMTP_CLIENT, "x\n.\nRSET\r\n");
		send_times(f, SMTP_CLIENT, "xyz\r\n", lines);
		send_text(f, SMTP_CLIENT, ".\r\n");
		uint64_t offset = f->offset[SMTP_CLIENT];
		send_text(f, SMTP_CLIENT, "MAIL FROM:<c@c>\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n");
		send_text(f, SMTP_CLIENT, "QUIT\r\n");
		assert_int_equal(count(f, "mail c@c|"), 1);
		assert_int_equal(f->record.last_offset, offset);
		smtp_end(&f->session);
	}
}

static void a_smuggled_nul_is_flagged(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	send_text(f, SMTP_CLIENT, "DATA\r\n");
	send_text(f, SMTP_SERVER, "354 go\r\n");
	feed(&f->session, SMTP_CLIENT, (const uint8_t *)"x\r\n\0.\r\ny", 8, f->offset);
	assert_int_equal(f->session.counters.smuggling, 1);
	assert_int_equal(f->session.mode, SMTP_MODE_DATA);
	smtp_end(&f->session);
}

static void a_nul_in_a_command_is_an_octet(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	feed(&f->session, SMTP_CLIENT, (const uint8_t *)"MAIL FROM:<a@a>\0RCPT TO:<x@x>\r\n", 32,
	     f->offset);
	feed(&f->session, SMTP_CLIENT, (const uint8_t *)"RSET\0\r\n\0\r\n", 10, f->offset);
	send_text(f, SMTP_SERVER, "250 ok\r\n500 what\r\n500 what\r\n");
	send_text(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
	send_text(f, SMTP_SERVER, "550 no\r\n");
	smtp_end(&f->session);
	assert_int_equal(f->session.counters.unknown, 2);
	assert_int_equal(count(f, "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|"), 1);
}

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define IPV6      "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

/* Headers of the PROXY protocol, version 2. */
static const struct {
	const char *bytes;
	size_t size, more; /* More octets of TLVs. */
	const char *events;
} headers[] = {
#define HEADER(bytes, more, events)                                                                \
	{                                                                                          \
		SIGNATURE bytes, sizeof(SIGNATURE bytes) - 1, more, events                         \
	}
	/* IPv4, IPv6, with TLVs, with more than can be held */
	HEADER("\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\x9c\x40\0\x19", 0,
	       "origin ::ffff:192.0.2.1 40000|"),
	HEADER("\x21\x21\0\x24" IPV6 IPV6 "\x9c\x40\0\x19", 0, "origin 2001:db8::1 40000|"),
	HEADER("\x21\x11\0\x13\xc0\0\2\1\xc0\0\2\2\x9c\x40\0\x19\4\0\4\r\nX\n", 0,
	       "origin ::ffff:192.0.2.1 40000|"),
	HEADER("\x21\x11\xff\xff\xc0\0\2\1\xc0\0\2\2\x9c\x40\0\x19", 65535 - 12,
	       "origin ::ffff:192.0.2.1 40000|"),
	/* LOCAL, with and without addresses; UNSPEC; UNIX */
	HEADER("\x20\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\x9c\x40\0\x19", 0, ""),
	HEADER("\x20\0\0\0", 0, ""),
	HEADER("\x21\0\0\0", 0, ""),
	HEADER("\x21\x31\0\xd8", 216, ""),
	/* shorter than its addresses */
	HEADER("\x21\x11\0\x0b\xc0\0\2\1\xc0\0\2\2\x9c\x40\0", 0, ""),
};

/*! \brief Sends a header and the octets after it in steps. */
static struct fixture *send_header(size_t i, size_t step)
{
	struct fixture *f = begin();
	const uint8_t *bytes = (const uint8_t *)headers[i].bytes;
	for (size_t at = 0; at < headers[i].size; at += step) {
		size_t left = headers[i].size - at;
		feed(&f->session, SMTP_CLIENT, bytes + at, left < step ? left : step, f->offset);
	}
	send_times(f, SMTP_CLIENT, "\n", headers[i].more);
	return f;
}

static void binary_proxy_headers_are_read(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 5, 15, 16, 1000 };
	for (size_t n = 0; n < 5 * sizeof(headers) / sizeof(headers[0]); n++) {
		struct fixture *f = send_header(n / 5, steps[n % 5]);
		char want[256];
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n");
		smtp_end(&f->session);
		(void)snprintf(want, sizeof(want), "%sgreeting 220 mx|HELO a|mail a@a|mail= 250|%s",
		               headers[n / 5].events, "over abandoned 0|");
		assert_string_equal(f->record.text, want);
		assert_int_equal(f->session.counters.gaps + f->session.counters.unknown, 0);
	}
}

/* A server that does not know them replies to their lines. */
static void a_refused_binary_proxy_header_has_no_effect(void **state)
{
	(void)state;
	struct fixture *f = send_header(0, 1000);
	send_text(f, SMTP_SERVER, "220 mx\r\n500 what\r\n500 what\r\n500 what\r\n");
	smtp_end(&f->session);
	assert_string_equal(f->record.text, "origin ::ffff:192.0.2.1 40000|greeting 220 mx|"
	                                    "origin refused|");
}

static bool remembers(const struct smtp_session *s, const char *secret)
{
	return memmem(s, sizeof(*s), secret, strlen(secret)) != NULL;
}

static void credentials_are_wiped(void **state)
{
	(void)state;
	static const char *const scripts[] = {
		"EHLO a\r\nAUTH PLAIN c2VjcmV0\r\n",
		"EHLO a\r\nAUTH LOGIN\r\nc2VjcmV0\r\n",
		"AUTH PLAIN c2VjcmV0\r\nx\r\n",
		"MAIL FROM:<a@a>\r\nAUTH PLAIN c2VjcmV0\r\n",
		"c2VjcmV0\r\n",
	};
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct fixture *f = begin();
		send_text(f, SMTP_CLIENT, scripts[i]);
		assert_false(remembers(&f->session, "c2VjcmV0"));
		/* No event has it either. */
		assert_null(strstr(f->record.text, "c2VjcmV0"));
		smtp_end(&f->session);
	}
	struct fixture *f = begin();
	greet(f);
	send_text(f, SMTP_CLIENT, "AUTH LOGIN\r\n");
	send_text(f, SMTP_SERVER, "334 x\r\n");
	send_text(f, SMTP_CLIENT, "c2Vj");
	assert_true(remembers(&f->session, "c2Vj"));
	smtp_end(&f->session);
	assert_false(remembers(&f->session, "c2Vj"));
}

/* Octets that were taken for content may be credentials. */
static void content_is_wiped(void **state)
{
	(void)state;
	static const char *const scripts[] = {
		"Subject: c2VjcmV0\r\n",
		"Subject: 0123456789 c2VjcmV0\r\n\tb\r\nTo: a\r\n\r\n",
		"X-A: 0123456789 c2VjcmV0\r\nX-B: b\r\n",
		"X-A: c2VjcmV0",
	};
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct fixture *f = begin();
		greet(f);
		send_text(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\nDATA\r\n");
		send_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
		send_text(f, SMTP_CLIENT, scripts[i]);
		assert_true(remembers(&f->session, "c2VjcmV0"));
		smtp_end(&f->session);
		assert_false(remembers(&f->session, "c2VjcmV0"));
	}
}

static void counters_count(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	send_text(f, SMTP_CLIENT, "XYZ\r\nNOOP\r\n");
	send_text(f, SMTP_SERVER, "500-a\r\n500 b\r\nbad\r\n250 ok\r\n");
	smtp_gap(&f->session, SMTP_CLIENT, 7);
	smtp_gap(&f->session, SMTP_SERVER, 3);
	smtp_end(&f->session);
	const struct smtp_counters *c = &f->session.counters;
	assert_int_equal(c->commands, 3);
	assert_int_equal(c->unknown, 1);
	assert_int_equal(c->replies, 4);
	assert_int_equal(c->malformed, 1);
	assert_int_equal(c->gaps, 10);
	assert_int_equal(c->relost, 1);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(long_command_is_cut),
		cmocka_unit_test(recipients_beyond_the_ring_get_0),
		cmocka_unit_test(mails_beyond_the_ring_are_counted),
		cmocka_unit_test(finals_are_bounded),
		cmocka_unit_test(hold_overflow_reads_on),
		cmocka_unit_test(all_commands_in_place_of_a_chunk_are_read),
		cmocka_unit_test(value_is_cut),
		cmocka_unit_test(header_section_is_bounded),
		cmocka_unit_test(offsets_are_the_callers),
		cmocka_unit_test(offsets_of_held_commands_are_the_callers),
		cmocka_unit_test(the_offset_after_content_in_doubt_is_the_callers),
		cmocka_unit_test(a_smuggled_nul_is_flagged),
		cmocka_unit_test(a_nul_in_a_command_is_an_octet),
		cmocka_unit_test(binary_proxy_headers_are_read),
		cmocka_unit_test(a_refused_binary_proxy_header_has_no_effect),
		cmocka_unit_test(credentials_are_wiped),
		cmocka_unit_test(content_is_wiped),
		cmocka_unit_test(counters_count),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
