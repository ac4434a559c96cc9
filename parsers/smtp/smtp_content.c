/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a mail: the fields of its header section, and its end. */
#include "parsers/smtp/smtp_private.h"

#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "base/ascii.h"

enum { NO_FIELD = -1 };

static const struct {
	const char *name;
	size_t size;
	enum smtp_header header;
} fields[] = {
#define FIELD(name, header)                                                                        \
	{                                                                                          \
		name, sizeof(name) - 1, SMTP_##header                                              \
	}
	FIELD("From", FROM),       FIELD("To", TO),     FIELD("Cc", CC),
	FIELD("Subject", SUBJECT), FIELD("Date", DATE), FIELD("Message-ID", MESSAGE_ID),
#undef FIELD
};

/*!
 * \brief Calls `header` for the current field, which is complete because the next line does not
 *        continue it.
 */
static void field_end(struct smtp_session *s)
{
	struct smtp_text value = { s->value, s->content.value_size };

	if (s->content.field == NO_FIELD) {
		return;
	}
	while (value.size > 0 && ascii_is_blank(value.text[value.size - 1])) {
		value.size--;
	}
	if (s->transaction.open) {
		SMTP_EMIT(s, header, s->user, (enum smtp_header)s->content.field, value);
	}
	s->content.field = NO_FIELD;
}

static void field_add(struct smtp_session *s, const char *text, size_t size)
{
	while (s->content.value_size == 0 && size > 0 && ascii_is_blank(*text)) {
		text++;
		size--;
	}
	size = MIN(size, sizeof(s->value) - s->content.value_size);
	memcpy(s->value + s->content.value_size, text, size);
	s->content.value_size += (uint16_t)size;
}

static int8_t field_find(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].size == size && strncasecmp(name, fields[i].name, size) == 0) {
			return (int8_t)fields[i].header;
		}
	}
	return NO_FIELD;
}

/*!
 * \brief Reads a line that begins a field. Returns false for any other line, which ends the header
 *        section.
 */
static bool field_begin(struct smtp_session *s, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	size_t name = colon != NULL ? (size_t)(colon - line) : 0;

	while (name > 0 && ascii_is_blank(line[name - 1])) {
		name--;
	}
	if (name == 0 || memchr(line, ' ', name) != NULL) {
		return false;
	}
	s->content.field = field_find(line, name);
	explicit_bzero(s->value, s->content.value_size);
	s->content.value_size = 0;
	if (s->content.field != NO_FIELD) {
		field_add(s, colon + 1, size - (size_t)(colon + 1 - line));
	}
	return true;
}

/*!
 * \brief Returns true for the line with which mbox separates mails (RFC 4155). Some clients send
 *        it, and servers remove it. "From :" begins a field (RFC 5322, 4.5).
 */
static bool is_mbox_line(struct smtp_text line)
{
	static const char from[] = "From ";

	while (line.size > 0 && line.text[0] == '>') {
		line.text++;
		line.size--;
	}
	if (line.size < strlen(from) || memcmp(line.text, from, strlen(from)) != 0) {
		return false;
	}
	size_t at = strlen(from);
	while (at < line.size && ascii_is_blank(line.text[at])) {
		at++;
	}
	return at == line.size || line.text[at] != ':';
}

/*! \brief Handles a whole line of the header section. */
static void header_line(struct smtp_session *s)
{
	const char *line = s->header_text;
	size_t size = smtp_line_chomp(line, s->content.header.size);
	bool first = s->content.bytes == s->content.header.size;

	if (first && is_mbox_line((struct smtp_text){ line, size })) {
		return;
	}
	if (s->transaction.stage == SMTP_CONTENT_DATA && size > 1 && line[0] == '.') {
		line++; /* RFC 5321, 4.5.2 */
		size--;
	}
	if (size > 0 && ascii_is_blank(line[0])) {
		if (s->content.field != NO_FIELD) {
			field_add(s, line, size);
		}
		return;
	}
	field_end(s);
	s->content.in_headers =
	        size > 0 && field_begin(s, line, size) && s->content.bytes < SMTP_HEADERS_MAX;
}

/*! \brief Adds octets, of one line at most, to the header section. */
static void take_piece(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	if (!s->content.in_headers) {
		return;
	}
	smtp_line_add(s, &s->content.header, s->header_text, sizeof(s->header_text), bytes, size);
	s->content.header_used = MAX(s->content.header_used, s->content.header.size);
	if (bytes[size - 1] == '\n') {
		header_line(s);
		smtp_line_clear(&s->content.header);
	}
}

