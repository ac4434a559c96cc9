/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sensor/baseline/known/known_labels.h"
#include "sensor/baseline/known/known_units.h"

static bool write_rest(struct known *known, struct known_name *name, const uint8_t *label,
                       size_t size)
{
	uint8_t *link = name->label + KNOWN_LABEL_PART;
	for (size_t at = KNOWN_LABEL_PART; at < size;) {
		known_id id = known_take(known, KNOWN_TYPE_REST);
		if (id == 0) {
			return false;
		}
		union known_unit *unit = known_unit_at(known, id);
		size_t part = size - at < KNOWN_REST_PART - 1 ? size - at : KNOWN_REST_PART - 1;
		memcpy(unit->rest.octets, label + at, part);
		memcpy(link, &id, sizeof(id));
		link = (uint8_t *)&unit->rest.next;
		at += part;
	}
	return true;
}

static known_id add_label(struct known *known, known_id parent, const struct known_label *label)
{
	size_t size = 1u + label->octets[0];
	known_use(known, parent); /* it must not be freed to make room */
	known_id id = known_take(known, KNOWN_TYPE_NAME);
	struct known_name *name = known_name_at(known, id);
	if (name == NULL) {
		known_unuse(known, parent);
		return 0;
	}
	name->parent = parent;
	name->users = 1; /* until it is complete */
	memcpy(name->label, label->octets, label->is_short ? size : KNOWN_LABEL_PART);
	if (!label->is_short && !write_rest(known, name, label->octets, size)) {
		known_drop_label(known, name);
		known_put_back(known, id);
		known_unuse(known, parent);
		return 0;
	}
	known_id *bucket = known_bucket(known, parent, label);
	name->next = *bucket;
	*bucket = id;
	name->users = 0;
	return id;
}

known_id known_add_name(struct known *known, const uint8_t *wire, size_t size)
{
	struct known_octets octets;
	known_id id = 0;
	bool added = false;
	known_read_octets(&octets, wire, size);
	for (size_t i = octets.labels; i-- > 0;) {
		const struct known_label label = known_label_at(&octets, i);
		known_id found = added ? 0 : known_find_label(known, id, &label);
		added = found == 0;
		id = added ? add_label(known, id, &label) : found;
		struct known_name *name = known_name_at(known, id);
		if (name == NULL) {
			return 0;
		}
		known_touch(name);
	}
	return id;
}

/* Makes room for a value of this kind: the one that was not seen for the longest time goes. */
static void limit_values(struct known *known, struct known_name *name, enum known_kind kind)
{
	known_id *link = &name->values, *oldest = NULL;
	uint32_t oldest_last = UINT32_MAX;
	unsigned count = 0;
	for (unsigned steps = 0; steps < KNOWN_CHAIN_MAX; steps++) {
		struct known_value *value = known_value_at(known, *link);
		if (value == NULL) {
			break;
		}
		if (known_kind(value) == kind) {
			count++;
			if (value->last < oldest_last) {
				oldest = link;
				oldest_last = value->last;
			}
		}
		link = &value->next;
	}
	if (count >= KNOWN_VALUES_MAX && oldest != NULL) {
		struct known_value *value = known_value_at(known, *oldest);
		*oldest = value->next;
		known_drop_value(known, value);
	}
}

struct known_value *known_add(struct known *known, known_id id, enum known_kind kind,
                              uint32_t number)
{
	struct known_name *name = known_name_at(known, id);
	if (name == NULL) {
		return NULL;
	}
	known_use(known, id); /* it must not be freed to make room */
	limit_values(known, name, kind);
	known_id added = known_take(known, KNOWN_TYPE_VALUE);
	struct known_value *value = known_value_at(known, added);
	name->users -= name->users < KNOWN_USERS_MAX ? 1 : 0;
	if (value == NULL) {
		return NULL;
	}
	value->kind = (uint8_t)kind;
	value->owner = id;
	value->value = number;
	value->next = name->values;
	name->values = added;
	known_touch(name);
	if (known_value_is_name(value)) {
		known_use(known, number);
	}
	return value;
}

void known_point(struct known *known, struct known_value *value, uint32_t target, known_id owner)
{
	uint32_t target_before = value->value, owner_before = value->ttl_child;
	known_use(known, target);
	known_use(known, owner);
	value->value = target;
	value->ttl_child = owner;
	known_unuse(known, target_before);
	known_unuse(known, owner_before);
}
