/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/domains.h"

#include <libpsl.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/secret_hash.h"

#define NO_DOMAIN UINT32_MAX

struct known {
	uint64_t hash; /* 0: unused */
	uint32_t at;   /* offset of the domain in the name, or NO_DOMAIN */
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

static uint32_t look_up(const struct domains *domains, const char *name)
{
	const char *domain =
	        domains->psl != NULL ? psl_registrable_domain(domains->psl, name) : NULL;
	return domain != NULL ? (uint32_t)(domain - name) : NO_DOMAIN;
}

const char *domains_registered(struct domains *domains, const char *name, size_t size)
{
	uint64_t hash = secret_hash(name, size) | 1;
	struct known *known = &domains->known[hash >> 1 & (DOMAINS_MAX - 1)];
	if (known->hash != hash) {
		known->hash = hash;
		known->at = look_up(domains, name);
	}
	return known->at != NO_DOMAIN ? name + known->at : NULL;
}
