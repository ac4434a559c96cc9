/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/pin.h"

#include <string.h>

#include "base/address.h"

#define RTYPE_SOA 6

/*!
 * \brief Returns true if a pattern matches a name. Both are whole names, so a match begins at a
 *        label.
 */
static bool name_meets(const uint8_t *wanted, size_t wanted_size, unsigned reach,
                       const struct observation *seen)
{
	size_t at = 0;
	if (seen->name_size < wanted_size) {
		return false;
	}
	size_t rest = seen->name_size - wanted_size;
	while (at < rest) {
		at += 1u + seen->name[at];
	}
	return at == rest && memcmp(seen->name + at, wanted, wanted_size) == 0 &&
	       (reach & (at == 0 ? REACH_EXACT : REACH_BELOW)) != 0;
}

/* Compares the address itself, and the IPv4 address inside it. */
static bool address_meets(const struct network *network, const struct in6_addr *addr)
{
	struct in6_addr ipv4;
	return network_holds(network, addr) ||
	       (address_embedded(addr, &ipv4) && network_holds(network, &ipv4));
}

static bool meets(const struct ruleset *set, const struct rule *expected,
                  const struct observation *seen, const struct in6_addr *addr)
{
	size_t size;
	if (expected->form == FORM_NETWORK) {
		return addr != NULL &&
		       address_meets(intern_get(&set->networks.keys, expected->key, NULL), addr);
	}
	const uint8_t *wanted = intern_get(&set->names.keys, expected->key, &size);
	return name_meets(wanted, size, expected->reach, seen);
}

/*! \brief Compares whether there is a value with `any`, `none` or `required`. */
static bool presence_meets(const char *expected, const struct observation *seen)
{
	return (seen->text == NULL) == (strcmp(expected, "none") == 0);
}

/*!
 * \brief Returns a text that must be there and is not; NULL if all are there.
 *
 * The rule's text has no NUL, so it cannot match a part of two records.
 */
static const char *missing_text(const struct ruleset *set, const struct line *line,
                                const struct observation *seen)
{
	uint32_t end = store_line_end(set, line);
	for (uint32_t i = line->first + 1; i < end; i++) {
		const char *text = store_text(set, set->rules[i].key);
		if (seen->text == NULL ||
		    memmem(seen->text, seen->text_size, text, strlen(text)) == NULL) {
			return text;
		}
	}
	return NULL;
}

static bool is_one_of(const struct ruleset *set, const struct line *line,
                      const struct observation *seen, const struct in6_addr *addr)
{
	uint32_t end = store_line_end(set, line);
	for (uint32_t i = line->first + 1; i < end; i++) {
		if (meets(set, &set->rules[i], seen, addr)) {
			return true;
		}
	}
	return false;
}

/*! \brief Returns the address that a pin compares. For mail, it is the address of the server. */
static const struct in6_addr *pinned_address(const struct observation *seen)
{
	return seen->kind == KIND_RCPT ? seen->server : seen->addr;
}

static bool is_expected(const struct ruleset *set, const struct line *line,
                        const struct observation *seen)
{
	switch (seen->kind) {
	case KIND_TXT:
		return missing_text(set, line, seen) == NULL;
	case KIND_DS:
	case KIND_TLS:
		return presence_meets(store_text(set, set->rules[line->first + 1].key), seen);
	default:
		return is_one_of(set, line, seen, pinned_address(seen));
	}
}

/*! \brief Returns true if the observation has a value of the form that pins of its kind compare. */
static bool has_value(const struct observation *seen)
{
	switch (observation_kind_pinned(seen->kind)) {
	case FORMS_NETWORKS:
		return pinned_address(seen) != NULL;
	case FORMS_NAMES:
		return seen->name != NULL || seen->text != NULL;
	default:
		return true;
	}
}

bool pin_applies(const struct ruleset *set, const struct rule *owner,
                 const struct observation *seen)
{
	const struct attrs attrs = store_attrs(set, &set->lines[owner->line]);
	return attrs.kind == seen->kind && has_value(seen) &&
	       !(seen->kind == KIND_NS && seen->rtype == RTYPE_SOA) &&
	       store_is_in_force(&attrs, seen);
}

bool pin_deviates(const struct ruleset *set, const struct rule *owner,
                  const struct observation *seen, enum ruleset_action *action)
{
	const struct line *line = &set->lines[owner->line];
	const struct attrs attrs = store_attrs(set, line);
	if (!is_expected(set, line, seen)) {
		*action = ACTION_PIN_MISMATCH;
		return true;
	}
	*action = ACTION_TTL_EXCEEDED;
	return seen->ttl > attrs.max_ttl;
}

/*! \brief Returns the number of octets at the beginning of two texts that are equal. */
static size_t equal_octets(const char *text, size_t size, const char *other)
{
	size_t equal = 0;
	while (equal < size && text[equal] == other[equal]) {
		equal++;
	}
	return equal;
}

const char *pin_changed_text(const struct ruleset *set, const struct rule *owner,
                             const struct observation *seen, size_t *size)
{
	const char *missing = missing_text(set, &set->lines[owner->line], seen);
	const char *found = NULL;
	size_t most = 0;
	size_t left = seen->text_size;
	const char *at = seen->text;
	while (at != NULL) {
		const char *end = memchr(at, '\0', left);
		size_t own = end != NULL ? (size_t)(end - at) : left;
		size_t equal = equal_octets(at, own, missing);
		if (found == NULL || equal > most) {
			found = at;
			*size = own;
			most = equal;
		}
		left -= end != NULL ? own + 1 : own;
		at = end != NULL ? end + 1 : NULL;
	}
	return found;
}
