/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/keywords.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"

/*! \brief The number of octets of the longest word for which a correction is searched for. */
#define NEAR_MAX 15

const char *const KEYWORD_VERBS[] = {
#define X(verb, keyword) keyword,
	RULE_VERBS(X)
#undef X
	        "set",
	NULL,
};

const char *const KEYWORD_KINDS[] = {
#define X(kind, keyword, ...) keyword,
	OBSERVATION_KINDS(X)
#undef X
	        "any",
	NULL,
};

const char *const KEYWORD_SEVERITIES[] = {
#define X(severity, keyword, number) keyword,
	RULE_SEVERITIES(X)
#undef X
	        NULL,
};

const char *const KEYWORD_LEARNED[] = {
#define X(kind, keyword, ...) keyword,
	LEARN_KINDS(X)
#undef X
	        "all",
	NULL,
};

#define OBSERVED(kind, keyword, ...)  keyword,
#define LEARNED(kind, keyword, whose) LEARNED_##whose(keyword)
#define LEARNED_OWN(keyword)          keyword,
#define LEARNED_SHARED(keyword)       /* OBSERVED has it */
const char *const KEYWORD_HIT_KINDS[] = { OBSERVATION_KINDS(OBSERVED) LEARN_KINDS(LEARNED) NULL };

int keyword_find(const char *const *table, const char *word)
{
	for (int i = 0; table[i] != NULL; i++) {
		if (table[i][0] == word[0] && strcmp(table[i], word) == 0) {
			return i;
		}
	}
	return -1;
}

bool keyword_is_chosen(const char *const *table, uint32_t chosen, const char *word)
{
	if (chosen == 0) {
		return true;
	}
	int at = keyword_find(table, word);
	return at >= 0 && (chosen >> at & 1) != 0;
}

/*!
 * \brief Returns the edit distance with transpositions. Both words have at most NEAR_MAX octets.
 */
static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned d[NEAR_MAX + 1][NEAR_MAX + 1];
	for (size_t i = 0; i <= a_size; i++) {
		d[i][0] = (unsigned)i;
	}
	for (size_t j = 0; j <= b_size; j++) {
		d[0][j] = (unsigned)j;
	}
	for (size_t i = 1; i <= a_size; i++) {
		for (size_t j = 1; j <= b_size; j++) {
			unsigned change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			unsigned skip = MIN(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = MIN(change, skip);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
			}
		}
	}
	return d[a_size][b_size];
}

const char *keyword_near(const char *const *table, const char *word)
{
	char lower[NEAR_MAX + 1];
	size_t size = 0;
	for (; word[size] != '\0'; size++) {
		if (size == NEAR_MAX) {
			return NULL;
		}
		lower[size] = ascii_lower(word[size]);
	}
	const char *best = NULL;
	/* A word with more than half of its letters wrong is another word, not a misspelling. */
	unsigned best_distance = MIN(3, (unsigned)(size + 1) / 2 + 1);
	for (size_t i = 0; table[i] != NULL; i++) {
		unsigned d = distance(lower, size, table[i], strlen(table[i]));
		if (d < best_distance) {
			best = table[i];
			best_distance = d;
		}
	}
	return best;
}

void keyword_list(const char *const *table, uint32_t chosen, const char *last, char *text,
                  size_t room)
{
	size_t used = 0;
	size_t left = 0;
	for (size_t i = 0; table[i] != NULL; i++) {
		left += chosen >> i & 1;
	}
	text[0] = '\0';
	for (size_t i = 0; table[i] != NULL && used < room; i++) {
		if ((chosen >> i & 1) == 0) {
			continue;
		}
		left--;
		const char *comma = used > 0 && left > 0 ? ", " : "";
		const char *and = used > 0 && left == 0 ? last : "";
		const char *gap = and[0] != '\0' ? " " : "";
		used += (size_t)snprintf(text + used, room - used, "%s%s%s%s%s", comma, gap, and,
		                         gap, table[i]);
	}
}
