/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/keywords.h"

#include <string.h>

#include "base/ascii.h"

/*! \brief Longest word for which a likely meaning is sought. */
#define NEAR_MAX 15

const char *const KEYWORD_VERBS[] = { "alert", "allow", "pin", "protect", "set", NULL };

const char *const KEYWORD_KINDS[] = {
	[KIND_NS] = "ns",         [KIND_MX] = "mx",         [KIND_CNAME] = "cname",
	[KIND_NAME] = "name",     [KIND_IP] = "ip",         [KIND_RESOLVER] = "resolver",
	[KIND_SERVER] = "server", [KIND_BANNER] = "banner", [KIND_HELO] = "helo",
	[KIND_SNI] = "sni",       [KIND_FROM] = "from",     [KIND_RCPT] = "rcpt",
	[KIND_ANY] = "any",       [KIND_ANY + 1] = NULL,
};

const char *const KEYWORD_KEYS[] = {
	[KEY_ID] = "id",           [KEY_SEV] = "sev",     [KEY_CONF] = "conf",
	[KEY_FEED] = "feed",       [KEY_REF] = "ref",     [KEY_TAGS] = "tags",
	[KEY_NOTE] = "note",       [KEY_SINCE] = "since", [KEY_UNTIL] = "until",
	[KEY_MAX_TTL] = "max-ttl", [KEY_TLD] = "tld",     [KEY_SERVER] = "server",
	[KEY_FORCE] = "force",     [KEY_COUNT] = NULL,
};

const char *const KEYWORD_SEVERITIES[] = { "low", "medium", "high", "critical", NULL };

#define NAMES_ONLY      KEYWORD_BIT(FORM_NAME)
#define NETWORKS_ONLY   KEYWORD_BIT(FORM_NETWORK)
#define MAILBOX_OR_NAME (KEYWORD_BIT(FORM_MAILBOX) | KEYWORD_BIT(FORM_NAME))

static const uint8_t FORMS[] = {
	[KIND_NS] = NAMES_ONLY,
	[KIND_MX] = NAMES_ONLY,
	[KIND_CNAME] = NAMES_ONLY,
	[KIND_NAME] = NAMES_ONLY,
	[KIND_IP] = NETWORKS_ONLY,
	[KIND_RESOLVER] = NETWORKS_ONLY,
	[KIND_SERVER] = NETWORKS_ONLY,
	[KIND_BANNER] = NAMES_ONLY,
	[KIND_HELO] = NAMES_ONLY,
	[KIND_SNI] = NAMES_ONLY,
	[KIND_FROM] = MAILBOX_OR_NAME,
	[KIND_RCPT] = MAILBOX_OR_NAME,
	[KIND_ANY] = MAILBOX_OR_NAME | NETWORKS_ONLY,
};

const char *observation_kind_text(enum observation_kind kind)
{
	return KEYWORD_KINDS[kind];
}

int keyword_find(const char *const *table, const char *word)
{
	for (int i = 0; table[i] != NULL; i++) {
		if (strcmp(table[i], word) == 0) {
			return i;
		}
	}
	return -1;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*! \brief Letters to insert, drop, change or swap with a neighbour; both words are short. */
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
			unsigned skip = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(change, skip);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
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
	/* More than half of the letters wrong is another word, not a slip. */
	unsigned best_distance = least(3, (unsigned)(size + 1) / 2 + 1);
	for (size_t i = 0; table[i] != NULL; i++) {
		unsigned d = distance(lower, size, table[i], strlen(table[i]));
		if (d < best_distance) {
			best = table[i];
			best_distance = d;
		}
	}
	return best;
}

unsigned keyword_forms(enum observation_kind kind)
{
	return FORMS[kind];
}

uint16_t keyword_kinds(enum observation_kind kind, enum rule_form form)
{
	unsigned kinds = 0;
	if (kind != KIND_ANY) {
		return (uint16_t)KEYWORD_BIT(kind);
	}
	for (int i = 0; i < KIND_COUNT; i++) {
		if ((FORMS[i] & KEYWORD_BIT(form)) != 0) {
			kinds |= KEYWORD_BIT(i);
		}
	}
	return (uint16_t)kinds;
}

bool keyword_key_fits(enum rule_key key, enum rule_verb verb, enum observation_kind kind)
{
	static const unsigned SMTP = KEYWORD_BIT(KIND_SERVER) | KEYWORD_BIT(KIND_BANNER) |
	                             KEYWORD_BIT(KIND_HELO) | KEYWORD_BIT(KIND_SNI) |
	                             KEYWORD_BIT(KIND_FROM) | KEYWORD_BIT(KIND_RCPT);
	switch (key) {
	case KEY_MAX_TTL:
		return verb == RULE_PIN && kind == KIND_NS;
	case KEY_TLD:
		return verb == RULE_PROTECT;
	case KEY_FORCE:
		return verb == RULE_ALERT;
	case KEY_SERVER:
		return verb <= RULE_ALLOW && (SMTP & KEYWORD_BIT(kind)) != 0;
	default:
		return true;
	}
}
