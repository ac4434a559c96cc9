/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events of a mail do not depend on its division into chunks (RFC 3030). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/smtp/smtp.h"

static char recorded[4096];

__attribute__((format(printf, 1, 2))) static void record(const char *format, ...)
{
	va_list args;
	size_t size = strlen(recorded);
	va_start(args, format);
	int n = vsnprintf(recorded + size, sizeof(recorded) - size, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(recorded) - size);
}

static void on_header(void *user, enum smtp_header header, struct smtp_text value)
{
	static const char *const names[] = { "From", "To", "Cc", "Subject", "Message-ID", "Date" };
	(void)user;
	record("%s=%.*s|", names[header], (int)value.size, value.text);
}

static void on_content_end(void *user, uint64_t bytes)
{
	(void)user;
	record("end %u|", (unsigned)bytes);
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	(void)user;
	record("over %d %u", (int)outcome, code);
}

static const struct smtp_handler HANDLER = { .header = on_header,
	                                     .content_end = on_content_end,
	                                     .mail_end = on_mail_end };

/*! \brief A session, fed `step` octets at once, with `between` sent after each chunk. */
struct talk {
	struct smtp_session session;
	size_t step;
	const char *between;
	const char *replies;
};

/*! \brief Feeds copies of exact size, so that a sanitizer sees an over-read. */
static void feed(struct talk *talk, enum smtp_side side, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t part = size - at < talk->step ? size - at : talk->step;
		uint8_t *copy = malloc(part);
		assert_non_null(copy);
		memcpy(copy, text + at, part);
		smtp_feed(&talk->session, side, copy, part, 0);
		free(copy);
		at += part;
	}
}

static void send_text(struct talk *talk, enum smtp_side side, const char *text)
{
	feed(talk, side, text, strlen(text));
}

static void begin(struct talk *talk)
{
	recorded[0] = '\0';
	smtp_init(&talk->session, &HANDLER, NULL);
	send_text(talk, SMTP_SERVER, "220 mx\r\n");
	send_text(talk, SMTP_CLIENT, "EHLO a\r\n");
	send_text(talk, SMTP_SERVER, "250 mx\r\n");
	send_text(talk, SMTP_CLIENT, "MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\n");
	send_text(talk, SMTP_SERVER, "250 ok\r\n250 ok\r\n");
}

static void send_chunk(struct talk *talk, const char *text, size_t size, bool last)
{
	char command[64];
	(void)snprintf(command, sizeof(command), "BDAT %zu%s\r\n", size, last ? " LAST" : "");
	send_text(talk, SMTP_CLIENT, command);
	feed(talk, SMTP_CLIENT, text, size);
	if (last) {
		send_text(talk, SMTP_SERVER, "250 queued\r\n");
		return;
	}
	send_text(talk, SMTP_CLIENT, talk->between);
	send_text(talk, SMTP_SERVER, "250 ok\r\n");
	send_text(talk, SMTP_SERVER, talk->replies);
}

/*! \brief Sends a mail in two chunks; `cut` 0: in one. */
static void send_cut_at(struct talk *talk, const char *mail, size_t cut)
{
	begin(talk);
	if (cut > 0) {
		send_chunk(talk, mail, cut, false);
	}
	send_chunk(talk, mail + cut, strlen(mail) - cut, true);
	smtp_end(&talk->session);
}

/*! \brief Sends a mail in chunks of one octet, and an empty last one. */
static void send_in_crumbs(struct talk *talk, const char *mail)
{
	begin(talk);
	for (const char *octet = mail; *octet != '\0'; octet++) {
		send_chunk(talk, octet, 1, false);
	}
	send_chunk(talk, "", 0, true);
	smtp_end(&talk->session);
}

static const struct {
	const char *mail, *fields;
} mails[] = {
	/* a header section as it should be */
	{ "From: a@a\r\nTo: b@b\r\nSubject: hi\r\n\r\nx\r\n", "From=a@a|To=b@b|Subject=hi|" },
	{ "Subject: one\r\n two \r\n\tthree \r\nTo: b\r\n\r\n", "Subject=one two \tthree|To=b|" },
	{ "Message-ID:\r\n <1@a>\r\nX-To: c\r\n d\r\nDate: today\r\n\r\n",
	  "Message-ID=<1@a>|Date=today|" },
	/* as it should not be */
	{ "To : b\r\nTo:\r\nSubject:  \r\n \r\n\r\n", "To=b|To=|Subject=|" },
	{ "To: b\nCc: c\n d\n\nSubject: no\n", "To=b|Cc=c d|" },
	{ "To: b\rCc: c\r\n\r\n", "To=b\rCc: c|" },
	{ "To: b\r\nno field\r\nCc: c\r\n", "To=b|" },
	{ ".To: a\r\n.\r\nTo: b\r\n", "" },
	{ " folded first\r\nTo: b\r\n\r\n", "To=b|" },
	/* without an end */
	{ "To: b", "To=b|" },
	{ "To: b\r", "To=b|" },
	{ "To: b\r\n c", "To=b c|" },
	{ "To: b\r\nSubject", "To=b|" },
	/* a body with fields and commands */
	{ "To: b\r\n\r\nTo: c\r\nBDAT 9 LAST\r\n", "To=b|" },
	{ "To: BDAT 9\r\nCc: RSET\r\nRSET\r\nCc: c\r\n", "To=BDAT 9|Cc=RSET|" },
};

