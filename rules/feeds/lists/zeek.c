/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of Zeek's Intel framework: `#fields` names the columns, tabs separate
 * them, `-` is an unset field and `(empty)` an empty one.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/feeds/import/reader.h"

#define FIELD_SIZE 1024

enum column { INDICATOR, TYPE, SOURCE, DESC, URL, IF_IN, CONFIDENCE, COLUMN_COUNT };

static const char *const NAMES[COLUMN_COUNT] = {
	"indicator", "indicator_type", "meta.source",     "meta.desc",
	"meta.url",  "meta.if_in",     "meta.confidence",
};

/*! \brief The number of each column in the file; -1: the column is missing. */
struct columns {
	int at[COLUMN_COUNT];
};

struct row {
	char values[COLUMN_COUNT][FIELD_SIZE]; /*!< The values; an empty one is unset. */
	size_t line;
};

/*! \brief The kinds of rules for a type and a place of `meta.if_in` (the enumeration Intel::Where).
 */
static const struct {
	const char *type;
	const char *where; /*!< The place; empty: any place. */
	int kinds[2];
} PLACES[] = {
	{ "ADDR", "", { KIND_ANY, -1 } },
	{ "ADDR", "DNS::IN_RESPONSE", { KIND_IP, -1 } },
	{ "ADDR", "Conn::IN_RESP", { KIND_RESOLVER, KIND_SERVER } },
	{ "DOMAIN", "", { KIND_ANY, -1 } },
	{ "DOMAIN", "DNS::IN_REQUEST", { KIND_NAME, -1 } },
	{ "DOMAIN", "DNS::IN_RESPONSE", { KIND_NAME, -1 } },
	{ "DOMAIN", "SSL::IN_SERVER_NAME", { KIND_SNI, -1 } },
	{ "URL", "", { KIND_ANY, -1 } },
	{ "EMAIL", "", { KIND_ANY, -1 } },
	{ "EMAIL", "SMTP::IN_MAIL_FROM", { KIND_FROM, -1 } },
	{ "EMAIL", "SMTP::IN_FROM", { KIND_FROM, -1 } },
	{ "EMAIL", "SMTP::IN_RCPT_TO", { KIND_RCPT, -1 } },
	{ "EMAIL", "SMTP::IN_TO", { KIND_RCPT, -1 } },
	{ "EMAIL", "SMTP::IN_CC", { KIND_RCPT, -1 } },
};

static void take_field(char value[FIELD_SIZE], const char *text, size_t size)
{
	bool unset =
	        (size == 1 && text[0] == '-') || (size == 7 && strncmp(text, "(empty)", 7) == 0);
	size = unset ? 0 : size < FIELD_SIZE ? size : FIELD_SIZE - 1;
	memcpy(value, text, size);
	value[size] = '\0';
}

/*! \brief Walks over the fields of a line. Returns the size of the next field, -1 at the end. */
static int next_field(const char **at, const char *end, const char **text)
{
	if (*at > end) {
		return -1;
	}
	const char *tab = memchr(*at, '\t', (size_t)(end - *at));
	*text = *at;
	*at = (tab != NULL ? tab : end) + 1;
	return (int)((tab != NULL ? tab : end) - *text);
}

static struct columns read_columns(const struct feed_line *line)
{
	struct columns columns;
	const char *end = line->text + line->size;
	const char *at = line->text + strcspn(line->text, "\t") + 1;
	const char *name;
	int size;
	memset(columns.at, -1, sizeof(columns.at));
	for (int number = 0; (size = next_field(&at, end, &name)) >= 0; number++) {
		for (int i = 0; i < COLUMN_COUNT; i++) {
			if (strlen(NAMES[i]) == (size_t)size &&
			    strncmp(NAMES[i], name, (size_t)size) == 0) {
				columns.at[i] = number;
			}
		}
	}
	return columns;
}

static void read_row(const struct columns *columns, const struct feed_line *line, struct row *row)
{
	const char *end = line->text + line->size;
	const char *at = line->text;
	const char *text;
	int size;
	row->line = line->number;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		row->values[i][0] = '\0';
	}
	for (int number = 0; (size = next_field(&at, end, &text)) >= 0; number++) {
		for (int i = 0; i < COLUMN_COUNT; i++) {
			if (columns->at[i] == number) {
				take_field(row->values[i], text, (size_t)size);
			}
		}
	}
}

static bool is_place(size_t i, const char *type, const char *where)
{
	/* Networks can occur in the same places as addresses. */
	bool network = strcmp(type, "SUBNET") == 0;
	return strcmp(PLACES[i].type, network ? "ADDR" : type) == 0 &&
	       strcmp(PLACES[i].where, where) == 0;
}

static void add_row(struct feed *feed, const struct row *row)
{
	static const char PREFIX[] = "Intel::";
	struct imported_rule rule = IMPORTED_RULE_INIT;
	const char *type = row->values[TYPE];
	const char *confidence = row->values[CONFIDENCE];
	size_t digits = strspn(confidence, "0123456789");
	bool known = false;
	type += strncmp(type, PREFIX, sizeof(PREFIX) - 1) == 0 ? sizeof(PREFIX) - 1 : 0;
	rule.feed = row->values[SOURCE];
	rule.note = row->values[DESC];
	rule.ref = row->values[URL];
	if (digits > 0 && digits <= 3 && atoi(confidence) <= 100) {
		rule.confidence = atoi(confidence);
	}
	for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
		for (int j = 0; j < 2 && is_place(i, type, row->values[IF_IN]); j++) {
			known = true;
			if (PLACES[i].kinds[j] >= 0) {
				rule.kind = (enum observation_kind)PLACES[i].kinds[j];
				feed_add(feed, row->values[INDICATOR], row->line, 1, FEED_EXACT,
				         &rule);
			}
		}
	}
	if (!known) {
		feed_leave_out(feed, row->values[IF_IN][0] != '\0' ? row->values[IF_IN] : type);
	}
}

static void read_line(struct feed *feed, const struct columns *columns,
                      const struct feed_line *line)
{
	struct row row;
	if (columns->at[INDICATOR] < 0 || columns->at[TYPE] < 0) {
		feed_complain(feed, line->number, 1,
		              "the row must follow a line `#fields` that names indicator and "
		              "indicator_type");
		return;
	}
	read_row(columns, line, &row);
	if (row.values[INDICATOR][0] == '\0' || row.values[TYPE][0] == '\0') {
		feed_complain(feed, line->number, 1,
		              "indicator or indicator_type is missing: are there tabs between "
		              "the fields?");
		return;
	}
	add_row(feed, &row);
}

bool zeek_is(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line) && (feed_line_is_blank(&line) || line.text[0] == '#')) {
		if (line.size > 8 && strncmp(line.text, "#fields\t", 8) == 0) {
			return true;
		}
	}
	return false;
}

void zeek_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	struct columns columns;
	memset(columns.at, -1, sizeof(columns.at));
	while (feed_next_line(feed, &line)) {
		if (strncmp(line.text, "#fields\t", 8) == 0) {
			columns = read_columns(&line);
		} else if (line.size > 0 && line.text[0] != '#') {
			read_line(feed, &columns, &line);
		}
	}
}
