/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory/shared.h"
#include "base/secret_hash.h"

/* The number of steps after which a chain ends, because its memory must be damaged. */
#define CHAIN_MAX 65536
/* The name with this many users stays in the table. */
#define USERS_MAX 65535
/* The number of times that the search for room passes a name that was used: a registrable domain,
 * and a host. */
#define AGE_DOMAIN 3
#define AGE_HOST   1
#define LABEL_HERE 16
#define LABEL_PART 12
#define REST_PART  28

#define NETWORK_SHARED UINT32_MAX

enum type { TYPE_FREE, TYPE_NAME, TYPE_VALUE, TYPE_REST };

/* The registrable domains of names directly below a name. */
enum below { BELOW_UNKNOWN, BELOW_SAME, BELOW_DOMAINS };

struct name {
	uint8_t type;
	uint8_t age : 4;
	uint8_t is_domain : 1;
	uint8_t is_resolved : 1; /* its registrable domain is known, or that it has none */
	uint8_t below : 2;       /* enum below */
	uint16_t users;          /* names below it, and values that are this name */
	known_id next;           /* in the chain of the bucket */
	known_id parent;
	known_id values;
	uint8_t label[LABEL_HERE]; /* with its length; if it is longer, LABEL_PART octets of it */
};

struct rest {
	uint8_t type;
	uint8_t octets[REST_PART - 1];
	known_id next;
};

union unit {
	uint8_t type;
	struct name name;
	struct known_value value;
	struct rest rest;
	struct {
		uint8_t type;
		known_id next;
	} unused;
};

_Static_assert(sizeof(union unit) == 32, "a unit has 32 octets");

/* Domains with hits for addresses in a network. */
struct reported {
	known_id last;
	uint16_t count;
};

struct shared {
	struct shared_lock lock;
	uint32_t used;  /* units that were ever used */
	known_id empty; /* the first unit that is free again */
	uint32_t freed; /* how often a unit was freed */
	uint32_t hand;  /* where the search for room continues */
	uint64_t evicted;
	bool dangling; /* known_note_dangling() was called */
	/* the first domain of each network; NETWORK_SHARED: it has several */
	known_id networks[KNOWN_NETWORKS];
	struct reported reported[KNOWN_NETWORKS];
	known_id buckets[KNOWN_BUCKETS];
	union unit units[KNOWN_UNITS];
};

struct known {
	struct shared *shared;
};

static union unit *unit_at(const struct known *known, known_id id)
{
	return &known->shared->units[id < KNOWN_UNITS ? id : 0];
}

static struct name *name_at(const struct known *known, known_id id)
{
	union unit *unit = unit_at(known, id);
	return id != 0 && unit->type == TYPE_NAME ? &unit->name : NULL;
}

static struct known_value *value_at(const struct known *known, known_id id)
{
	union unit *unit = unit_at(known, id);
	return id != 0 && unit->type == TYPE_VALUE ? &unit->value : NULL;
}

struct known *known_new(void)
{
	struct known *known = calloc(1, sizeof(*known));
	if (known == NULL) {
		return NULL;
	}
	known->shared = shared_new(sizeof(*known->shared));
	if (known->shared == NULL) {
		free(known);
		return NULL;
	}
	known->shared->used = 1;
	return known;
}

void known_free(struct known *known)
{
	if (known != NULL) {
		shared_free(known->shared, sizeof(*known->shared));
		free(known);
	}
}

void known_lock(struct known *known)
{
	shared_lock_take(&known->shared->lock);
}

void known_unlock(struct known *known)
{
	shared_lock_release(&known->shared->lock);
}

void known_note_dangling(struct known *known)
{
	known->shared->dangling = true;
}

bool known_has_dangling(const struct known *known)
{
	return known->shared->dangling;
}

uint32_t known_freed(const struct known *known)
{
	return known->shared->freed;
}

uint64_t known_evicted(const struct known *known)
{
	return known->shared->evicted;
}

size_t known_memory(const struct known *known)
{
	return sizeof(known->shared->buckets) + (size_t)known->shared->used * sizeof(union unit);
}

/* Labels */

/* A label with its length. */
struct label {
	const uint8_t *octets;
	/* If it is short, its octets as numbers, filled with zeros, as in struct name. */
	bool is_short;
	uint64_t parts[2];
};

