/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads reply lines (RFC 5321, 4.2), assembles them to replies, and recognizes the greeting. */
#include "parsers/smtp/smtp_private.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

/*! \brief Returns the code of a reply line, or 0 if the line is not a reply line. */
static unsigned parse_code(const char *line, size_t size)
{
	if (size < 3 || line[0] < '2' || line[0] > '5' || !ascii_is_digit(line[1]) ||
	    !ascii_is_digit(line[2])) {
		return 0;
	}
	if (size > 3 && line[3] != ' ' && line[3] != '-' && line[3] != '\t') {
		return 0;
	}
	return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
	       (unsigned)(line[2] - '0');
}

static struct smtp_text text_of(const char *line, size_t size)
{
	size_t skip = size > 3 ? 4 : size;

	return (struct smtp_text){ line + skip, size - skip };
}

/*!
 * \brief Returns true if the text begins with an enhanced status code. "220 2.0.0 Ready" is a reply
 *        to STARTTLS, not a greeting.
 */
static bool has_enhanced_code(struct smtp_text text)
{
	return text.size > 4 && ascii_is_digit(text.text[0]) && text.text[1] == '.' &&
	       ascii_is_digit(text.text[2]) && text.text[3] == '.';
}

static const char STARTTLS[] = "STARTTLS";

static bool is_starttls_asked(const struct smtp_session *s)
{
	size_t size = strlen(STARTTLS);

	return smtp_is_waiting_for(s, SMTP_STARTTLS) ||
	       (s->hold.size > size && strncasecmp(s->hold_text, STARTTLS, size) == 0);
}

/*!
 * \brief Returns true if the text of a line is the keyword STARTTLS, which offers the extension
 *        (RFC 5321, 4.1.1.1).
 */
static bool is_starttls(struct smtp_text text)
{
	size_t size = strlen(STARTTLS);

	return text.size >= size && ascii_lower(text.text[0]) == 's' &&
	       strncasecmp(text.text, STARTTLS, size) == 0 &&
	       (text.size == size || ascii_is_blank(text.text[size]));
}

/*!
 * \brief Returns true if a keyword has replaced STARTTLS: it has the same size, and consists of one
 *        letter but for the last octet (XXXXXXXA), or is STARTTLS but for one or two octets. No
 *        registered keyword is like this.
 */
static bool is_overwritten(struct smtp_text text)
{
	size_t size = strlen(STARTTLS);
	unsigned equal = 0, same = 0;

	/* The second check leaves out most keywords at once. */
	if (text.size < size || (text.size > size && !ascii_is_blank(text.text[size])) ||
	    (text.text[0] != text.text[1] && ascii_lower(text.text[0]) != 's' &&
	     ascii_lower(text.text[1]) != 't')) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		equal += ascii_lower(text.text[i]) == ascii_lower(STARTTLS[i]);
		same += text.text[i] == text.text[0];
	}
	return same >= size - 1 || equal >= size - 2;
}

/*! \brief Returns what a line of a reply offers, other than the first line, which has a name. */
static enum smtp_offer offer_of(const struct smtp_session *s, struct smtp_text text)
{
	return is_starttls(text)                            ? SMTP_OFFER_STARTTLS
	       : s->reply.continued && is_overwritten(text) ? SMTP_OFFER_OVERWRITTEN
	                                                    : SMTP_OFFER_NONE;
}

/*!
 * \brief Returns true if a line is the greeting. The first reply is the greeting, unless the
 *        session began before the capture.
 */
static bool is_greeting(const struct smtp_session *s, unsigned code, struct smtp_text text)
{
	bool client_seen = s->counters.commands > 0 || s->resync.client_seen;

	if (s->counters.replies > 0 || (s->counters.gaps > 0 && client_seen)) {
		return false;
	}
	if (code == SMTP_CODE_READY) {
		return !is_starttls_asked(s) && !has_enhanced_code(text);
	}
	return (code == SMTP_CODE_UNAVAILABLE || code >= SMTP_CODE_FAILED) &&
	       s->pending.size == 0 && s->hold.size == 0;
}

static void emit_greeting(struct smtp_session *s, unsigned code, struct smtp_text line)
{
	struct smtp_text text = text_of(line.text, line.size);
	struct smtp_text name = { text.text, 0 };

	while (name.size < text.size && name.text[name.size] != ' ') {
		name.size++;
	}
	SMTP_EMIT(s, greeting, s->user, code, name, line);
}

/*! \brief Handles a whole line; returns the code of the reply that it completes, or 0. */
static unsigned on_line(struct smtp_session *s)
{
	const char *line = s->reply_text;
	size_t size = smtp_line_chomp(line, s->reply.line.size);
	unsigned code = parse_code(line, size);

	if (code == 0) {
		s->counters.malformed++;
		return 0;
	}
	if (!s->reply.continued && is_greeting(s, code, text_of(line, size))) {
		s->reply.greeting = true;
		emit_greeting(s, code, (struct smtp_text){ line, size });
	}
	enum smtp_offer offer = offer_of(s, text_of(line, size));
	if (offer == SMTP_OFFER_STARTTLS || s->reply.offer == SMTP_OFFER_NONE) {
		s->reply.offer = (uint8_t)offer;
	}
	s->reply.continued = size > 3 && line[3] == '-';
	return s->reply.continued ? 0 : code;
}

size_t smtp_reply_read(struct smtp_session *s, const uint8_t *bytes, size_t size,
                       struct smtp_reply_end *end)
{
	size_t take = smtp_line_span(bytes, size);

	*end = (struct smtp_reply_end){ 0 };
	smtp_line_add(s, &s->reply.line, s->reply_text, sizeof(s->reply_text), bytes, take);
	if (bytes[take - 1] != '\n') {
		return take;
	}
	end->code = on_line(s);
	smtp_line_clear(&s->reply.line);
	if (end->code != 0) {
		end->greeting = s->reply.greeting;
		end->offer = s->reply.offer;
		s->reply.greeting = false;
		s->reply.offer = SMTP_OFFER_NONE;
		s->counters.replies++;
	}
	return take;
}

void smtp_reply_gap(struct smtp_session *s)
{
	s->reply.continued = s->reply.greeting;
	smtp_line_clear(&s->reply.line);
}