/*! \brief Returns the octet `k` places before bytes[i]. It may be in an earlier segment. */
static uint8_t octet_back(const struct smtp_session *s, const uint8_t *bytes, size_t i, size_t k)
{
	return k <= i ? bytes[i - k] : s->content.tail[sizeof(s->content.tail) - (k - i)];
}

static void remember_tail(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	uint8_t tail[sizeof(s->content.tail)] = { 0 };

	for (size_t k = 1; k <= sizeof(tail); k++) {
		tail[sizeof(tail) - k] = octet_back(s, bytes, size, k);
	}
	memcpy(s->content.tail, tail, sizeof(tail));
}

static bool is_line_end(uint8_t octet)
{
	return octet == '\n' || octet == '\r' || octet == '\0';
}

/*!
 * \brief Judges the line that ends with the LF at bytes[lf].
 *
 * Only CRLF.CRLF ends the content (RFC 5321, 4.1.1.4). A lone dot between other
 * line ends is used for SMTP smuggling: some servers take it for the end.
 */
static enum smtp_dot judge_lf(const struct smtp_session *s, const uint8_t *bytes, size_t lf)
{
	size_t dot = octet_back(s, bytes, lf, 1) == '\r' ? 2 : 1;

	if (octet_back(s, bytes, lf, dot) != '.') {
		return SMTP_DOT_NONE;
	}
	uint8_t before = octet_back(s, bytes, lf, dot + 1);
	if (dot == 2 && before == '\n' && octet_back(s, bytes, lf, 4) == '\r') {
		return SMTP_DOT_FINAL;
	}
	return is_line_end(before) ? SMTP_DOT_LAX : SMTP_DOT_NONE;
}

/*! \brief Judges a line that ends in a bare CR, just before bytes[next]. */
static enum smtp_dot judge_cr(const struct smtp_session *s, const uint8_t *bytes, size_t next)
{
	uint8_t before = octet_back(s, bytes, next, 3);
	bool lone = octet_back(s, bytes, next, 2) == '.' && (before == '\n' || before == '\r');

	return lone ? SMTP_DOT_LAX : SMTP_DOT_NONE;
}

/*!
 * \brief Judges a line that may end at bytes[next], just after a dot. `end` receives the position
 *        after the line.
 */
static enum smtp_dot judge_dot(const struct smtp_session *s, const uint8_t *bytes, size_t size,
                               size_t next, size_t *end)
{
	if (next < size && bytes[next] == '\r') {
		next++;
		if (next < size && bytes[next] != '\n') {
			*end = next;
			return judge_cr(s, bytes, next);
		}
	}
	*end = next + 1;
	return next < size && bytes[next] == '\n' ? judge_lf(s, bytes, next) : SMTP_DOT_NONE;
}

/*!
 * \brief Does the same as judge_dot() for a dot in an earlier segment: the dot was its last octet,
 *        or only a CR followed the dot.
 */
static enum smtp_dot judge_tail(const struct smtp_session *s, const uint8_t *bytes, size_t size,
                                size_t *end)
{
	if (s->content.tail[3] == '.') {
		return judge_dot(s, bytes, size, 0, end);
	}
	if (s->content.tail[3] != '\r') {
		return SMTP_DOT_NONE;
	}
	*end = bytes[0] == '\n';
	return bytes[0] == '\n' ? judge_lf(s, bytes, 0) : judge_cr(s, bytes, 0);
}

/*!
 * \brief Finds the first line with a single dot. It searches for dots, because content has fewer
 *        dots than lines.
 *
 * \return The position after the line; `size` if there is none in these bytes.
 */
static size_t find_dot(const struct smtp_session *s, const uint8_t *bytes, size_t start,
                       size_t size, enum smtp_dot *dot)
{
	size_t end = size;

	*dot = start == 0 ? judge_tail(s, bytes, size, &end) : SMTP_DOT_NONE;
	while (*dot == SMTP_DOT_NONE) {
		const uint8_t *at = memchr(bytes + start, '.', size - start);
		if (at == NULL) {
			return size;
		}
		start = (size_t)(at - bytes) + 1;
		if (is_line_end(octet_back(s, bytes, start, 2))) {
			*dot = judge_dot(s, bytes, size, start, &end);
		}
	}
	return end;
}

/*! \brief Ends the header section, and drops the current field, which is incomplete. */
static void headers_leave(struct smtp_session *s)
{
	s->content.in_headers = false;
	s->content.field = NO_FIELD;
	smtp_line_clear(&s->content.header);
}

