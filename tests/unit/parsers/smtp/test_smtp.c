/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/smtp/smtp.h"
#include "tests/unit/parsers/smtp/smtp_record.h"

/* A ClientHello for a.test, and the same in two parts. */
#define TLS_1 "c \x16\3\1|"
#define TLS_2 "x |"
#define TLS   TLS_1 TLS_2

#include "tests/unit/parsers/smtp/smtp_sessions.h"

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
		add(r, "done|");
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

/* After a doubtful end, content is read as commands if a reply cannot be that to the command
 * after the content. */
static void replies_refute_a_doubt(void **state)
{
	static const struct {
		const char *command;
		unsigned code;
		bool fits;
	} rows[] = {
		{ "RSET", 220, true }, { "RSET", 221, false }, { "RSET", 222, true },
		{ "RSET", 353, true }, { "RSET", 354, false }, { "RSET", 355, true },
		{ "RSET", 500, true }, { "DATA", 250, false }, { "DATA", 353, false },
		{ "DATA", 354, true }, { "DATA", 355, false }, { "DATA", 399, false },
		{ "DATA", 400, true }, { "DATA", 503, true },  { "QUIT", 220, false },
		{ "QUIT", 221, true }, { "QUIT", 222, false }, { "QUIT", 399, false },
		{ "QUIT", 400, true },
	};
	static struct piece pieces[64];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char script[512];
		struct record r = { .size = 0 };
		(void)snprintf(script, sizeof(script),
		               HI TO_B "C DATA|S 354|c x\n.\nMAIL FROM:<c@c>\r\n.\r\n|C %s|"
		                       "S 250|S %u",
		               rows[i].command, rows[i].code);
		run(pieces, read_script(script, pieces), SIZE_MAX, SIZE_MAX, &r);
		if ((strstr(r.text, "mail c@c|") == NULL) != rows[i].fits) {
			fail_msg("%s %u: %s", rows[i].command, rows[i].code, r.text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(sessions_whole),         cmocka_unit_test(sessions_in_steps),
		cmocka_unit_test(sessions_cut_anywhere),  cmocka_unit_test(nothing_wanted),
		cmocka_unit_test(replies_refute_a_doubt),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
