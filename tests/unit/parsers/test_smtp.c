/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/smtp.h"

/* A ClientHello for a.test, and the same in two parts. */
#define TLS_1 "c \x16\3\1|"
#define TLS_2 "x |"
#define TLS   TLS_1 TLS_2

#include "tests/unit/parsers/smtp_sessions.h"

static const uint8_t HELLO_REST[] = {
	0,
	62,
	1,
	0,
	0,
	58,
	3,
	3,
	/* random */
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	/* session, ciphers, compression */
	0,
	0,
	2,
	0x13,
	1,
	1,
	0,
	/* extensions */
	0,
	15,
	0,
	0,
	0,
	11,
	0,
	9,
	0,
	0,
	6,
	'a',
	'.',
	't',
	'e',
	's',
	't',
	0,
	0,
	0,
	0,
};

/*! \brief What a session told, as text. */
struct record {
	char text[8192];
	size_t size;
	bool replies;
	uint64_t last_offset;
};

__attribute__((format(printf, 2, 3))) static void tell(struct record *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(r->text + r->size, sizeof(r->text) - r->size, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(r->text) - r->size);
	r->size += (size_t)n;
}

#define TEXT(t) (int)(t).size, (t).size > 0 ? (t).text : ""

static const char *const VERBS[] = {
	[SMTP_UNKNOWN] = "-", [SMTP_EHLO] = "EHLO", [SMTP_HELO] = "HELO", [SMTP_LHLO] = "LHLO",
	[SMTP_MAIL] = "MAIL", [SMTP_RCPT] = "RCPT", [SMTP_DATA] = "DATA", [SMTP_BDAT] = "BDAT",
	[SMTP_RSET] = "RSET", [SMTP_QUIT] = "QUIT", [SMTP_NOOP] = "NOOP", [SMTP_VRFY] = "VRFY",
	[SMTP_EXPN] = "EXPN", [SMTP_AUTH] = "AUTH",
};

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	assert_true(line.size >= name.size);
	tell(user, "greeting %u %.*s|", code, TEXT(name));
}

static void on_hello(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	tell(user, "%s %.*s|", VERBS[verb], TEXT(name));
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	tell(user, "mail %.*s|", TEXT(from->raw));
}

static void on_mail_reply(void *user, unsigned code)
{
	tell(user, "mail= %u|", code);
}

static void on_rcpt(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	tell(user, "rcpt %u %.*s|", index, TEXT(to->raw));
}

static void on_rcpt_reply(void *user, unsigned index, unsigned code)
{
	tell(user, "rcpt= %u %u|", index, code);
}

static void on_rcpt_final(void *user, unsigned index, unsigned code)
{
	tell(user, "final %u %u|", index, code);
}

static void on_header(void *user, enum smtp_header which, struct smtp_text value)
{
	static const char *const names[] = { "From", "To", "Cc", "Subject", "Message-ID", "Date" };
	tell(user, "header %s=%.*s|", names[which], TEXT(value));
}

static void on_content_begin(void *user)
{
	tell(user, "begin|");
}

static void on_content_end(void *user, uint64_t bytes)
{
	tell(user, "end %u|", (unsigned)bytes);
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	static const char *const names[] = { "accepted", "refused", "undecided", "abandoned" };
	tell(user, "over %s %u|", names[outcome], code);
}

static void on_starttls(void *user, unsigned code)
{
	tell(user, "tls %u|", code);
}

static void on_sni(void *user, struct smtp_text name)
{
	tell(user, "sni %.*s|", TEXT(name));
}

static void on_auth(void *user, struct smtp_text mechanism)
{
	tell(user, "auth %.*s|", TEXT(mechanism));
}

static void on_query(void *user, enum smtp_verb verb, struct smtp_text what)
{
	tell(user, "%s %.*s|", VERBS[verb], TEXT(what));
}

static void on_quit(void *user)
{
	tell(user, "quit|");
}

static void on_reply(void *user, enum smtp_verb verb, unsigned code)
{
	if (((struct record *)user)->replies) {
		tell(user, "re %s %u|", VERBS[verb], code);
	}
}

