/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rows COUNT FOLDER
 *
 * Writes a file of COUNT rows, rounded up to whole domains, into a folder of the history, in the
 * order of their keys, as merges leave it. The same rows for the same COUNT, on every machine.
 *
 * A domain has five rows: an address, two name servers, a mail exchanger, and an alias of `www`.
 * Its name is random; names ascend with the number of the domain, so that rows are made in order.
 * Name servers and exchangers are those of a provider, which has the domains whose numbers are
 * congruent; addresses are a permutation of the domains. Both can be walked in their order, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dns_name.h"
#include "history/store/output.h"
#include "parsers/dns/dns_codes.h"
#include "tests/bench/rng.h"

#define LABEL_DIGITS   10                         /* of the name of a domain, to the base of 36 */
#define LABELS         UINT64_C(3656158440062976) /* 36 to the power of 10 */
#define PROVIDERS      20011
#define ROWS_OF_DOMAIN 5
#define FACTOR         UINT64_C(2654435761) /* of the permutation; a prime */
#define START_S        UINT64_C(1735689600)
#define YEAR_S         UINT32_C(31536000)

struct maker {
	struct history_output output;
	uint64_t domains;
	uint64_t inverse; /* of FACTOR, modulo `domains` */
	uint8_t key[HISTORY_KEY_MAX];
	uint64_t octets; /* of keys and values */
};

struct row_spec {
	uint64_t domain;
	uint16_t type;
	unsigned server; /* of a provider: 0 mx, 1 ns1, 2 ns2 */
};

