/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_origins.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "history/lookup.h"
#include "parsers/dns/dns_codes.h"
#include "rules/index/intern.h"
#include "rules/index/multimap.h"
#include "sensor/hunt/hunt_keys.h"

/* A chain of CNAME records from a pinned name to a target. Both names are numbers in `names`. */
struct link {
	uint32_t origin, target;
	uint64_t first_s, last_s; /* the intersection of the times of all records in the chain */
};

struct hunt_origins {
	struct intern names;
	struct link *links;
	uint32_t count, room;
	struct multimap by_target; /* the numbers of links */
	uint32_t round;            /* the number of links when the last round began */
	bool failed;               /* out of memory */
	bool full;                 /* links were ignored */
};

void hunt_origins_free(struct hunt_origins *origins)
{
	if (origins != NULL) {
		intern_free(&origins->names);
		multimap_free(&origins->by_target);
		free(origins->links);
		free(origins);
	}
}

static bool make_room(struct hunt_origins *origins)
{
	if (origins->count < origins->room) {
		return true;
	}
	uint32_t room = origins->room == 0 ? 64 : 2 * origins->room;
	struct link *links = realloc(origins->links, room * sizeof(*links));
	if (links != NULL) {
		origins->links = links;
		origins->room = room;
	}
	return links != NULL;
}