/*! \brief Checks every cut of every mail, fed in this way. */
static void check_cuts(struct talk *talk)
{
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		char want[256];
		size_t size = strlen(mails[i].mail);
		(void)snprintf(want, sizeof(want), "%send %zu|over 0 250", mails[i].fields, size);
		for (size_t cut = 0; cut <= size; cut++) {
			send_cut_at(talk, mails[i].mail, cut);
			if (strcmp(recorded, want) != 0) {
				fail_msg("mail %zu cut at %zu: %s", i, cut, recorded);
			}
		}
		send_in_crumbs(talk, mails[i].mail);
		assert_string_equal(recorded, want);
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	static const struct {
		const char *between, *replies;
	} tests[] = {
		{ "", "" },
		{ "NOOP\r\n", "250 ok\r\n" },
		{ "BDAT 0\r\n", "250 ok\r\n" },
		{ "XYZ and this is longer than the line of a header\r\n", "500 what\r\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct talk whole = { .step = SIZE_MAX,
			              .between = tests[i].between,
			              .replies = tests[i].replies };
		struct talk torn = whole;
		torn.step = 1;
		check_cuts(&whole);
		check_cuts(&torn);
	}
}

/* Lines as long as is kept, with blanks, which the value does not have. */
static void long_lines(void **state)
{
	(void)state;
	static const struct {
		size_t blanks, letters, kept;
	} tests[] = {
		{ 1, SMTP_VALUE_MAX - 1, SMTP_VALUE_MAX - 1 },
		{ 1, SMTP_VALUE_MAX, SMTP_VALUE_MAX },
		{ 1, SMTP_VALUE_MAX + 1, SMTP_VALUE_MAX },
		{ 1, 3000, SMTP_VALUE_MAX },
		{ SMTP_FIELD_MAX - 4, 1, 1 },
		{ SMTP_FIELD_MAX - 3, 1, 0 },
		{ 3000, 1, 0 },
	};
	static const size_t cuts[] = {
		0, 1, 4, 997, 998, 999, SMTP_FIELD_MAX - 1, SMTP_FIELD_MAX, SMTP_FIELD_MAX + 1
	};
	static struct talk talk = { .step = SIZE_MAX, .between = "", .replies = "" };
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char mail[3100] = "To:";
		char want[1100] = "To=";
		size_t size = 3 + tests[i].blanks;
		memset(mail + 3, ' ', tests[i].blanks);
		memset(mail + size, 'a', tests[i].letters);
		strcpy(mail + size + tests[i].letters, "\r\nCc: c\r\n\r\n");
		memset(want + 3, 'a', tests[i].kept);
		strcpy(want + 3 + tests[i].kept, "|Cc=c|end ");
		for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
			send_cut_at(&talk, mail, cuts[k] < strlen(mail) ? cuts[k] : 0);
			if (strncmp(recorded, want, strlen(want)) != 0) {
				fail_msg("line %zu cut at %zu: %s", i, cuts[k], recorded);
			}
		}
	}
}

/* A chunk may be lost in the gap: the next one may not be of the header section. */
static void gap_between_chunks(void **state)
{
	(void)state;
	static struct talk talk = { .step = SIZE_MAX, .between = "", .replies = "" };
	begin(&talk);
	send_chunk(&talk, "To: b\r\nCc:", 10, false);
	smtp_gap(&talk.session, SMTP_CLIENT, 30);
	send_text(&talk, SMTP_SERVER, "250 ok\r\n");
	send_chunk(&talk, " c\r\nSubject: x\r\n\r\n", 18, true);
	smtp_end(&talk.session);
	assert_null(strstr(recorded, "Cc"));
	assert_null(strstr(recorded, "Subject"));
	assert_null(strstr(recorded, "end"));
	assert_non_null(strstr(recorded, "over"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(gap_between_chunks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