/* The octets of a name, with room to read a label in one step. */
struct octets {
	uint8_t starts[DNS_NAME_LABELS_MAX];
	size_t labels;
	uint8_t wire[DNS_NAME_MAX + LABEL_HERE];
};

/* The first `n` octets of a label are kept by the mask `LABEL_HERE - n`. */
static const uint8_t MASKS[2 * LABEL_HERE] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static void read_octets(struct octets *octets, const uint8_t *wire, size_t size)
{
	octets->labels = dns_name_labels(wire, size, octets->starts);
	if (octets->labels > 0) {
		memcpy(octets->wire, wire, size);
	}
}

static inline struct label label_of(const uint8_t octets[DNS_LABEL_MAX + 1 + LABEL_HERE])
{
	struct label label = { .octets = octets, .is_short = octets[0] < LABEL_HERE };
	if (label.is_short) {
		uint64_t mask[2];
		memcpy(label.parts, octets, sizeof(label.parts));
		memcpy(mask, MASKS + LABEL_HERE - 1 - octets[0], sizeof(mask));
		label.parts[0] &= mask[0];
		label.parts[1] &= mask[1];
	}
	return label;
}

static inline struct label label_at(const struct octets *octets, size_t i)
{
	return label_of(octets->wire + octets->starts[i]);
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline known_id *bucket_of(const struct known *known, known_id parent,
                                  const struct label *label)
{
	uint64_t hash = label->is_short ? multiply(label->parts[0] ^ secret_hash_numbers[0],
	                                           label->parts[1] ^ secret_hash_numbers[1])
	                                : secret_hash(label->octets, 1u + label->octets[0]);
	hash = multiply(hash ^ parent, secret_hash_numbers[0] | 1);
	return &known->shared->buckets[hash % KNOWN_BUCKETS];
}

/* The octets of a long label that are not in the name itself. */
static known_id rest_of(const struct name *name)
{
	known_id rest;
	memcpy(&rest, name->label + LABEL_PART, sizeof(rest));
	return rest;
}

/* Copies a label with its length. \return Its size; 0 if the memory is damaged. */
static size_t read_label(const struct known *known, const struct name *name,
                         uint8_t label[DNS_LABEL_MAX + 1])
{
	size_t size = 1u + name->label[0];
	if (size == 1 || size > DNS_LABEL_MAX + 1) {
		return 0;
	}
	if (size <= LABEL_HERE) {
		memcpy(label, name->label, size);
		return size;
	}
	memcpy(label, name->label, LABEL_PART);
	label[0] = (uint8_t)(size - 1);
	known_id id = rest_of(name);
	for (size_t at = LABEL_PART; at < size;) {
		const union unit *unit = unit_at(known, id);
		size_t part = size - at < REST_PART - 1 ? size - at : REST_PART - 1;
		memcpy(label + at, unit->rest.octets, part);
		id = unit->rest.next;
		at += part;
	}
	return size;
}

static inline bool is_label(const struct known *known, const struct name *name,
                            const struct label *label)
{
	if (label->is_short) {
		return memcmp(name->label, label->parts, LABEL_HERE) == 0;
	}
	uint8_t own[DNS_LABEL_MAX + 1];
	size_t size = 1u + label->octets[0];
	return name->label[0] == label->octets[0] && read_label(known, name, own) == size &&
	       memcmp(own, label->octets, size) == 0;
}

static inline known_id find_label(const struct known *known, known_id parent,
                                  const struct label *label)
{
	known_id id = *bucket_of(known, parent, label);
	for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
		const struct name *name = name_at(known, id);
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

/* Room */

static void put_back(struct known *known, known_id id)
{
	union unit *unit = unit_at(known, id);
	memset(unit, 0, sizeof(*unit));
	known->shared->freed++;
	unit->unused.next = known->shared->empty;
	known->shared->empty = id;
}

static void drop_label(struct known *known, struct name *name)
{
	size_t size = 1u + name->label[0];
	known_id id = size > LABEL_HERE ? rest_of(name) : 0;
	for (unsigned steps = 0; steps < DNS_LABEL_MAX && id != 0; steps++) {
		const union unit *unit = unit_at(known, id);
		known_id next = unit->rest.next;
		if (unit->type != TYPE_REST) {
			return;
		}
		put_back(known, id);
		id = next;
	}
}

static void unlink_name(struct known *known, known_id id, const struct name *name)
{
	uint8_t octets[DNS_LABEL_MAX + 1 + LABEL_HERE] = { 0 };
	if (read_label(known, name, octets) == 0) {
		return;
	}
	const struct label label = label_of(octets);
	known_id *link = bucket_of(known, name->parent, &label);
	for (unsigned steps = 0; steps < CHAIN_MAX && *link != 0; steps++) {
		if (*link == id) {
			*link = name->next;
			return;
		}
		struct name *other = name_at(known, *link);
		if (other == NULL) {
			return;
		}
		link = &other->next;
	}
}

static void use(struct known *known, known_id id)
{
	struct name *name = name_at(known, id);
	if (name != NULL && name->users < USERS_MAX) {
		name->users++;
	}
}

/* Frees a name without values and users, and then the names above it. */
static void drop_names(struct known *known, known_id id)
{
	struct name *name = name_at(known, id);
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && name != NULL; steps++) {
		known_id parent = name->parent;
		if (name->users > 0 || name->values != 0) {
			return;
		}
		unlink_name(known, id, name);
		drop_label(known, name);
		put_back(known, id);
		id = parent;
		name = name_at(known, id);
		if (name != NULL && name->users > 0 && name->users < USERS_MAX) {
			name->users--;
		}
	}
}

static void unuse(struct known *known, known_id id)
{
	struct name *name = name_at(known, id);
	if (name != NULL && name->users > 0 && name->users < USERS_MAX) {
		name->users--;
	}
	drop_names(known, id);
}

static bool is_name(const struct known_value *value)
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

/* Frees a value that was taken out of the list of its name. */
static void drop_value(struct known *known, struct known_value *value)
{
	uint32_t target = is_name(value) ? value->value : 0;
	known_id owner = has_owner_elsewhere(value) ? value->ttl_child : 0;
	if (known_is_target(value) && (value->kind & KNOWN_REPORTED) == 0) {
		count_down(known, value);
	}
	put_back(known, known_value_id(known, value));
	unuse(known, target);
	unuse(known, owner);
}

static void drop_values(struct known *known, struct name *name)
{
	for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
		struct known_value *value = value_at(known, name->values);
		if (value == NULL) {
			break;
		}
		name->values = value->next;
		drop_value(known, value);
	}
	name->values = 0;
}

