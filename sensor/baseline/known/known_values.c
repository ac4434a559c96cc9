/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/known/known_private.h"

struct known_value *known_first(struct known *known, known_id id)
{
	const struct known_name *name = known_name_at(known, id);
	return name != NULL ? known_value_at(known, name->values) : NULL;
}

struct known_value *known_next(struct known *known, const struct known_value *value)
{
	return known_value_at(known, value->next);
}

known_id known_value_id(const struct known *known, const struct known_value *value)
{
	return (known_id)((const union known_unit *)(const void *)value - known->shared->units);
}

struct known_value *known_get(struct known *known, known_id id, known_id owner)
{
	struct known_value *value = known_value_at(known, id);
	return value != NULL && value->owner == owner ? value : NULL;
}

struct known_value *known_find(struct known *known, known_id id, enum known_kind kind,
                               uint32_t number)
{
	struct known_value *value = known_first(known, id);
	bool any = kind == KNOWN_STATE || kind == KNOWN_SERVES || kind == KNOWN_ALIASED;
	for (unsigned steps = 0; steps < KNOWN_CHAIN_MAX && value != NULL; steps++) {
		if (known_kind(value) == kind && (any || value->value == number)) {
			return value;
		}
		value = known_next(known, value);
	}
	return NULL;
}
