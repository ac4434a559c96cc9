/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The memory of the table of known values: its units. Private to sensor/baseline/known/. */
#pragma once

#include "base/memory/shared.h"
#include "sensor/baseline/known/known.h"

/*! \brief The number of steps after which a chain ends, because its memory must be damaged. */
#define KNOWN_CHAIN_MAX 65536
/*! \brief The greatest number of users that is counted. A name with so many stays in the table. */
#define KNOWN_USERS_MAX 65535
/*! \brief How often the search for room spares an unused name before it frees the values of the
 *         name: for a registrable domain, and for any other name. */
#define KNOWN_AGE_DOMAIN 3
#define KNOWN_AGE_HOST   1
/*! \brief The octets of a label that struct known_name has room for, with the octet of its length.
 *         A label that is longer than KNOWN_LABEL_HERE has only its first KNOWN_LABEL_PART octets
 *         there. */
#define KNOWN_LABEL_HERE 16
#define KNOWN_LABEL_PART 12
/*! \brief The size of `type` and `octets` in struct known_rest_part. */
#define KNOWN_REST_PART 28

enum known_type { KNOWN_TYPE_FREE, KNOWN_TYPE_NAME, KNOWN_TYPE_VALUE, KNOWN_TYPE_REST };

/*! \brief What is known of the registrable domains of the names directly below a name: nothing; all
 *         begin at the same label, at this name or above it; each of the names is one itself. */
enum known_below { KNOWN_BELOW_UNKNOWN, KNOWN_BELOW_SAME, KNOWN_BELOW_DOMAINS };

/*! \brief A name: a label below its parent. */
struct known_name {
	uint8_t type;
	uint8_t age : 4;
	uint8_t is_domain : 1;
	uint8_t is_resolved : 1; /*!< its registrable domain is known, or that it has none */
	uint8_t below : 2;       /*!< enum known_below */
	uint16_t users;          /*!< names below it, and values that are this name */
	known_id next;           /*!< in the chain of the bucket */
	known_id parent;
	known_id values;
	uint8_t label[KNOWN_LABEL_HERE]; /*!< with its length; of a long label, KNOWN_LABEL_PART
	                                    octets, then the number of the unit with
	                                    the rest */
};

/*! \brief A part of a long label. */
struct known_rest_part {
	uint8_t type;
	uint8_t octets[KNOWN_REST_PART - 1];
	known_id next;
};

/*! \brief A unit of the table. `type` is valid for all of them. */
union known_unit {
	uint8_t type;
	struct known_name name;
	struct known_value value;
	struct known_rest_part rest;
	struct {
		uint8_t type;
		known_id next;
	} unused;
};

_Static_assert(sizeof(union known_unit) == 32, "a unit has 32 octets");

/*! \brief For one network, the domains of which a hit reported an address there. */
struct known_reported {
	known_id last;
	uint16_t count;
};

/*! \brief What the workers share. */
struct known_memory {
	struct shared_lock lock;
	uint32_t used;  /*!< units that were ever used */
	known_id empty; /*!< the first unit that is free again */
	uint32_t freed; /*!< how often a unit was freed */
	uint32_t hand;  /*!< the unit at which the next search for room begins */
	uint64_t evicted;
	bool dangling; /*!< known_note_dangling() was called */
	/*! the first domain of each network; UINT32_MAX: it has several */
	known_id networks[KNOWN_NETWORKS];
	struct known_reported reported[KNOWN_NETWORKS];
	known_id buckets[KNOWN_BUCKETS];
	union known_unit units[KNOWN_UNITS];
};

struct known {
	struct known_memory *shared;
};

/*! \brief Returns a unit; the unit 0, which is never used, for a number out of range. */
static inline union known_unit *known_unit_at(const struct known *known, known_id id)
{
	return &known->shared->units[id < KNOWN_UNITS ? id : 0];
}

/*! \brief Returns the name with this number; NULL: the unit is something else. */
static inline struct known_name *known_name_at(const struct known *known, known_id id)
{
	union known_unit *unit = known_unit_at(known, id);
	return id != 0 && unit->type == KNOWN_TYPE_NAME ? &unit->name : NULL;
}

/*! \brief Returns the value with this number; NULL: the unit is something else. */
static inline struct known_value *known_value_at(const struct known *known, known_id id)
{
	union known_unit *unit = known_unit_at(known, id);
	return id != 0 && unit->type == KNOWN_TYPE_VALUE ? &unit->value : NULL;
}

/*! \brief Notes that a name was used, so that it keeps its values for longer. */
static inline void known_touch(struct known_name *name)
{
	name->age = name->is_domain ? KNOWN_AGE_DOMAIN : KNOWN_AGE_HOST;
}