/* Takes the values of the next name that was not used for long. */
static bool evict(struct known *known)
{
	struct shared *shared = known->shared;
	for (uint64_t steps = 0; steps < (AGE_DOMAIN + 1) * (uint64_t)KNOWN_UNITS; steps++) {
		shared->hand = shared->hand + 1 < KNOWN_UNITS ? shared->hand + 1 : 1;
		struct name *name = name_at(known, shared->hand);
		if (name == NULL || (name->values == 0 && name->users > 0)) {
			continue;
		}
		if (name->age > 0) {
			name->age--;
			continue;
		}
		use(known, shared->hand); /* its last value may be the name itself */
		drop_values(known, name);
		unuse(known, shared->hand);
		shared->evicted++;
		if (shared->empty != 0) {
			return true;
		}
	}
	return false;
}

static known_id take(struct known *known, enum type type)
{
	struct shared *shared = known->shared;
	known_id id = shared->empty;
	if (id == 0 && shared->used < KNOWN_UNITS) {
		id = shared->used++;
	} else {
		if (id == 0 && !evict(known)) {
			return 0;
		}
		id = shared->empty;
		shared->empty = unit_at(known, id)->unused.next;
	}
	union unit *unit = unit_at(known, id);
	memset(unit, 0, sizeof(*unit));
	unit->type = (uint8_t)type;
	return id < KNOWN_UNITS ? id : 0;
}

/* Names */

static bool write_rest(struct known *known, struct name *name, const uint8_t *label, size_t size)
{
	uint8_t *link = name->label + LABEL_PART;
	for (size_t at = LABEL_PART; at < size;) {
		known_id id = take(known, TYPE_REST);
		if (id == 0) {
			return false;
		}
		union unit *unit = unit_at(known, id);
		size_t part = size - at < REST_PART - 1 ? size - at : REST_PART - 1;
		memcpy(unit->rest.octets, label + at, part);
		memcpy(link, &id, sizeof(id));
		link = (uint8_t *)&unit->rest.next;
		at += part;
	}
	return true;
}