/*! \brief Ensures that the next octets are read as the beginning of a line. */
static void begin_line(struct smtp_session *s)
{
	static const uint8_t line_end[] = { 0, 0, '\r', '\n' };

	memcpy(s->content.tail, line_end, sizeof(line_end));
}

void smtp_content_begin(struct smtp_session *s, enum smtp_content_view view)
{
	smtp_pending_sure(s);
	smtp_transaction_content_begin(s, view);
	s->content.in_headers = view != SMTP_CONTENT_GAPPED;
	s->content.field = NO_FIELD;
	s->content.bytes = 0;
	smtp_line_clear(&s->content.header);
	begin_line(s);
	if (s->transaction.open) {
		SMTP_EMIT(s, content_begin, s->user);
	}
}

/*! \brief Ends the header section with the content. */
static void end_headers(struct smtp_session *s)
{
	/* The last line of the last chunk may lack its line end. */
	if (s->transaction.stage == SMTP_CONTENT_CHUNKS && s->content.header.size > 0) {
		header_line(s);
	}
	if (s->content.in_headers) {
		field_end(s);
	}
	s->content.in_headers = false;
}

void smtp_content_end(struct smtp_session *s)
{
	if (s->content.in_headers) {
		end_headers(s);
	}
	smtp_line_clear(&s->content.header);
	if (smtp_has_content(s) && s->transaction.open &&
	    s->transaction.view != SMTP_CONTENT_GAPPED) {
		SMTP_EMIT(s, content_end, s->user, s->content.bytes);
	}
	smtp_transaction_content_end(s);
}

void smtp_content_gap(struct smtp_session *s)
{
	/* The final dot often has a segment of its own, and the gap may end before it. */
	begin_line(s);
	smtp_transaction_content_gap(s);
	headers_leave(s);
}

/*!
 * \brief Returns the number of octets of the line with which the tail ends: a single dot and its
 *        line end.
 */
static size_t dot_size(const struct smtp_session *s)
{
	return s->content.tail[2] == '\r' && s->content.tail[3] == '\n' ? strlen(".\r\n")
	                                                                : strlen(".\n");
}

size_t smtp_content_data(struct smtp_session *s, const uint8_t *bytes, size_t size,
                         enum smtp_dot *dot)
{
	size_t start = 0;

	*dot = SMTP_DOT_NONE;
	while (start < size && *dot == SMTP_DOT_NONE) {
		size_t stop = size;
		if (s->content.in_headers) {
			stop = start + smtp_line_span(bytes + start, size - start);
		}
		stop = find_dot(s, bytes, start, stop, dot);
		s->content.bytes += stop - start;
		if (*dot != SMTP_DOT_FINAL && stop > start) {
			take_piece(s, bytes + start, stop - start);
		}
		start = stop;
	}
	remember_tail(s, bytes, start);
	if (*dot == SMTP_DOT_FINAL) {
		s->content.bytes -= dot_size(s);
	} else if (*dot == SMTP_DOT_LAX) {
		s->content.bytes_before_dot = s->content.bytes - dot_size(s);
		if (s->content.tail[3] == '\r') {
			s->content.tail[3] = ' '; /* The CR was judged; the next octet is not LF. */
		}
	}
	return start;
}

void smtp_content_cut(struct smtp_session *s, uint64_t bytes)
{
	s->content.bytes = bytes;
	s->content.chunk_left = 0;
}

void smtp_content_chunk_begin(struct smtp_session *s, uint64_t size, bool last)
{
	smtp_transaction_content_chunks(s);
	s->content.chunk_left = size;
	s->content.last_chunk = last;
}

size_t smtp_content_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	size_t start = 0;

	if (size > s->content.chunk_left) {
		size = (size_t)s->content.chunk_left;
	}
	while (start < size && s->content.in_headers) {
		size_t piece = smtp_line_span(bytes + start, size - start);
		s->content.bytes += piece;
		take_piece(s, bytes + start, piece);
		start += piece;
	}
	s->content.bytes += size - start;
	s->content.chunk_left -= size;
	return size;
}

bool smtp_content_chunk_gap(struct smtp_session *s, size_t bytes)
{
	uint64_t lost = MIN(bytes, s->content.chunk_left);

	smtp_content_gap(s);
	s->content.bytes += lost;
	s->content.chunk_left -= lost;
	return bytes == lost;
}

void smtp_content_wipe(struct smtp_session *s)
{
	explicit_bzero(s->header_text, s->content.header_used);
	explicit_bzero(s->value, s->content.value_size);
	smtp_line_clear(&s->content.header);
	s->content.header_used = 0;
	s->content.value_size = 0;
}
