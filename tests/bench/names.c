/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/names.h"

#include <stdio.h>

#include "tests/bench/rng.h"

#define HOSTERS 300 /* domains that serve others */

static const char *const heads[] = { "b", "d", "f", "g", "k", "l", "m",  "n",
	                             "p", "r", "s", "t", "v", "z", "st", "tr" };
static const char *const tails[] = { "a", "e", "i", "on" };
static const char *const suffixes[] = { "com",    "com", "com",  "com",   "com", "net",
	                                "net",    "org", "de",   "co.uk", "jp",  "co.jp",
	                                "com.br", "io",  "info", "fr" };
static const char *const hosts[] = { "www",    "www",     "www", "",    "",      "api",
	                             "mail",   "cdn",     "img", "app", "login", "static",
	                             "assets", "edge-07", "m",   "push" };

void names_domain(char name[NAMES_MAX], uint32_t number)
{
	/* An odd factor permutes 24 bits: neighbours look nothing alike, none is equal. */
	uint32_t bits = (number * 0x9e3779U) & 0xffffff;
	(void)snprintf(name, NAMES_MAX, "%s%s%s%s%s%s%s%s.%s", heads[bits & 15],
	               tails[bits >> 4 & 3], heads[bits >> 6 & 15], tails[bits >> 10 & 3],
	               heads[bits >> 12 & 15], tails[bits >> 16 & 3], heads[bits >> 18 & 15],
	               tails[bits >> 22], suffixes[rng_mix(number) & 15]);
}

void names_host(char name[NAMES_MAX], uint32_t number, uint32_t host)
{
	char domain[NAMES_MAX];
	const char *label = hosts[host & 15];
	names_domain(domain, number);
	(void)snprintf(name, NAMES_MAX, "%s%s%.80s", label, label[0] != '\0' ? "." : "", domain);
}

void names_server(char name[NAMES_MAX], uint32_t number, uint32_t which)
{
	char domain[NAMES_MAX];
	uint64_t hash = rng_mix(number);
	names_domain(domain, hash % 3 == 0 ? number : (uint32_t)(hash % HOSTERS));
	(void)snprintf(name, NAMES_MAX, "ns%u.%.80s", which + 1, domain);
}

void names_exchange(char name[NAMES_MAX], uint32_t number, uint32_t which)
{
	char domain[NAMES_MAX];
	uint64_t hash = rng_mix(number + 1);
	names_domain(domain, hash % 2 == 0 ? number : (uint32_t)(hash % HOSTERS));
	(void)snprintf(name, NAMES_MAX, "mx%u.%.80s", which + 1, domain);
}