static known_id add_label(struct known *known, known_id parent, const struct label *label)
{
	size_t size = 1u + label->octets[0];
	use(known, parent); /* it must not be freed to make room */
	known_id id = take(known, TYPE_NAME);
	struct name *name = name_at(known, id);
	if (name == NULL) {
		unuse(known, parent);
		return 0;
	}
	name->parent = parent;
	name->users = 1; /* until it is complete */
	memcpy(name->label, label->octets, label->is_short ? size : LABEL_PART);
	if (!label->is_short && !write_rest(known, name, label->octets, size)) {
		drop_label(known, name);
		put_back(known, id);
		unuse(known, parent);
		return 0;
	}
	known_id *bucket = bucket_of(known, parent, label);
	name->next = *bucket;
	*bucket = id;
	name->users = 0;
	return id;
}

static void touch(struct name *name)
{
	name->age = name->is_domain ? AGE_DOMAIN : AGE_HOST;
}

/* Finds the name, or the nearest one above it. `whole` receives whether it is the name itself. */
static known_id find_above(struct known *known, const uint8_t *wire, size_t size, bool *whole)
{
	struct octets octets;
	known_id id = 0;
	read_octets(&octets, wire, size);
	size_t i = octets.labels;
	for (; i > 0; i--) {
		const struct label label = label_at(&octets, i - 1);
		known_id below = find_label(known, id, &label);
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
	struct name *name = name_at(known, whole ? id : 0);
	if (name == NULL) {
		return 0;
	}
	touch(name);
	return id;
}

known_id known_find_above(struct known *known, const uint8_t *wire, size_t size)
{
	bool whole;
	return find_above(known, wire, size, &whole);
}

known_id known_add_name(struct known *known, const uint8_t *wire, size_t size)
{
	struct octets octets;
	known_id id = 0;
	bool added = false;
	read_octets(&octets, wire, size);
	for (size_t i = octets.labels; i-- > 0;) {
		const struct label label = label_at(&octets, i);
		known_id found = added ? 0 : find_label(known, id, &label);
		added = found == 0;
		id = added ? add_label(known, id, &label) : found;
		struct name *name = name_at(known, id);
		if (name == NULL) {
			return 0;
		}
		touch(name);
	}
	return id;
}

static struct name *resolve(struct known *known, struct name *name, size_t domain)
{
	struct name *parent = name_at(known, name->parent);
	name->is_resolved = true;
	if (parent != NULL && domain != KNOWN_NO_DOMAIN) {
		parent->below = domain == 0 ? BELOW_DOMAINS : BELOW_SAME;
	}
	return parent;
}

void known_set_domain(struct known *known, known_id id, size_t domain)
{
	struct name *name = name_at(known, id);
	struct name *above = name != NULL ? resolve(known, name, domain) : NULL;
	size_t at = 0;
	while (name != NULL && at < domain && domain != KNOWN_NO_DOMAIN) {
		at += 1u + name->label[0];
		name = above;
		above = name != NULL ? name_at(known, name->parent) : NULL;
	}
	if (name != NULL && at == domain) {
		name->is_domain = true;
		touch(name);
	}
}

known_id known_parent(const struct known *known, known_id id)
{
	const struct name *name = name_at(known, id);
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
	const struct name *name = name_at(known, id);
	return name == NULL || name->is_domain || name->is_resolved;
}

bool known_is_used(const struct known *known, known_id id)
{
	const struct name *name = name_at(known, id);
	return name != NULL && name->users > 0;
}

bool known_guess_domain(struct known *known, const uint8_t *wire, size_t size, size_t *domain)
{
	struct octets octets;
	known_id id = 0;
	read_octets(&octets, wire, size);
	if (octets.labels < 2) {
		return false;
	}
	size_t start = 0;
	for (size_t i = octets.labels; i-- > 1;) {
		const struct label label = label_at(&octets, i);
		id = find_label(known, id, &label);
		const struct name *name = name_at(known, id);
		if (name == NULL) {
			return false;
		}
		start = name->is_domain ? octets.starts[i] : start;
	}
	const struct name *parent = name_at(known, id);
	*domain = parent->below == BELOW_DOMAINS ? 0 : start;
	return parent->below == BELOW_DOMAINS || (parent->below == BELOW_SAME && start != 0);
}

known_id known_domain(const struct known *known, known_id id)
{
	const struct name *name = name_at(known, id);
	if (!known_is_resolved(known, id)) {
		return 0;
	}
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && name != NULL; steps++) {
		if (name->is_domain) {
			return id;
		}
		id = name->parent;
		name = name_at(known, id);
	}
	return 0;
}