static void on_smuggling(void *user, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	tell(user, "smuggling|");
}

static const struct smtp_handler HANDLER = {
	.greeting = on_greeting,
	.hello = on_hello,
	.mail = on_mail,
	.mail_reply = on_mail_reply,
	.rcpt = on_rcpt,
	.rcpt_reply = on_rcpt_reply,
	.rcpt_final = on_rcpt_final,
	.header = on_header,
	.content_begin = on_content_begin,
	.content_end = on_content_end,
	.mail_end = on_mail_end,
	.starttls = on_starttls,
	.sni = on_sni,
	.auth = on_auth,
	.query = on_query,
	.quit = on_quit,
	.reply = on_reply,
	.smuggling = on_smuggling,
};

/*! \brief Some octets of one side, or a gap. */
struct piece {
	enum smtp_side side;
	bool gap;
	size_t lost;
	uint8_t bytes[4096];
	size_t size;
};

static size_t add_piece(struct piece *pieces, size_t n, struct piece *next)
{
	if (n > 0 && !next->gap && !pieces[n - 1].gap && pieces[n - 1].side == next->side) {
		struct piece *last = &pieces[n - 1];
		memcpy(last->bytes + last->size, next->bytes, next->size);
		last->size += next->size;
		return n;
	}
	pieces[n] = *next;
	return n + 1;
}

static void read_item(const char *item, size_t size, struct piece *piece)
{
	char kind = item[0];
	memset(piece, 0, sizeof(*piece));
	piece->side = kind == 'S' || kind == 's' || kind == 'H' ? SMTP_SERVER : SMTP_CLIENT;
	if (kind == 'G' || kind == 'H') {
		piece->gap = true;
		piece->lost = (size_t)atoi(item + 2);
	} else if (kind == 'x') {
		memcpy(piece->bytes, HELLO_REST, sizeof(HELLO_REST));
		piece->size = sizeof(HELLO_REST);
	} else {
		memcpy(piece->bytes, item + 2, size - 2);
		piece->size = size - 2;
		if (kind == 'C' || kind == 'S') {
			memcpy(piece->bytes + piece->size, "\r\n", 2);
			piece->size += 2;
		}
	}
}

/*! \brief The pieces of a script; neighbours of one side are joined. */
static size_t read_script(const char *script, struct piece *pieces)
{
	size_t n = 0;
	while (*script != '\0') {
		struct piece next;
		size_t size = strcspn(script, "|");
		read_item(script, size, &next);
		n = add_piece(pieces, n, &next);
		script += size + (script[size] == '|');
	}
	return n;
}

/*! \brief Feeds a copy of exact size, so that a sanitizer sees an over-read. */
static void feed(struct smtp_session *s, enum smtp_side side, const uint8_t *bytes, size_t size,
                 uint64_t *offset)
{
	if (size == 0) {
		return;
	}
	uint8_t *copy = malloc(size);
	memcpy(copy, bytes, size);
	smtp_feed(s, side, copy, size, offset[side]);
	free(copy);
	offset[side] += size;
}

/*! \brief Runs pieces in steps of `step` octets, with one cut more at octet `cut` of all. */
static void run(const struct piece *pieces, size_t n, size_t step, size_t cut, struct record *r)
{
	struct smtp_session *s = malloc(sizeof(*s));
	uint64_t offset[2] = { 0, 0 };
	size_t done = 0;

	smtp_init(s, &HANDLER, r);
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];
		if (p->gap) {
			smtp_gap(s, p->side, p->lost);
			offset[p->side] += p->lost;
		}
		for (size_t at = 0; at < p->size;) {
			size_t size = p->size - at < step ? p->size - at : step;
			if (cut > done && cut - done < size) {
				size = cut - done;
			}
			feed(s, p->side, p->bytes + at, size, offset);
			at += size;
			done += size;
		}
	}
	if (s->mode == SMTP_MODE_DONE) {
		tell(r, "done|");
	}
	smtp_end(s);
	free(s);
}

