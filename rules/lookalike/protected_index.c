/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/protected_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/random.h>

#include "rules/lookalike/deletion_keys.h"
#include "rules/lookalike/outline.h"
#include "rules/lookalike/verdicts.h"

bool protected_index_init(struct protected_index *index, const struct names *names)
{
	*index = (struct protected_index){ .names = names };
	return getrandom(&index->seed, sizeof(index->seed), 0) == sizeof(index->seed);
}

void protected_index_deinit(struct protected_index *index)
{
	multimap_free(&index->by_deletion_key);
	free(index->entries);
}

/*! \brief Concatenates the parts of a label, with PROTECTED_DIGIT for the number of a family. */
static void concatenate(struct shape *label, const struct shape *front, const struct shape *back,
                        bool family)
{
	*label = *front;
	if (family && label->count < SHAPE_MAX) {
		label->at[label->count++] = PROTECTED_DIGIT;
	}
	for (size_t i = 0; i < back->count && label->count < SHAPE_MAX; i++) {
		label->at[label->count++] = back->at[i];
	}
}

static int add_letters(struct protected_index *index, const struct protected_name *protected,
                       uint64_t suffix, uint32_t number)
{
	struct shape label;
	uint32_t keys[SHAPE_MAX + 1];
	concatenate(&label, &protected->fronts, &protected->backs, protected->family);
	size_t count = deletion_keys_of_letters(index->seed, &label, suffix, keys);
	for (size_t i = 0; i < count; i++) {
		if (multimap_add(&index->by_deletion_key, keys[i], number) != 0) {
			return -1;
		}
	}
	return 0;
}

static int add_skeleton(struct protected_index *index, const struct protected_name *protected,
                        uint64_t suffix, uint32_t number)
{
	struct shape front;
	struct shape back;
	struct shape label;
	shape_skeleton(&front, &protected->fronts);
	shape_skeleton(&back, &protected->backs);
	concatenate(&label, &front, &back, protected->family);
	uint32_t keys[2];
	deletion_keys_of_skeleton(index->seed, &label, suffix, keys);
	for (int i = 0; i < 2; i++) {
		if (multimap_add(&index->by_deletion_key, keys[i], number) != 0) {
			return -1;
		}
	}
	return 0;
}

/*! \brief Adds the keys of the outline, whose numbers are not used. */
static int add_outline(struct protected_index *index, const struct protected_name *protected,
                       uint64_t suffix)
{
	struct shape label;
	struct outline outline;
	concatenate(&label, &protected->fronts, &protected->backs, protected->family);
	unsigned kept = outline_kept(outline_read_shape(&outline, &label));
	for (unsigned back = 0; back <= MIN(kept, 1); back++) {
		uint32_t key = outline_key_end(index->seed, &outline, back, kept, suffix);
		if (multimap_add(&index->by_deletion_key, key, 0) != 0) {
			return -1;
		}
	}
	return multimap_add(&index->by_deletion_key, outline_key_whole(index->seed, &outline), 0);
}

static int add_dotless(struct protected_index *index, const struct protected_name *protected,
                       uint32_t number)
{
	const struct domain *domain = &protected->domain;
	struct dotless text;
	uint8_t label[DNS_NAME_MAX];
	uint64_t hashes[DNS_NAME_MAX];
	size_t below = domain->split.domain - domain->split.below;
	size_t front = below > 0 ? below - 1 : 0;
	size_t range = domain->label_size - protected->front - protected->back;
	domain_dotless(&text, domain, domain->split.domain);
	memcpy(label, domain->wire + domain->split.below + 1, front);
	memcpy(label + front, text.text, protected->front);
	size_t used = front + protected->front;
	if (protected->family) {
		label[used++] = '0';
	}
	size_t rest = text.size - protected->front - range;
	memcpy(label + used, text.text + text.size - rest, rest);
	used += rest;
	deletion_key_hash_ends(index->seed, label, used, hashes);
	if (multimap_add(&index->by_deletion_key, deletion_key_of_text(hashes[front]), number) !=
	    0) {
		return -1;
	}
	return front > 0 ? multimap_add(&index->by_deletion_key, deletion_key_of_text(hashes[0]),
	                                number)
	                 : 0;
}

/*! \brief Hashes the public suffix of a protected name for its deletion keys. */
static uint64_t hash_suffix(const struct protected_index *index, const struct domain *domain)
{
	struct dotless suffix;
	uint64_t hashes[DNS_NAME_MAX];
	domain_dotless(&suffix, domain, domain->split.suffix);
	deletion_key_hash_ends(index->seed, suffix.text, suffix.size, hashes);
	return hashes[0];
}

static int grow(struct protected_index *index)
{
	if (index->count < index->room) {
		return 0;
	}
	uint32_t room = index->room > 0 ? index->room * 2 : 16;
	struct protected_entry *entries =
	        room > index->room ? realloc(index->entries, room * sizeof(*entries)) : NULL;
	if (entries == NULL) {
		return -1;
	}
	index->entries = entries;
	index->room = room;
	return 0;
}

int protected_index_add(struct protected_index *index, const psl_ctx_t *psl, uint32_t name)
{
	size_t size;
	struct domain domain;
	struct protected_name protected;
	const uint8_t *wire = intern_get(&index->names->keys, name, &size);
	if (!domain_read(&domain, psl, wire, size)) {
		return 0;
	}
	if (index->count > VERDICT_NAME_MAX || grow(index) != 0) {
		return -1;
	}
	protected_read(&protected, &domain);
	uint32_t number = index->count++;
	index->entries[number] = (struct protected_entry){ name, domain.split };
	uint64_t suffix = hash_suffix(index, &domain);
	/* The key of a suffix only shows that some name has this suffix, so the number is not
	 * used. */
	if (multimap_add(&index->by_deletion_key, deletion_key_of_suffix(suffix), 0) != 0 ||
	    add_letters(index, &protected, suffix, number) != 0 ||
	    add_skeleton(index, &protected, suffix, number) != 0 ||
	    add_outline(index, &protected, suffix) != 0 ||
	    add_dotless(index, &protected, number) != 0) {
		return -1;
	}
	return 1;
}

uint32_t protected_index_name(const struct protected_index *index, uint32_t number)
{
	return index->entries[number].name;
}

/* Parsing a name again costs less than keeping 100,000 of them parsed. */
void protected_index_read(const struct protected_index *index, uint32_t number,
                          struct protected_name *protected)
{
	size_t size;
	struct domain domain;
	const struct protected_entry *entry = &index->entries[number];
	const uint8_t *wire = intern_get(&index->names->keys, entry->name, &size);
	domain_split(&domain, wire, size, &entry->split);
	protected_read(protected, &domain);
}