size_t known_wire(const struct known *known, known_id id, uint8_t wire[DNS_NAME_MAX])
{
	size_t size = 0;
	for (const struct name *name = name_at(known, id); name != NULL;
	     name = name_at(known, name->parent)) {
		uint8_t label[DNS_LABEL_MAX + 1];
		size_t add = read_label(known, name, label);
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

/* Values */

struct known_value *known_first(struct known *known, known_id id)
{
	const struct name *name = name_at(known, id);
	return name != NULL ? value_at(known, name->values) : NULL;
}

struct known_value *known_next(struct known *known, const struct known_value *value)
{
	return value_at(known, value->next);
}

known_id known_value_id(const struct known *known, const struct known_value *value)
{
	return (known_id)((const union unit *)(const void *)value - known->shared->units);
}

struct known_value *known_get(struct known *known, known_id id, known_id owner)
{
	struct known_value *value = value_at(known, id);
	return value != NULL && value->owner == owner ? value : NULL;
}

struct known_value *known_find(struct known *known, known_id id, enum known_kind kind,
                               uint32_t number)
{
	struct known_value *value = known_first(known, id);
	bool any = kind == KNOWN_STATE || kind == KNOWN_SERVES || kind == KNOWN_ALIASED;
	for (unsigned steps = 0; steps < CHAIN_MAX && value != NULL; steps++) {
		if (known_kind(value) == kind && (any || value->value == number)) {
			return value;
		}
		value = known_next(known, value);
	}
	return NULL;
}

/* Makes room for a value of this kind: the one that was not seen for the longest time goes. */
static void limit_values(struct known *known, struct name *name, enum known_kind kind)
{
	known_id *link = &name->values, *oldest = NULL;
	uint32_t oldest_last = UINT32_MAX;
	unsigned count = 0;
	for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
		struct known_value *value = value_at(known, *link);
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
		struct known_value *value = value_at(known, *oldest);
		*oldest = value->next;
		drop_value(known, value);
	}
}

struct known_value *known_add(struct known *known, known_id id, enum known_kind kind,
                              uint32_t number)
{
	struct name *name = name_at(known, id);
	if (name == NULL) {
		return NULL;
	}
	use(known, id); /* it must not be freed to make room */
	limit_values(known, name, kind);
	known_id added = take(known, TYPE_VALUE);
	struct known_value *value = value_at(known, added);
	name->users -= name->users < USERS_MAX ? 1 : 0;
	if (value == NULL) {
		return NULL;
	}
	value->kind = (uint8_t)kind;
	value->owner = id;
	value->value = number;
	value->next = name->values;
	name->values = added;
	touch(name);
	if (is_name(value)) {
		use(known, number);
	}
	return value;
}

void known_point(struct known *known, struct known_value *value, uint32_t target, known_id owner)
{
	uint32_t target_before = value->value, owner_before = value->ttl_child;
	use(known, target);
	use(known, owner);
	value->value = target;
	value->ttl_child = owner;
	unuse(known, target_before);
	unuse(known, owner_before);
}

void known_join_network(struct known *known, uint32_t network, known_id domain)
{
	known_id *first = &known->shared->networks[network % KNOWN_NETWORKS];
	if (*first == 0) {
		*first = domain;
	} else if (*first != domain) {
		*first = NETWORK_SHARED;
	}
}

void known_report_network(struct known *known, uint32_t network, known_id domain)
{
	struct reported *reported = &known->shared->reported[network % KNOWN_NETWORKS];
	if (reported->last != domain && reported->count < UINT16_MAX) {
		reported->count++;
		reported->last = domain;
	}
}

bool known_network_is_shared(const struct known *known, uint32_t network, known_id domain)
{
	known_id first = known->shared->networks[network % KNOWN_NETWORKS];
	return (first != 0 && first != domain) ||
	       known->shared->reported[network % KNOWN_NETWORKS].count >= KNOWN_REPORTED_LEAST;
}
