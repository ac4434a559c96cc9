/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sensor/baseline/known/known_labels.h"

/* Finds the name, or the nearest one above it. `whole` receives whether it is the name itself. */
static known_id find_above(struct known *known, const uint8_t *wire, size_t size, bool *whole)
{
	struct known_octets octets;
	known_id id = 0;
	known_read_octets(&octets, wire, size);
	size_t i = octets.labels;
	for (; i > 0; i--) {
		const struct known_label label = known_label_at(&octets, i - 1);
		known_id below = known_find_label(known, id, &label);
		if (below == 0) {
			break;
		}
		id = below;
	}
	*whole = i == 0;
	return id;
}

known_id known_find_name(struct known *known, const uint8_t *wire, size_t size)
{
	bool whole;
	known_id id = find_above(known, wire, size, &whole);
	struct known_name *name = known_name_at(known, whole ? id : 0);
	if (name == NULL) {
		return 0;
	}
	known_touch(name);
	return id;
}

known_id known_find_above(struct known *known, const uint8_t *wire, size_t size)
{
	bool whole;
	return find_above(known, wire, size, &whole);
}

static struct known_name *resolve(struct known *known, struct known_name *name, size_t domain)
{
	struct known_name *parent = known_name_at(known, name->parent);
	name->is_resolved = true;
	if (parent != NULL && domain != KNOWN_NO_DOMAIN) {
		parent->below = domain == 0 ? KNOWN_BELOW_DOMAINS : KNOWN_BELOW_SAME;
	}
	return parent;
}

void known_set_domain(struct known *known, known_id id, size_t domain)
{
	struct known_name *name = known_name_at(known, id);
	struct known_name *above = name != NULL ? resolve(known, name, domain) : NULL;
	size_t at = 0;
	while (name != NULL && at < domain && domain != KNOWN_NO_DOMAIN) {
		at += 1u + name->label[0];
		name = above;
		above = name != NULL ? known_name_at(known, name->parent) : NULL;
	}
	if (name != NULL && at == domain) {
		name->is_domain = true;
		known_touch(name);
	}
}

known_id known_parent(const struct known *known, known_id id)
{
	const struct known_name *name = known_name_at(known, id);
	return name != NULL ? name->parent : 0;
}

bool known_is_below(const struct known *known, known_id id, known_id above)
{
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && id != 0; steps++) {
		if (id == above) {
			return true;
		}
		id = known_parent(known, id);
	}
	return false;
}

bool known_is_resolved(const struct known *known, known_id id)
{
	const struct known_name *name = known_name_at(known, id);
	return name == NULL || name->is_domain || name->is_resolved;
}

bool known_is_used(const struct known *known, known_id id)
{
	const struct known_name *name = known_name_at(known, id);
	return name != NULL && name->users > 0;
}

bool known_guess_domain(struct known *known, const uint8_t *wire, size_t size, size_t *domain)
{
	struct known_octets octets;
	known_id id = 0;
	known_read_octets(&octets, wire, size);
	if (octets.labels < 2) {
		return false;
	}
	size_t start = 0;
	for (size_t i = octets.labels; i-- > 1;) {
		const struct known_label label = known_label_at(&octets, i);
		id = known_find_label(known, id, &label);
		const struct known_name *name = known_name_at(known, id);
		if (name == NULL) {
			return false;
		}
		start = name->is_domain ? octets.starts[i] : start;
	}
	const struct known_name *parent = known_name_at(known, id);
	*domain = parent->below == KNOWN_BELOW_DOMAINS ? 0 : start;
	return parent->below == KNOWN_BELOW_DOMAINS ||
	       (parent->below == KNOWN_BELOW_SAME && start != 0);
}

known_id known_domain(const struct known *known, known_id id)
{
	const struct known_name *name = known_name_at(known, id);
	if (!known_is_resolved(known, id)) {
		return 0;
	}
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && name != NULL; steps++) {
		if (name->is_domain) {
			return id;
		}
		id = name->parent;
		name = known_name_at(known, id);
	}
	return 0;
}

size_t known_wire(const struct known *known, known_id id, uint8_t wire[DNS_NAME_MAX])
{
	size_t size = 0;
	for (const struct known_name *name = known_name_at(known, id); name != NULL;
	     name = known_name_at(known, name->parent)) {
		uint8_t label[DNS_LABEL_MAX + 1];
		size_t add = known_read_label(known, name, label);
		if (add == 0 || size + add >= DNS_NAME_MAX) {
			return 0;
		}
		memcpy(wire + size, label, add);
		size += add;
	}
	if (size > 0) {
		wire[size++] = 0;
	}
	return size;
}