static bool has_events(const struct smtp_row *row, const struct record *r, const char *how,
                       size_t cut)
{
	size_t size =
	        r->size > 0 && row->events[0] != '\0' && row->events[strlen(row->events) - 1] != '|'
	                ? r->size - 1
	                : r->size;
	if (size == strlen(row->events) && memcmp(r->text, row->events, size) == 0) {
		return true;
	}
	print_error("%s (%s %zu):\n got  %s\n want %s\n", row->name, how, cut, r->text,
	            row->events);
	return false;
}

static bool row_holds(const struct smtp_row *row, size_t step, size_t cut, const char *how)
{
	static struct piece pieces[64];
	struct record r = { .replies = strstr(row->events, "re ") != NULL };
	size_t n = read_script(row->script, pieces);

	run(pieces, n, step, cut, &r);
	return has_events(row, &r, how, cut);
}

static bool holds_whole(const struct smtp_row *row)
{
	return row_holds(row, SIZE_MAX, 0, "whole");
}

static bool holds_in_steps(const struct smtp_row *row)
{
	static const size_t steps[] = { 1, 2, 3, 7 };
	bool holds = true;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && holds; i++) {
		holds = row_holds(row, steps[i], 0, "steps of");
	}
	return holds;
}

static bool holds_cut_anywhere(const struct smtp_row *row)
{
	size_t size = strlen(row->script) + sizeof(HELLO_REST);
	bool holds = true;
	for (size_t cut = 1; cut < size && holds; cut++) {
		holds = row_holds(row, SIZE_MAX, cut, "cut at");
	}
	return holds;
}

/*! \brief Checks all rows and names each that fails. */
static void check_rows(bool (*holds)(const struct smtp_row *))
{
	size_t failed = 0;
	for (size_t i = 0; i < sizeof(smtp_sessions) / sizeof(smtp_sessions[0]); i++) {
		failed += !holds(&smtp_sessions[i]);
	}
	assert_int_equal(failed, 0);
}

static void sessions_whole(void **state)
{
	(void)state;
	check_rows(holds_whole);
}

static void sessions_in_steps(void **state)
{
	(void)state;
	check_rows(holds_in_steps);
}

static void sessions_cut_anywhere(void **state)
{
	(void)state;
	check_rows(holds_cut_anywhere);
}

/*! \brief Every handler member may be missing. */
static void nothing_wanted(void **state)
{
	(void)state;
	static const struct smtp_handler none;
	static struct piece pieces[64];
	for (size_t i = 0; i < sizeof(smtp_sessions) / sizeof(smtp_sessions[0]); i++) {
		struct smtp_session s;
		uint64_t offset[2] = { 0, 0 };
		size_t n = read_script(smtp_sessions[i].script, pieces);
		smtp_init(&s, &none, NULL);
		for (size_t k = 0; k < n; k++) {
			feed(&s, pieces[k].side, pieces[k].bytes, pieces[k].size, offset);
		}
		smtp_end(&s);
		assert_int_equal(s.mode, SMTP_MODE_DONE);
	}
}

/* Limits */

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

static void say(struct fixture *f, enum smtp_side side, const char *text)
{
	feed(&f->session, side, (const uint8_t *)text, strlen(text), f->offset);
}

static void say_many(struct fixture *f, enum smtp_side side, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		say(f, side, text);
	}
}