static bool is_known(const struct hunt_origins *origins, const struct link *link)
{
	struct multimap_walk walk = multimap_walk_init(&origins->by_target, link->target);
	uint32_t i;
	while ((i = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		const struct link *known = &origins->links[i];
		if (known->target == link->target && known->origin == link->origin &&
		    known->first_s <= link->first_s && known->last_s >= link->last_s) {
			return true;
		}
	}
	return false;
}

static void add_link(struct hunt_origins *origins, const struct link *link)
{
	if (link->first_s > link->last_s || link->origin == link->target ||
	    is_known(origins, link)) {
		return;
	}
	if (origins->count == HUNT_LINKS_MAX) {
		origins->full = true;
		return;
	}
	if (make_room(origins)) {
		origins->links[origins->count++] = *link;
	} else {
		origins->failed = true;
	}
}

/* Adds the links from this number on to the index. No walk over the index may be in progress. */
static void index_links(struct hunt_origins *origins, uint32_t from)
{
	for (uint32_t i = from; i < origins->count; i++) {
		if (multimap_add(&origins->by_target, origins->links[i].target, i) != 0) {
			origins->failed = true;
		}
	}
}

static uint32_t number_of(struct hunt_origins *origins, const uint8_t *wire, size_t size)
{
	uint32_t number = intern_add(&origins->names, wire, size);
	origins->failed |= number == INTERN_NONE;
	return number;
}

/* Continues all links that end at the owner of a CNAME record to the record's target. */
static void continue_links(struct hunt_origins *origins, uint32_t owner, const struct link *step)
{
	struct multimap_walk walk = multimap_walk_init(&origins->by_target, owner);
	uint32_t i;
	while ((i = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		const struct link link = origins->links[i];
		const struct link longer = {
			.origin = link.origin,
			.target = step->target,
			.first_s = link.first_s > step->first_s ? link.first_s : step->first_s,
			.last_s = link.last_s < step->last_s ? link.last_s : step->last_s,
		};
		if (link.target == owner) {
			add_link(origins, &longer);
		}
	}
}

static bool take_record(struct hunt_origins *origins, const struct history_record *record,
                        bool begins)
{
	struct dns_message message;
	const struct dns_entry entry = history_entry(&record->row, &message);
	struct dns_name target;
	if (record->row.type != DNS_TYPE_CNAME || record->row.is_code ||
	    dns_rdata_name(&message, &entry, &target) != 1) {
		return true;
	}
	uint32_t from = origins->count;
	uint32_t owner = number_of(origins, record->row.owner, record->row.owner_size);
	const struct link link = {
		.origin = owner,
		.target = number_of(origins, target.wire, target.size),
		.first_s = record->seen.first,
		.last_s = record->seen.last,
	};
	if (!origins->failed && begins) {
		add_link(origins, &link);
	} else if (!origins->failed) {
		continue_links(origins, owner, &link);
	}
	index_links(origins, from);
	return !origins->failed;
}

static bool begin(void *ctx, const struct history_record *record)
{
	return take_record(ctx, record, true);
}

static bool go_on(void *ctx, const struct history_record *record)
{
	return take_record(ctx, record, false);
}

struct pins {
	struct history_lookup *lookup;
	bool failed;
};

static bool add_pin(void *ctx, const struct ruleset_key *key)
{
	struct pins *pins = ctx;
	if (key->is_owner && (key->kinds & RULE_BIT(KIND_IP)) != 0) {
		pins->failed |=
		        !hunt_key_by_owner(pins->lookup, key->name, key->name_size, !key->below);
	}
	return !pins->failed;
}

static bool add_targets(const struct hunt_origins *origins, struct history_lookup *lookup,
                        uint32_t from)
{
	bool good = true;
	for (uint32_t i = from; i < origins->count && good; i++) {
		size_t size;
		const uint8_t *name = intern_get(&origins->names, origins->links[i].target, &size);
		good = hunt_key_by_owner(lookup, name, size, true);
	}
	return good;
}

bool hunt_origins_add_keys(const struct hunt_origins *origins, struct history_lookup *lookup)
{
	return add_targets(origins, lookup, 0);
}

/* Extends all chains by one record. */
static int follow(struct hunt_origins *origins, struct history_reading *reading, uint32_t from)
{
	struct history_lookup lookup = { .count = 0 };
	int ret = -ENOMEM;
	origins->round = origins->count;
	if (add_targets(origins, &lookup, from)) {
		ret = history_lookup_run(&lookup, reading, go_on, origins);
	}
	history_lookup_free(&lookup);
	return origins->failed ? -ENOMEM : ret;
}

static int find(struct hunt_origins *origins, const struct ruleset *rules,
                struct history_reading *reading)
{
	struct history_lookup lookup = { .count = 0 };
	struct pins pins = { .lookup = &lookup };
	(void)ruleset_each_key(rules, add_pin, &pins);
	int ret = pins.failed ? -ENOMEM : history_lookup_run(&lookup, reading, begin, origins);
	history_lookup_free(&lookup);
	for (unsigned i = 1; ret == 0 && !origins->failed && i < HUNT_CHAIN_MAX; i++) {
		uint32_t from = origins->round;
		if (from == origins->count) {
			break;
		}
		ret = follow(origins, reading, from);
	}
	return origins->failed ? -ENOMEM : ret;
}

int hunt_origins_find(struct hunt_origins **out, const struct ruleset *rules,
                      struct history_reading *reading)
{
	struct hunt_origins *origins = calloc(1, sizeof(*origins));
	if (origins == NULL) {
		return -ENOMEM;
	}
	int ret = find(origins, rules, reading);
	if (ret != 0) {
		hunt_origins_free(origins);
		return ret;
	}
	if (origins->full) {
		log_warn("pinned names lead to more than %d other names by CNAME records; further "
		         "names are ignored",
		         HUNT_LINKS_MAX);
	}
	*out = origins;
	return 0;
}

static bool has(const struct observation_name *names, size_t count, const uint8_t *wire)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].wire == wire) {
			return true;
		}
	}
	return false;
}

size_t hunt_origins_of(const struct hunt_origins *origins, const struct history_record *record,
                       struct observation_name names[OBSERVATION_ORIGINS_MAX])
{
	size_t count = 0;
	uint32_t i, owner = intern_find(&origins->names, record->row.owner, record->row.owner_size);
	struct multimap_walk walk = multimap_walk_init(&origins->by_target, owner);
	while (owner != INTERN_NONE && count < OBSERVATION_ORIGINS_MAX &&
	       (i = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		const struct link *link = &origins->links[i];
		struct observation_name name;
		name.wire = intern_get(&origins->names, link->origin, &name.size);
		if (link->target == owner && link->first_s <= record->seen.last &&
		    link->last_s >= record->seen.first && !has(names, count, name.wire)) {
			names[count++] = name;
		}
	}
	return count;
}
