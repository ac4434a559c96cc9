/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/compare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

struct front {
	const char *text; /* verb, kind and indicator */
	size_t size;
};

struct fronts {
	struct front *items;
	size_t count;
	size_t room;
};

static bool is_rule(const char *line, size_t size)
{
	return size > 0 && line[0] != '#' && !(size >= 4 && memcmp(line, "set ", 4) == 0);
}

static bool add(struct fronts *fronts, const char *line, size_t size)
{
	const char *key = memmem(line, size, " id=", 4);
	if (fronts->count == fronts->room) {
		size_t room = fronts->room * 2 + 1024;
		struct front *items = realloc(fronts->items, room * sizeof(*items));
		if (items == NULL) {
			return false;
		}
		fronts->items = items;
		fronts->room = room;
	}
	fronts->items[fronts->count++] =
	        (struct front){ line, key != NULL ? (size_t)(key - line) : size };
	return true;
}

static int by_text(const void *a, const void *b)
{
	const struct front *left = a;
	const struct front *right = b;
	int ret = memcmp(left->text, right->text, MIN(left->size, right->size));
	return ret != 0 ? ret : (left->size > right->size) - (left->size < right->size);
}

/* Finds the rules of a text, and sorts them. */
static bool find(struct fronts *fronts, const char *text, size_t size)
{
	const char *end = text + size;
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		line_end = line_end != NULL ? line_end : end;
		size_t line = (size_t)(line_end - text);
		if (is_rule(text, line) && !add(fronts, text, line)) {
			return false;
		}
		text = line_end + 1;
	}
	if (fronts->count > 0) {
		qsort(fronts->items, fronts->count, sizeof(*fronts->items), by_text);
	}
	return true;
}

static void count(const struct fronts *before, const struct fronts *after,
                  struct compare_counts *counts)
{
	size_t i = 0;
	size_t j = 0;
	while (i < before->count || j < after->count) {
		int order = i == before->count  ? 1
		            : j == after->count ? -1
		                                : by_text(&before->items[i], &after->items[j]);
		counts->removed += order < 0;
		counts->added += order > 0;
		i += order <= 0;
		j += order >= 0;
	}
	counts->before = before->count;
	counts->after = after->count;
	for (j = 0; j < after->count; j++) {
		counts->allows +=
		        after->items[j].size >= 6 && memcmp(after->items[j].text, "allow ", 6) == 0;
	}
}

bool compare_rules(const char *before, size_t before_size, const char *after, size_t after_size,
                   struct compare_counts *counts)
{
	struct fronts old = { .items = NULL };
	struct fronts fresh = { .items = NULL };
	*counts = (struct compare_counts){ 0 };
	bool found = find(&old, before, before_size) && find(&fresh, after, after_size);
	if (found) {
		count(&old, &fresh, counts);
	}
	free(old.items);
	free(fresh.items);
	return found;
}