static void greet(struct fixture *f)
{
	say(f, SMTP_SERVER, "220 mx\r\n");
	say(f, SMTP_CLIENT, "HELO a\r\n");
	say(f, SMTP_SERVER, "250 mx\r\n");
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
		say(f, SMTP_CLIENT, "MAIL FROM:<a@a>");
		say_many(f, SMTP_CLIENT, " ", tests[i].padding);
		say(f, SMTP_CLIENT, "\r\nRCPT TO:<b@b>\r\n");
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
		/* one place is MAIL's, one stands for all that do not fit */
		{ SMTP_PENDING_MAX - 2, 0 },
		{ SMTP_PENDING_MAX - 1, 1 },
		{ SMTP_PENDING_MAX + 50, 52 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		greet(f);
		say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		say_many(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n", tests[i].rcpts);
		say_many(f, SMTP_SERVER, "250 ok\r\n", tests[i].rcpts + 1);
		say(f, SMTP_CLIENT, "RCPT TO:<c@c>\r\n");
		say(f, SMTP_SERVER, "551 no\r\n");
		smtp_end(&f->session);
		assert_int_equal(f->session.counters.overflowed, tests[i].unknown);
		assert_int_equal(count(f, "rcpt "), tests[i].rcpts + 1);
		assert_int_equal(count(f, "rcpt= "), tests[i].rcpts + 1);
		assert_int_equal(count(f, " 250|"), tests[i].rcpts - tests[i].unknown + 1);
		/* The ring is in step again. */
		assert_int_equal(count(f, " 551|"), 1);
	}
}

static void finals_are_bounded(void **state)
{
	(void)state;
	static const struct {
		size_t rcpts, told;
	} tests[] = {
		{ 65, 65 },
		{ SMTP_FINALS_MAX, SMTP_FINALS_MAX },
		{ SMTP_FINALS_MAX + 1, SMTP_FINALS_MAX },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct fixture *f = begin();
		say(f, SMTP_SERVER, "220 l\r\n");
		say(f, SMTP_CLIENT, "LHLO a\r\n");
		say(f, SMTP_SERVER, "250 l\r\n");
		say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
		say(f, SMTP_SERVER, "250 ok\r\n");
		for (size_t n = 0; n < tests[i].rcpts; n++) {
			say(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
			say(f, SMTP_SERVER, "250 ok\r\n");
		}
		say(f, SMTP_CLIENT, "DATA\r\n");
		say(f, SMTP_SERVER, "354 go\r\n");
		say(f, SMTP_CLIENT, "x\r\n.\r\n");
		say_many(f, SMTP_SERVER, "452 no\r\n", tests[i].rcpts);
		smtp_end(&f->session);
		assert_int_equal(count(f, "final "), tests[i].told);
		assert_int_equal(count(f, "final 64 452|"), 1);
		assert_int_equal(count(f, "over refused 452|"), 1);
	}
}

static void hold_overflow_reads_on(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nDATA\r\nTo: b\r\n\r\n");
	say_many(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n", SMTP_HOLD_MAX / 15 + 1);
	say(f, SMTP_CLIENT, ".\r\n");
	assert_int_equal(count(f, "begin|header To=b|end "), 1);
	say(f, SMTP_SERVER, "250 ok\r\n354 go\r\n250 ok\r\n");
	assert_int_equal(count(f, "rcpt"), 0);
	assert_int_equal(count(f, "over accepted 250|"), 1);
	smtp_end(&f->session);
}

static void value_is_cut(void **state)
{
	(void)state;
	struct fixture *f = begin();
	char want[SMTP_VALUE_MAX + 32];
	greet(f);
	say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
	say(f, SMTP_SERVER, "250 ok\r\n");
	say(f, SMTP_CLIENT, "DATA\r\n");
	say(f, SMTP_SERVER, "354 go\r\n");
	say(f, SMTP_CLIENT, "Subject: ");
	say_many(f, SMTP_CLIENT, "ab\r\n ", SMTP_VALUE_MAX);
	say(f, SMTP_CLIENT, "\r\nTo: b\r\n.\r\n");
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
	say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nDATA\r\n");
	say(f, SMTP_SERVER, "250 ok\r\n354 go\r\n");
	say_many(f, SMTP_CLIENT, "X: 45678901\r\n", SMTP_HEADERS_MAX / 13 + 1);
	say(f, SMTP_CLIENT, "To: b\r\n.\r\n");
	assert_int_equal(count(f, "header"), 0);
	assert_int_equal(count(f, "end "), 1);
	smtp_end(&f->session);
}

static void offsets_are_the_callers(void **state)
{
	(void)state;
	struct fixture *f = begin();
	f->offset[SMTP_CLIENT] = UINT32_MAX;
	say(f, SMTP_SERVER, "220 mx\r\n");
	say(f, SMTP_CLIENT, "HELO a\r\n");
	assert_int_equal(f->record.last_offset, UINT32_MAX);
	say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\n");
	/* Held behind HELO until its reply. */
	say(f, SMTP_SERVER, "250 mx\r\n");
	assert_int_equal(f->record.last_offset, (uint64_t)UINT32_MAX + 8 + 17);
	say(f, SMTP_CLIENT, "DATA\r\n");
	say(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
	say(f, SMTP_CLIENT, "x\n.\n");
	assert_int_equal(f->record.last_offset, (uint64_t)UINT32_MAX + 8 + 17 + 15 + 6 + 3);
	smtp_end(&f->session);
}

static void a_smuggled_nul_is_flagged(void **state)
{
	(void)state;
	struct fixture *f = begin();
	greet(f);
	say(f, SMTP_CLIENT, "DATA\r\n");
	say(f, SMTP_SERVER, "354 go\r\n");
	feed(&f->session, SMTP_CLIENT, (const uint8_t *)"x\r\n\0.\r\n", 7, f->offset);
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
	say(f, SMTP_SERVER, "250 ok\r\n500 what\r\n500 what\r\n");
	say(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
	say(f, SMTP_SERVER, "550 no\r\n");
	smtp_end(&f->session);
	assert_int_equal(f->session.counters.unknown, 2);
	assert_int_equal(count(f, "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|"), 1);
}

/* The PROXY protocol's second version is no line; what stands behind it is read all the same. */
static void a_binary_proxy_header_is_survived(void **state)
{
	(void)state;
	static const uint8_t header[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
	                                "\xc0\0\2\1\xc0\0\2\2\x9c\x40\0\x19";
	struct fixture *f = begin();
	feed(&f->session, SMTP_CLIENT, header, sizeof(header) - 1, f->offset);
	greet(f);
	say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\n");
	say(f, SMTP_SERVER, "250 ok\r\n");
	say(f, SMTP_CLIENT, "RCPT TO:<b@b>\r\n");
	say(f, SMTP_SERVER, "550 no\r\n");
	smtp_end(&f->session);
	assert_int_equal(count(f, "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|"), 1);
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
		say(f, SMTP_CLIENT, scripts[i]);
		assert_false(remembers(&f->session, "c2VjcmV0"));
		/* Not told either. */
		assert_null(strstr(f->record.text, "c2VjcmV0"));
		smtp_end(&f->session);
	}
	struct fixture *f = begin();
	greet(f);
	say(f, SMTP_CLIENT, "AUTH LOGIN\r\n");
	say(f, SMTP_SERVER, "334 x\r\n");
	say(f, SMTP_CLIENT, "c2Vj");
	assert_true(remembers(&f->session, "c2Vj"));
	smtp_end(&f->session);
	assert_false(remembers(&f->session, "c2Vj"));
}

/* Whatever was taken for content may have been something else. */
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
		say(f, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\nDATA\r\n");
		say(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
		say(f, SMTP_CLIENT, scripts[i]);
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
	say(f, SMTP_CLIENT, "XYZ\r\nNOOP\r\n");
	say(f, SMTP_SERVER, "500-a\r\n500 b\r\nbad\r\n250 ok\r\n");
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
		cmocka_unit_test(sessions_whole),
		cmocka_unit_test(sessions_in_steps),
		cmocka_unit_test(sessions_cut_anywhere),
		cmocka_unit_test(nothing_wanted),
		cmocka_unit_test(long_command_is_cut),
		cmocka_unit_test(recipients_beyond_the_ring_get_0),
		cmocka_unit_test(finals_are_bounded),
		cmocka_unit_test(hold_overflow_reads_on),
		cmocka_unit_test(value_is_cut),
		cmocka_unit_test(header_section_is_bounded),
		cmocka_unit_test(offsets_are_the_callers),
		cmocka_unit_test(a_smuggled_nul_is_flagged),
		cmocka_unit_test(a_nul_in_a_command_is_an_octet),
		cmocka_unit_test(a_binary_proxy_header_is_survived),
		cmocka_unit_test(credentials_are_wiped),
		cmocka_unit_test(content_is_wiped),
		cmocka_unit_test(counters_count),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
