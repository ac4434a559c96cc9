/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/suffix.h"

#include <string.h>

#include "rules/index/names.h"

/*! \brief The name as text; false when its text would have other labels. */
static bool to_text(const uint8_t *wire, size_t size, char text[NAME_MAX_SIZE + 1])
{
	size_t at = 0;
	if (size < 3 || size > NAME_MAX_SIZE) {
		return false;
	}
	while (at < size && wire[at] != 0) {
		size_t label = wire[at];
		if (label > 63 || at + 1 + label >= size ||
		    memchr(wire + at + 1, '.', label) != NULL ||
		    memchr(wire + at + 1, '\0', label) != NULL) {
			return false;
		}
		at += 1 + label;
	}
	return at + 1 == size && names_text(wire, size, text) == size - 2;
}

static const char *parent(const char *text)
{
	const char *dot = strchr(text, '.');
	return dot != NULL ? dot + 1 : NULL;
}

/*! \brief The registrable domain as far as registries go; NULL for a suffix of theirs. */
static const char *registered(const psl_ctx_t *psl, const char *text)
{
	const char *domain = NULL;
	for (const char *at = text; at != NULL; at = parent(at)) {
		if (parent(at) == NULL || psl_is_public_suffix2(psl, at, PSL_TYPE_ICANN)) {
			return domain;
		}
		domain = at;
	}
	return domain;
}

static const char *last_two(const char *text)
{
	const char *domain = NULL;
	for (const char *at = text; parent(at) != NULL; at = parent(at)) {
		domain = at;
	}
	return domain;
}

bool suffix_split(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                  struct suffix_split *split)
{
	char text[NAME_MAX_SIZE + 1];
	if (!to_text(wire, size, text)) {
		return false;
	}
	const char *domain = psl != NULL ? psl_registrable_domain(psl, text) : last_two(text);
	if (domain == NULL && psl != NULL) {
		domain = registered(psl, text);
	}
	if (domain == NULL) {
		return false;
	}
	/* A label's length octet stands where the text has the dot before it. */
	split->domain = (size_t)(domain - text);
	split->suffix = split->domain + 1 + wire[split->domain];
	split->below = split->domain;
	for (size_t at = 0; at < split->domain; at += 1u + wire[at]) {
		split->below = at;
	}
	return true;
}

bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size)
{
	char text[NAME_MAX_SIZE + 1];
	return psl != NULL && to_text(wire, size, text) &&
	       psl_is_public_suffix2(psl, text, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}
