/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/pin_lines.h"

#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#include "history/rows/cof.h"

/* The largest number of names to which CNAME records of a name lead. */
#define TARGETS_MAX 64

/* The values of one rule. */
struct line {
	const struct pin_item *items[PIN_LINES_VALUES_MAX];
	size_t count;
	bool unfit;  /* an absence was seen, or a value that no rule can expect */
	bool beyond; /* there are more values */
};

/* The rules of one owner. */
struct page {
	const struct pin_book *book;
	FILE *out;
	uint32_t owner;
	bool headed; /* the comment with its name was written */
};

static void put_value(const struct page *page, const struct pin_item *item)
{
	char first[HISTORY_TIME_MAX], last[HISTORY_TIME_MAX];
	history_time_text(item->seen.first, first);
	history_time_text(item->seen.last, last);
	fprintf(page->out, "#   %s  %s  %8" PRIu64 "  %s\n", first, last, item->seen.count,
	        pin_book_value(page->book, item->value));
}

static bool has(const struct line *line, uint32_t value)
{
	for (size_t i = 0; i < line->count; i++) {
		if (line->items[i]->value == value) {
			return true;
		}
	}
	return false;
}

static void add(struct line *line, const struct pin_item *item)
{
	if (item->value == PIN_BOOK_ABSENT) {
		line->unfit = true;
	} else if (line->count == PIN_LINES_VALUES_MAX) {
		line->beyond = true;
	} else if (!has(line, item->value)) {
		line->items[line->count++] = item;
	}
}

/* Returns the first item of an owner and kind, or of those after it. */
static size_t find(const struct pin_book *book, uint32_t owner, enum observation_kind kind)
{
	size_t low = 0;
	size_t high = book->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct pin_item *item = &book->items[middle];
		bool before = item->owner < owner || (item->owner == owner && item->kind < kind);
		low = before ? middle + 1 : low;
		high = before ? high : middle;
	}
	return low;
}

static void collect(const struct pin_book *book, uint32_t owner, enum observation_kind kind,
                    struct line *line)
{
	for (size_t i = find(book, owner, kind);
	     i < book->count && book->items[i].owner == owner && book->items[i].kind == kind; i++) {
		add(line, &book->items[i]);
	}
}

/* Adds the owners to which CNAME records of an owner lead; a loop ends at a known one. */
static size_t add_targets(const struct pin_book *book, uint32_t owner,
                          uint32_t targets[TARGETS_MAX], size_t count)
{
	struct line cnames = { .count = 0 };
	collect(book, owner, KIND_CNAME, &cnames);
	for (size_t i = 0; i < cnames.count; i++) {
		const char *name = pin_book_value(book, cnames.items[i]->value);
		uint32_t target = intern_find(&book->owners, name, strlen(name) + 1);
		bool known = target == INTERN_NONE || count == TARGETS_MAX;
		for (size_t j = 0; j < count && !known; j++) {
			known = targets[j] == target;
		}
		if (!known) {
			targets[count++] = target;
		}
	}
	return count;
}

/* A pin of addresses follows CNAME records, so the addresses of their targets are expected, too. */
static void collect_addresses(const struct pin_book *book, uint32_t owner, struct line *line)
{
	uint32_t targets[TARGETS_MAX] = { owner };
	size_t count = 1;
	for (size_t i = 0; i < count; i++) {
		count = add_targets(book, targets[i], targets, count);
		collect(book, targets[i], KIND_IP, line);
	}
	line->beyond = line->beyond || count == TARGETS_MAX;
}

/* The part of a text that names its kind: `v=spf1`, `v=DMARC1`. */
static size_t version_size(const char *text)
{
	return strcspn(text, " ;");
}

static bool have_same_version(const char *a, const char *b)
{
	size_t size = version_size(a);
	return size == version_size(b) && strncmp(a, b, size) == 0;
}

/*
 * Keeps the texts that have a version and were in each answer: those that were seen as often as
 * any, from the first answer to the last. Two texts of one version cannot both be in force (RFC
 * 7208 section 3.2), so they were changed.
 */
static void keep_steady_texts(const struct pin_book *book, struct line *line)
{
	const struct line all = *line;
	struct history_seen most = { .first = UINT64_MAX };
	line->count = 0;
	for (size_t i = 0; i < all.count; i++) {
		const struct history_seen *seen = &all.items[i]->seen;
		most.count = MAX(most.count, seen->count);
		most.first = MIN(most.first, seen->first);
		most.last = MAX(most.last, seen->last);
	}
	for (size_t i = 0; i < all.count; i++) {
		const struct history_seen *seen = &all.items[i]->seen;
		const char *text = pin_book_value(book, all.items[i]->value);
		bool steady = strncmp(text, "v=", 2) == 0 && seen->count == most.count &&
		              seen->first == most.first && seen->last == most.last;
		for (size_t j = 0; j < all.count && steady; j++) {
			steady = j == i || !have_same_version(
			                           text, pin_book_value(book, all.items[j]->value));
		}
		if (steady) {
			line->items[line->count++] = all.items[i];
		}
	}
}

static void put_word(const char *text, bool quoted, FILE *out)
{
	fputs(quoted ? " \"" : " ", out);
	for (; *text != '\0'; text++) {
		if (quoted && (*text == '"' || *text == '\\')) {
			fputc('\\', out);
		}
		fputc(*text, out);
	}
	fputs(quoted ? "\"" : "", out);
}

static void put_rule(const struct page *page, enum observation_kind kind, const struct line *line)
{
	fprintf(page->out, "pin %s %s", pin_book_owner(page->book, page->owner),
	        observation_kind_text(kind));
	for (size_t i = 0; i < line->count; i++) {
		put_word(pin_book_value(page->book, line->items[i]->value), kind == KIND_TXT,
		         page->out);
	}
	fputc('\n', page->out);
}

static void put_comment(const struct page *page, enum observation_kind kind,
                        const struct line *line)
{
	const char *word = observation_kind_text(kind);
	if (line->beyond) {
		fprintf(page->out, "# %s: more than %d values, so there is no rule\n", word,
		        PIN_LINES_VALUES_MAX);
	} else {
		fprintf(page->out, "# %s: %s, so there is no rule\n", word,
		        kind == KIND_BANNER ? "some greetings are not names" : "not always there");
	}
}

static void put_heading(struct page *page)
{
	if (!page->headed) {
		fprintf(page->out, "\n# %s\n", pin_book_owner(page->book, page->owner));
	}
	page->headed = true;
}

/* \return The number of rules that were written, 0 or 1. */
static size_t write_line(struct page *page, enum observation_kind kind)
{
	struct line line = { .count = 0 };
	if (kind == KIND_IP) {
		collect_addresses(page->book, page->owner, &line);
	} else {
		collect(page->book, page->owner, kind, &line);
	}
	if (kind == KIND_TXT) {
		keep_steady_texts(page->book, &line);
	}
	if (line.count == 0) {
		return 0;
	}
	put_heading(page);
	if (line.unfit || line.beyond) {
		put_comment(page, kind, &line);
		return 0;
	}
	for (size_t i = 0; i < line.count; i++) {
		put_value(page, line.items[i]);
	}
	put_rule(page, kind, &line);
	return 1;
}

size_t pin_lines_write(const struct pin_book *book, FILE *out)
{
	struct page page = { .book = book, .out = out };
	size_t rules = 0;
	for (; page.owner < book->own_owners; page.owner++) {
		page.headed = false;
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if ((KINDS_PINNED & RULE_BIT(kind)) != 0) {
				rules += write_line(&page, (enum observation_kind)kind);
			}
		}
	}
	return rules;
}
