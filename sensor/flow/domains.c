/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/flow/domains.h"

#include <libpsl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns_name.h"
#include "base/secret_hash.h"

/* No public suffix has more labels. */
#define SUFFIX_LABELS_MAX 8

/* Whether a name is a public suffix. */
struct known {
	uint64_t hash; /* of the name; its last bit is 1; 0: unused */
	bool is_suffix;
};

struct domains {
	psl_ctx_t *psl; /* NULL: no list is installed */
	struct known known[DOMAINS_MAX];
};

struct domains *domains_new(void)
{
	struct domains *domains = calloc(1, sizeof(*domains));
	if (domains == NULL) {
		return NULL;
	}
	domains->psl = psl_latest(NULL);
	return domains;
}

void domains_free(struct domains *domains)
{
	if (domains != NULL) {
		psl_free(domains->psl);
		free(domains);
	}
}

/* A look-up in the list takes longer than all other parts of an event. */
static bool look_up(struct domains *domains, const char *name, size_t size)
{
	uint64_t hash = secret_hash(name, size) | 1;
	struct known *known = &domains->known[hash >> 1 & (DOMAINS_MAX - 1)];
	if (known->hash != hash) {
		known->hash = hash;
		known->is_suffix = psl_is_public_suffix(domains->psl, name) != 0;
	}
	return known->is_suffix;
}

/* No rule of the list has a backslash. A label with one can only match the label `*` of a rule, as
 * any other label that is in no rule, so all of them share one look-up. */
static bool is_suffix(struct domains *domains, const char *name, const char *end)
{
	const char *dot = memchr(name, '.', (size_t)(end - name));
	const char *label_end = dot != NULL ? dot : end;
	size_t size = (size_t)(end - name), rest = (size_t)(end - label_end);
	char shared[1 + DNS_NAME_TEXT_MAX] = "\\";
	if (rest >= DNS_NAME_TEXT_MAX || memchr(name, '\\', size - rest) == NULL) {
		return look_up(domains, name, size);
	}
	memcpy(shared + 1, label_end, rest);
	shared[1 + rest] = '\0';
	return look_up(domains, shared, 1 + rest);
}

/* Returns the last labels of a name. */
static const char *last_labels(const char *name, const char *end)
{
	const char *at = end;
	for (unsigned labels = 0; labels <= SUFFIX_LABELS_MAX; labels++) {
		const char *dot = memrchr(name, '.', (size_t)(at - name));
		if (dot == NULL) {
			return name;
		}
		at = dot;
	}
	return at + 1;
}

/* The domain has one label more than the longest public suffix of the name, as in
 * psl_registrable_domain(). Names above the name were mostly looked up before. */
const char *domains_registered(struct domains *domains, const char *name, size_t size)
{
	const char *end = name + size;
	const char *registered = NULL;
	if (domains->psl == NULL || name[0] == '.') {
		return NULL;
	}
	const char *at = last_labels(name, end);
	while (!is_suffix(domains, at, end)) {
		const char *dot = memchr(at, '.', (size_t)(end - at));
		if (dot == NULL) {
			break;
		}
		registered = at;
		at = dot + 1;
	}
	return registered;
}
