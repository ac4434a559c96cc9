/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/known/known_units.h"

#include <string.h>

#include "sensor/baseline/known/known_labels.h"

void known_put_back(struct known *known, known_id id)
{
	union known_unit *unit = known_unit_at(known, id);
	memset(unit, 0, sizeof(*unit));
	known->shared->freed++;
	unit->unused.next = known->shared->empty;
	known->shared->empty = id;
}

void known_drop_label(struct known *known, struct known_name *name)
{
	size_t size = 1u + name->label[0];
	known_id id = size > KNOWN_LABEL_HERE ? known_rest(name) : 0;
	for (unsigned steps = 0; steps < DNS_LABEL_MAX && id != 0; steps++) {
		const union known_unit *unit = known_unit_at(known, id);
		known_id next = unit->rest.next;
		if (unit->type != KNOWN_TYPE_REST) {
			return;
		}
		known_put_back(known, id);
		id = next;
	}
}

static void unlink_name(struct known *known, known_id id, const struct known_name *name)
{
	uint8_t octets[DNS_LABEL_MAX + 1 + KNOWN_LABEL_HERE] = { 0 };
	if (known_read_label(known, name, octets) == 0) {
		return;
	}
	const struct known_label label = known_label_of(octets);
	known_id *link = known_bucket(known, name->parent, &label);
	for (unsigned steps = 0; steps < KNOWN_CHAIN_MAX && *link != 0; steps++) {
		if (*link == id) {
			*link = name->next;
			return;
		}
		struct known_name *other = known_name_at(known, *link);
		if (other == NULL) {
			return;
		}
		link = &other->next;
	}
}

void known_use(struct known *known, known_id id)
{
	struct known_name *name = known_name_at(known, id);
	if (name != NULL && name->users < KNOWN_USERS_MAX) {
		name->users++;
	}
}

/* Frees a name without values and users, and then the names above it. */
static void drop_names(struct known *known, known_id id)
{
	struct known_name *name = known_name_at(known, id);
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && name != NULL; steps++) {
		known_id parent = name->parent;
		if (name->users > 0 || name->values != 0) {
			return;
		}
		unlink_name(known, id, name);
		known_drop_label(known, name);
		known_put_back(known, id);
		id = parent;
		name = known_name_at(known, id);
		if (name != NULL && name->users > 0 && name->users < KNOWN_USERS_MAX) {
			name->users--;
		}
	}
}

void known_unuse(struct known *known, known_id id)
{
	struct known_name *name = known_name_at(known, id);
	if (name != NULL && name->users > 0 && name->users < KNOWN_USERS_MAX) {
		name->users--;
	}
	drop_names(known, id);
}

bool known_value_is_name(const struct known_value *value)
{
	switch (known_kind(value)) {
	case KNOWN_NS:
	case KNOWN_MX:
	case KNOWN_SERVES:
	case KNOWN_ALIASED:
	case KNOWN_MAIL:
	case KNOWN_BANNER:
	case KNOWN_CERTIFICATE:
		return true;
	default:
		return false;
	}
}

static bool has_owner_elsewhere(const struct known_value *value)
{
	return known_kind(value) == KNOWN_SERVES || known_kind(value) == KNOWN_ALIASED;
}

/* The domain of a target serves one owner less when the owner has no other target there. */
static void count_down(struct known *known, const struct known_value *value)
{
	known_id domain = known_domain(known, value->value);
	struct known_value *other = known_first(known, value->owner);
	if (domain == known_domain(known, value->owner)) {
		return;
	}
	for (; other != NULL; other = known_next(known, other)) {
		if (other != value && known_is_target(other) &&
		    (other->kind & KNOWN_REPORTED) == 0 &&
		    known_domain(known, other->value) == domain) {
			return;
		}
	}
	struct known_value *serves = known_find(known, domain, KNOWN_SERVES, 0);
	if (serves != NULL && serves->count > 0 && serves->count < UINT16_MAX) {
		serves->count--;
	}
}

void known_drop_value(struct known *known, struct known_value *value)
{
	uint32_t target = known_value_is_name(value) ? value->value : 0;
	known_id owner = has_owner_elsewhere(value) ? value->ttl_child : 0;
	if (known_is_target(value) && (value->kind & KNOWN_REPORTED) == 0) {
		count_down(known, value);
	}
	known_put_back(known, known_value_id(known, value));
	known_unuse(known, target);
	known_unuse(known, owner);
}

static void drop_values(struct known *known, struct known_name *name)
{
	for (unsigned steps = 0; steps < KNOWN_CHAIN_MAX; steps++) {
		struct known_value *value = known_value_at(known, name->values);
		if (value == NULL) {
			break;
		}
		name->values = value->next;
		known_drop_value(known, value);
	}
	name->values = 0;
}

/* Takes the values of the next name that was not used for long. */
static bool evict(struct known *known)
{
	struct known_memory *shared = known->shared;
	for (uint64_t steps = 0; steps < (KNOWN_AGE_DOMAIN + 1) * (uint64_t)KNOWN_UNITS; steps++) {
		shared->hand = shared->hand + 1 < KNOWN_UNITS ? shared->hand + 1 : 1;
		struct known_name *name = known_name_at(known, shared->hand);
		if (name == NULL || (name->values == 0 && name->users > 0)) {
			continue;
		}
		if (name->age > 0) {
			name->age--;
			continue;
		}
		known_use(known, shared->hand); /* its last value may be the name itself */
		drop_values(known, name);
		known_unuse(known, shared->hand);
		shared->evicted++;
		if (shared->empty != 0) {
			return true;
		}
	}
	return false;
}

known_id known_take(struct known *known, enum known_type type)
{
	struct known_memory *shared = known->shared;
	known_id id = shared->empty;
	if (id == 0 && shared->used < KNOWN_UNITS) {
		id = shared->used++;
	} else {
		if (id == 0 && !evict(known)) {
			return 0;
		}
		id = shared->empty;
		shared->empty = known_unit_at(known, id)->unused.next;
	}
	union known_unit *unit = known_unit_at(known, id);
	memset(unit, 0, sizeof(*unit));
	unit->type = (uint8_t)type;
	return id < KNOWN_UNITS ? id : 0;
}