/* A name of a domain, with its labels random but in ascending order. */
static void domain_name(const struct maker *maker, uint64_t number, const char *host,
                        struct dns_name *name)
{
	char text[64];
	char label[LABEL_DIGITS + 1] = { 0 };
	uint64_t step = LABELS / maker->domains;
	uint64_t value = number * step + rng_mix(number + 1) % step;
	for (int i = LABEL_DIGITS; i-- > 0; value /= 36) {
		label[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
	}
	int size =
	        snprintf(text, sizeof(text), "%s%s%s.com", host, host[0] != '\0' ? "." : "", label);
	(void)dns_name_from_host(text, (size_t)size, name);
}

static void server_name(uint64_t provider, unsigned server, struct dns_name *name)
{
	static const char *const hosts[] = { "mx", "ns1", "ns2" };
	char text[64];
	int size = snprintf(text, sizeof(text), "%s.provider-%05u.net", hosts[server],
	                    (unsigned)provider);
	(void)dns_name_from_host(text, (size_t)size, name);
}

static uint64_t permuted(const struct maker *maker, uint64_t number, uint64_t factor)
{
	return (uint64_t)((unsigned __int128)number * factor % maker->domains);
}

static size_t make_data(const struct maker *maker, const struct row_spec *spec,
                        uint8_t data[DNS_NAME_MAX + 2])
{
	struct dns_name name;
	size_t size = 0;
	if (spec->type == DNS_TYPE_A) {
		uint64_t step = (UINT64_C(1) << 32) / maker->domains;
		uint64_t place = permuted(maker, spec->domain, FACTOR) * step;
		for (unsigned i = 0; i < 4; i++) {
			data[i] = (uint8_t)(place >> (24 - 8 * i));
		}
		return 4;
	}
	if (spec->type == DNS_TYPE_CNAME) {
		domain_name(maker, spec->domain, "", &name);
	} else {
		server_name(spec->domain % PROVIDERS, spec->server, &name);
	}
	if (spec->type == DNS_TYPE_MX) {
		data[size++] = 0;
		data[size++] = 10;
	}
	memcpy(data + size, name.wire, name.size);
	return size + name.size;
}

static size_t make_value(const struct row_spec *spec, uint8_t value[HISTORY_VALUE_MAX])
{
	static const uint32_t ttls[] = { 60, 300, 300, 3600, 3600, 86400 };
	struct rng rng = { spec->domain * 64 + spec->type * 4 + spec->server };
	uint32_t first = rng_below(&rng, YEAR_S);
	uint32_t ttl = ttls[rng_below(&rng, sizeof(ttls) / sizeof(ttls[0]))];
	struct history_seen seen = { .first = START_S + first,
		                     .last = START_S + first + rng_below(&rng, YEAR_S - first),
		                     .count = 1 + rng_skewed(&rng, 2000),
		                     .ttl_min = ttl - rng_below(&rng, ttl),
		                     .ttl_max = ttl };
	return history_value_write(HISTORY_KEY_OWNER, &seen, value);
}

static bool put(struct maker *maker, enum history_key_kind kind, uint64_t domain, uint16_t type,
                unsigned server)
{
	const struct row_spec spec = { domain, type, server };
	uint8_t data[DNS_NAME_MAX + 2];
	uint8_t value[HISTORY_VALUE_MAX];
	struct dns_name owner;
	domain_name(maker, domain, type == DNS_TYPE_CNAME ? "www" : "", &owner);
	const struct history_row row = {
		.owner = owner.wire,
		.owner_size = owner.size,
		.type = type,
		.origin = type == DNS_TYPE_NS ? HISTORY_PARENT : HISTORY_CACHE,
		.data = data,
		.data_size = make_data(maker, &spec, data),
	};
	bool by_owner = kind == HISTORY_KEY_OWNER;
	size_t size = by_owner ? history_key_by_owner(&row, maker->key)
	                       : history_key_by_data(&row, maker->key);
	size_t value_size = by_owner ? make_value(&spec, value) : 0;
	maker->octets += size + value_size;
	return history_output_add(&maker->output, maker->key, size, value, value_size);
}

static bool put_by_owner(struct maker *maker)
{
	bool good = true;
	for (uint64_t i = 0; i < maker->domains && good; i++) {
		good = put(maker, HISTORY_KEY_OWNER, i, DNS_TYPE_A, 0) &&
		       put(maker, HISTORY_KEY_OWNER, i, DNS_TYPE_NS, 1) &&
		       put(maker, HISTORY_KEY_OWNER, i, DNS_TYPE_NS, 2) &&
		       put(maker, HISTORY_KEY_OWNER, i, DNS_TYPE_MX, 0) &&
		       put(maker, HISTORY_KEY_OWNER, i, DNS_TYPE_CNAME, 0);
	}
	return good;
}

static bool put_by_target(struct maker *maker)
{
	static const uint16_t types[] = { DNS_TYPE_MX, DNS_TYPE_NS, DNS_TYPE_NS };
	bool good = true;
	for (uint64_t i = 0; i < maker->domains && good; i++) {
		good = put(maker, HISTORY_KEY_TARGET, i, DNS_TYPE_CNAME, 0);
	}
	for (uint64_t i = 0; i < PROVIDERS * UINT64_C(3) && good; i++) {
		unsigned server = i % 3;
		for (uint64_t d = i / 3; d < maker->domains && good; d += PROVIDERS) {
			good = put(maker, HISTORY_KEY_TARGET, d, types[server], server);
		}
	}
	return good;
}

static bool put_by_address(struct maker *maker)
{
	bool good = true;
	for (uint64_t i = 0; i < maker->domains && good; i++) {
		uint64_t domain = permuted(maker, i, maker->inverse);
		good = put(maker, HISTORY_KEY_ADDRESS, domain, DNS_TYPE_A, 0);
	}
	return good;
}

/* FACTOR to the power of `domains` - 2, modulo `domains`, which is a prime (Fermat). */
static uint64_t find_inverse(const struct maker *maker)
{
	uint64_t power = FACTOR % maker->domains, result = 1;
	for (uint64_t left = maker->domains - 2; left > 0; left >>= 1) {
		if ((left & 1) != 0) {
			result = permuted(maker, result, power);
		}
		power = permuted(maker, power, power);
	}
	return result;
}

static bool is_prime(uint64_t number)
{
	for (uint64_t i = 3; i * i <= number; i += 2) {
		if (number % i == 0) {
			return false;
		}
	}
	return number % 2 != 0;
}

static int make(struct maker *maker, uint64_t count, int folder)
{
	static const uint8_t sensor[] = { HISTORY_KEY_SENSOR, 'b', 'e', 'n', 'c', 'h' };
	struct history_file file = { .from = 1, .to = 1 };
	maker->domains = count / ROWS_OF_DOMAIN + 1;
	while (!is_prime(maker->domains)) {
		maker->domains++;
	}
	maker->inverse = find_inverse(maker);
	int ret = history_output_begin(&maker->output, folder, HISTORY_UNFINISHED_MERGE,
	                               HISTORY_SMALL);
	if (ret != 0) {
		return ret;
	}
	bool good = history_output_add(&maker->output, sensor, sizeof(sensor), NULL, 0) &&
	            put_by_owner(maker) && put_by_target(maker) && put_by_address(maker);
	return history_output_end(&maker->output, good, &file);
}

int main(int argc, char **argv)
{
	struct maker maker = { .octets = 0 };
	char *end = NULL;
	uint64_t count = argc == 3 ? strtoull(argv[1], &end, 10) : 0;
	if (end == NULL || *end != '\0' || count == 0 || count > 1000000000) {
		(void)fprintf(stderr, "usage: rows COUNT FOLDER\n");
		return 2;
	}
	(void)mkdir(argv[2], 0777);
	int folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = folder < 0 ? -errno : make(&maker, count, folder);
	if (ret != 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[2], strerror(-ret));
		return 1;
	}
	(void)printf("%" PRIu64 " %" PRIu64 "\n", maker.domains * ROWS_OF_DOMAIN, maker.octets);
	return 0;
}
