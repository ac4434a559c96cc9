/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/address_list.h"

#include <string.h>

#include "base/ascii.h"

/* The member of the list that is being read. */
struct member {
	char *address;
	size_t size;
	bool has_at;
	bool angled;   /* inside angle brackets */
	bool complete; /* the brackets are closed: further text is not part of the address */
	/* there were two words with a blank between them, so the words are a display name */
	bool two;
	bool blank;
	bool too_long;
};

/*! \brief Skips a comment; comments nest. */
static const char *skip_comment(const char *p, const char *end)
{
	unsigned depth = 0;

	do {
		if (*p == '\\' && end - p > 1) {
			p++;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		}
		p++;
	} while (p < end && depth > 0);
	return p;
}

/*! \brief Skips a quoted string or a domain literal. */
static const char *skip_quoted(const char *p, const char *end, char closing)
{
	p++;
	while (p < end && *p != closing) {
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	}
	return p < end ? p + 1 : end;
}

static void restart(struct member *m)
{
	*m = (struct member){ .address = m->address };
}

/*! \brief Blanks around a dot or an "@" (RFC 5322, 4.4) do not separate words. */
static bool joins(char c)
{
	return c == '.' || c == '@';
}

static void add(struct member *m, const char *text, size_t size)
{
	if (m->complete) {
		return;
	}
	if (m->blank && m->size > 0 && !joins(*text) && !joins(m->address[m->size - 1])) {
		m->two = true;
	}
	m->blank = false;
	m->has_at = m->has_at || *text == '@';
	if (size > ADDRESS_MAX - m->size) {
		m->too_long = true;
		return;
	}
	memcpy(m->address + m->size, text, size);
	m->size += size;
}

static bool is_address(const struct member *m)
{
	return m->size > 0 && !m->too_long && (m->angled || (m->has_at && !m->two));
}

/*! \brief A colon ends a route inside brackets, and a group's name outside of them. */
static void on_colon(struct member *m)
{
	bool angled = m->angled;

	if (!m->complete) {
		restart(m);
		m->angled = angled;
	}
}

/*! \brief Adds one token to the member; returns where the next one begins. */
static const char *take(struct member *m, const char *p, const char *end)
{
	const char *next = p + 1;

	switch (*p) {
	case '(':
		m->blank = true;
		return skip_comment(p, end);
	case '"':
		next = skip_quoted(p, end, '"');
		break;
	case '[':
		next = skip_quoted(p, end, ']');
		break;
	case '<':
		if (!m->complete) {
			restart(m);
			m->angled = true;
		}
		return next;
	case '>':
		m->complete = m->complete || m->angled;
		return next;
	case ':':
		on_colon(m);
		return next;
	case '\\':
		next = end - p > 1 ? p + 2 : end;
		break;
	default:
		if (ascii_is_space(*p)) {
			m->blank = true;
			return next;
		}
	}
	add(m, p, (size_t)(next - p));
	return next;
}

void address_list_init(struct address_list *list, const char *text, size_t size, bool cut)
{
	*list = (struct address_list){ .at = text, .end = text + size, .cut = cut };
}

/*! \brief A comma separates members, but not the hops of a source route: <@a,@b:c@d>. */
static bool ends_member(const struct member *m, char c)
{
	bool route = m->angled && !m->complete && m->size > 0 && m->address[0] == '@';

	return c == ';' || (c == ',' && !route);
}

size_t address_list_next(struct address_list *list, char address[ADDRESS_MAX])
{
	struct member m = { .address = address };
	const char *p = list->at;

	while (p < list->end) {
		if (!ends_member(&m, *p)) {
			p = take(&m, p, list->end);
			continue;
		}
		p++;
		if (is_address(&m)) {
			list->at = p;
			return m.size;
		}
		restart(&m);
	}
	list->at = list->end;
	return is_address(&m) && (!list->cut || m.complete) ? m.size : 0;
}
