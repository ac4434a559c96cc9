/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/suffix.h"

#include <string.h>

#include "base/dns_name.h"

/*!
 * \brief Writes a name as text. Returns false for the root, and if the text would have other labels
 *        than the name.
 */
static bool to_text(const uint8_t *wire, size_t size, char text[DNS_NAME_MAX + 1])
{
	uint8_t starts[DNS_NAME_LABELS_MAX];
	size_t labels = dns_name_labels(wire, size, starts);
	for (size_t i = 0; i < labels; i++) {
		const uint8_t *label = wire + starts[i];
		if (memchr(label + 1, '.', label[0]) != NULL ||
		    memchr(label + 1, '\0', label[0]) != NULL) {
			return false;
		}
	}
	return labels > 0 && dns_name_to_host(wire, size, text) > 0;
}

static const char *parent(const char *text)
{
	const char *dot = strchr(text, '.');
	return dot != NULL ? dot + 1 : NULL;
}

/*!
 * \brief Returns the registrable domain according to the ICANN section of the list; NULL if the
 *        name is a suffix in that section.
 */
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
	char text[DNS_NAME_MAX + 1];
	if (!to_text(wire, size, text)) {
		return false;
	}
	const char *domain = psl != NULL ? psl_registrable_domain(psl, text) : last_two(text);
	split->is_suffix = domain == NULL;
	if (domain == NULL && psl != NULL) {
		domain = registered(psl, text);
	}
	if (domain == NULL) {
		return false;
	}
	/* The length octet of a label is at the offset of the dot before it in the text. */
	split->domain = (uint8_t)(domain - text);
	split->suffix = (uint8_t)(split->domain + 1 + wire[split->domain]);
	split->below = split->domain;
	for (size_t at = 0; at < split->domain; at += 1u + wire[at]) {
		split->below = (uint8_t)at;
	}
	return true;
}

bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size)
{
	char text[DNS_NAME_MAX + 1];
	return psl != NULL && to_text(wire, size, text) &&
	       psl_is_public_suffix2(psl, text, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}
