/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief All events of a session as text, for the tests of the SMTP parser to compare. */
#pragma once

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/smtp/smtp.h"
#include "tests/unit/unit.h"

/*! \brief The events of a session, as text. */
struct record {
	char text[8192];
	size_t size;
	bool replies;
	uint64_t last_offset;
};

__attribute__((format(printf, 2, 3))) static void add(struct record *r, const char *format, ...)
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
	[SMTP_UNKNOWN] = "-", [SMTP_EHLO] = "EHLO", [SMTP_HELO] = "HELO",
	[SMTP_LHLO] = "LHLO", [SMTP_MAIL] = "MAIL", [SMTP_RCPT] = "RCPT",
	[SMTP_DATA] = "DATA", [SMTP_BDAT] = "BDAT", [SMTP_RSET] = "RSET",
	[SMTP_QUIT] = "QUIT", [SMTP_NOOP] = "NOOP", [SMTP_VRFY] = "VRFY",
	[SMTP_EXPN] = "EXPN", [SMTP_AUTH] = "AUTH", [SMTP_XCLIENT] = "XCLIENT",
};

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	assert_true(line.size >= name.size);
	add(user, "greeting %u %.*s|", code, TEXT(name));
}

static void on_origin(void *user, const struct smtp_origin *origin)
{
	char text[INET6_ADDRSTRLEN] = "none";
	if (origin == NULL) {
		add(user, "origin refused|");
		return;
	}
	inet_ntop(AF_INET6, &origin->addr, text, sizeof(text));
	add(user, "origin %s %u|", text, origin->port);
}

static void on_hello(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	add(user, "%s %.*s|", VERBS[verb], TEXT(name));
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	add(user, "mail %.*s|", TEXT(mailbox_text(from)));
}

static void on_mail_reply(void *user, unsigned code)
{
	add(user, "mail= %u|", code);
}

static void on_mail_refused(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	add(user, "no mail %.*s|", TEXT(mailbox_text(from)));
}

static void on_rcpt(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	add(user, "rcpt %u %.*s|", index, TEXT(mailbox_text(to)));
}

static void on_rcpt_reply(void *user, unsigned index, unsigned code)
{
	add(user, "rcpt= %u %u|", index, code);
}

static void on_rcpt_final(void *user, unsigned index, unsigned code)
{
	add(user, "final %u %u|", index, code);
}

static void on_header(void *user, enum smtp_header header, struct smtp_text value)
{
	static const char *const names[] = { "From", "To", "Cc", "Subject", "Message-ID", "Date" };
	add(user, "header %s=%.*s|", names[header], TEXT(value));
}

static void on_content_begin(void *user)
{
	add(user, "begin|");
}

static void on_content_end(void *user, uint64_t bytes)
{
	add(user, "end %u|", (unsigned)bytes);
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	static const char *const names[] = { "accepted", "refused", "undecided", "abandoned" };
	add(user, "over %s %u|", names[outcome], code);
}

static void on_starttls(void *user, unsigned code)
{
	add(user, "tls %u|", code);
}

static void on_offer(void *user, enum smtp_offer offer)
{
	if (((struct record *)user)->replies) {
		add(user, "offer %d|", (int)offer);
	}
}

static void on_tls(void *user)
{
	add(user, "records|");
}

static void on_sni(void *user, struct smtp_text name)
{
	add(user, "sni %.*s|", TEXT(name));
}

static void on_auth(void *user, struct smtp_text mechanism)
{
	add(user, "auth %.*s|", TEXT(mechanism));
}

static void on_query(void *user, enum smtp_verb verb, struct smtp_text argument)
{
	add(user, "%s %.*s|", VERBS[verb], TEXT(argument));
}

static void on_quit(void *user)
{
	add(user, "quit|");
}

static void on_reply(void *user, enum smtp_verb verb, unsigned code)
{
	if (((struct record *)user)->replies) {
		add(user, "re %s %u|", VERBS[verb], code);
	}
}

static void on_smuggling(void *user, uint64_t offset)
{
	((struct record *)user)->last_offset = offset;
	add(user, "smuggling|");
}

static const struct smtp_handler HANDLER = {
	.greeting = on_greeting,
	.origin = on_origin,
	.hello = on_hello,
	.mail = on_mail,
	.mail_reply = on_mail_reply,
	.mail_refused = on_mail_refused,
	.rcpt = on_rcpt,
	.rcpt_reply = on_rcpt_reply,
	.rcpt_final = on_rcpt_final,
	.header = on_header,
	.content_begin = on_content_begin,
	.content_end = on_content_end,
	.mail_end = on_mail_end,
	.starttls = on_starttls,
	.offer = on_offer,
	.tls = on_tls,
	.sni = on_sni,
	.auth = on_auth,
	.query = on_query,
	.quit = on_quit,
	.reply = on_reply,
	.smuggling = on_smuggling,
};

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
