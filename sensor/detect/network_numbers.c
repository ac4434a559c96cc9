/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/network_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"

#define OTHERS (NETWORKS_MAX + 1)
/* At most half of the places are used. */
#define PLACES (UINT32_C(2) << 16)

struct network_numbers {
	unsigned kinds;
	uint16_t count;
	uint16_t last; /* the number that was looked up last; most packets have the same number as
	                  the previous one */
	uint64_t merged;
	uint16_t places[PLACES]; /* numbers by hash; 0: free */
	struct network_id ids[OTHERS + 1];
};

struct network_numbers *network_numbers_new(unsigned kinds)
{
	struct network_numbers *numbers = calloc(1, sizeof(*numbers));
	if (numbers != NULL) {
		numbers->kinds = kinds;
		numbers->ids[OTHERS].vlans = NETWORK_OTHERS;
	}
	return numbers;
}

void network_numbers_free(struct network_numbers *numbers)
{
	free(numbers);
}

/* Removes the labels that do not separate networks. */
static struct network_id reduce(const struct network_numbers *numbers, const struct network_id *id)
{
	struct network_id reduced = *id;
	if ((numbers->kinds & NETWORK_BY_VLAN) == 0) {
		reduced.vlans = 0;
	}
	if ((numbers->kinds & NETWORK_BY_TUNNEL) == 0) {
		memset(reduced.tunnels, 0, sizeof(reduced.tunnels));
	}
	return reduced;
}

static bool is_same(const struct network_id *a, const struct network_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint16_t find_or_add(struct network_numbers *numbers, const struct network_id *id)
{
	uint32_t at = (uint32_t)secret_hash(id, sizeof(*id)) % PLACES;
	while (numbers->places[at] != 0) {
		uint16_t number = numbers->places[at];
		if (is_same(&numbers->ids[number], id)) {
			return number;
		}
		at = (at + 1) % PLACES;
	}
	if (numbers->count == NETWORKS_MAX) {
		numbers->merged++;
		return OTHERS;
	}
	uint16_t number = ++numbers->count;
	numbers->ids[number] = *id;
	numbers->places[at] = number;
	return number;
}

uint16_t network_numbers_find(struct network_numbers *numbers, const struct network_id *id)
{
	if (id->vlans == NETWORK_OTHERS) { /* of a datagram that had this number */
		numbers->merged++;
		return OTHERS;
	}
	const struct network_id reduced = reduce(numbers, id);
	if (network_id_is_none(&reduced)) {
		return 0;
	}
	if (numbers->last == 0 || !is_same(&numbers->ids[numbers->last], &reduced)) {
		numbers->last = find_or_add(numbers, &reduced);
	}
	return numbers->last;
}

const struct network_id *network_numbers_get(const struct network_numbers *numbers, uint16_t number)
{
	return numbers != NULL && number != 0 ? &numbers->ids[number] : NULL;
}

uint64_t network_numbers_merged(const struct network_numbers *numbers)
{
	return numbers->merged;
}
