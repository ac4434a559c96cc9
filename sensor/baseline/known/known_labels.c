/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/known/known_labels.h"

#include <string.h>

#include "base/secret_hash.h"

/* The first `n` octets of a label are kept by the mask `KNOWN_LABEL_HERE - n`. */
static const uint8_t MASKS[2 * KNOWN_LABEL_HERE] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

void known_read_octets(struct known_octets *octets, const uint8_t *wire, size_t size)
{
	octets->labels = dns_name_labels(wire, size, octets->starts);
	if (octets->labels > 0) {
		memcpy(octets->wire, wire, size);
	}
}

struct known_label known_label_of(const uint8_t octets[DNS_LABEL_MAX + 1 + KNOWN_LABEL_HERE])
{
	struct known_label label = { .octets = octets, .is_short = octets[0] < KNOWN_LABEL_HERE };
	if (label.is_short) {
		uint64_t mask[2];
		memcpy(label.parts, octets, sizeof(label.parts));
		memcpy(mask, MASKS + KNOWN_LABEL_HERE - 1 - octets[0], sizeof(mask));
		label.parts[0] &= mask[0];
		label.parts[1] &= mask[1];
	}
	return label;
}

struct known_label known_label_at(const struct known_octets *octets, size_t i)
{
	return known_label_of(octets->wire + octets->starts[i]);
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

known_id *known_bucket(const struct known *known, known_id parent, const struct known_label *label)
{
	uint64_t hash = label->is_short ? multiply(label->parts[0] ^ secret_hash_numbers[0],
	                                           label->parts[1] ^ secret_hash_numbers[1])
	                                : secret_hash(label->octets, 1u + label->octets[0]);
	hash = multiply(hash ^ parent, secret_hash_numbers[0] | 1);
	return &known->shared->buckets[hash % KNOWN_BUCKETS];
}

known_id known_rest(const struct known_name *name)
{
	known_id rest;
	memcpy(&rest, name->label + KNOWN_LABEL_PART, sizeof(rest));
	return rest;
}

size_t known_read_label(const struct known *known, const struct known_name *name,
                        uint8_t label[DNS_LABEL_MAX + 1])
{
	size_t size = 1u + name->label[0];
	if (size == 1 || size > DNS_LABEL_MAX + 1) {
		return 0;
	}
	if (size <= KNOWN_LABEL_HERE) {
		memcpy(label, name->label, size);
		return size;
	}
	memcpy(label, name->label, KNOWN_LABEL_PART);
	label[0] = (uint8_t)(size - 1);
	known_id id = known_rest(name);
	for (size_t at = KNOWN_LABEL_PART; at < size;) {
		const union known_unit *unit = known_unit_at(known, id);
		size_t part = size - at < KNOWN_REST_PART - 1 ? size - at : KNOWN_REST_PART - 1;
		memcpy(label + at, unit->rest.octets, part);
		id = unit->rest.next;
		at += part;
	}
	return size;
}

static inline bool is_label(const struct known *known, const struct known_name *name,
                            const struct known_label *label)
{
	if (label->is_short) {
		return memcmp(name->label, label->parts, KNOWN_LABEL_HERE) == 0;
	}
	uint8_t own[DNS_LABEL_MAX + 1];
	size_t size = 1u + label->octets[0];
	return name->label[0] == label->octets[0] && known_read_label(known, name, own) == size &&
	       memcmp(own, label->octets, size) == 0;
}

known_id known_find_label(const struct known *known, known_id parent,
                          const struct known_label *label)
{
	known_id id = *known_bucket(known, parent, label);
	for (unsigned steps = 0; steps < KNOWN_CHAIN_MAX; steps++) {
		const struct known_name *name = known_name_at(known, id);
		if (name == NULL) {
			return 0;
		}
		if (name->parent == parent && is_label(known, name, label)) {
			return id;
		}
		id = name->next;
	}
	return 0;
}
