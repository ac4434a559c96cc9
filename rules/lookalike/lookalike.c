/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/lookalike.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "rules/index/multimap.h"
#include "rules/lookalike/deletion_keys.h"

/*! \brief Size of the cache of verdicts, a power of two. */
#define VERDICTS 4096

struct verdict {
	uint64_t name; /* its hash; 0: the entry is empty */
	struct lookalike_matches matches;
};

struct lookalike_index {
	const struct names *names;
	const psl_ctx_t *psl;
	uint64_t seed;
	uint32_t *protected; /* numbers in `names` */
	uint32_t count, room;
	struct multimap by_deletion_key; /* numbers in `protected` */
	struct verdict *verdicts;
};

struct search {
	const struct lookalike_index *index;
	const struct suspect *suspect;
	uint64_t suffix;                 /* hash of the suspect's suffix */
	struct lookalike_matches *found; /* the closest so far, numbered as in `protected`; NULL:
	                                    only `known` is wanted */
	bool known;                      /* the index has one of the deletion keys */
};

struct lookalike_index *lookalike_index_new(const struct names *names, const psl_ctx_t *psl)
{
	struct lookalike_index *index = calloc(1, sizeof(*index));
	if (index == NULL) {
		return NULL;
	}
	index->names = names;
	index->psl = psl;
	index->verdicts = calloc(VERDICTS, sizeof(*index->verdicts));
	if (index->verdicts == NULL ||
	    getrandom(&index->seed, sizeof(index->seed), 0) != sizeof(index->seed)) {
		lookalike_index_free(index);
		return NULL;
	}
	return index;
}

void lookalike_index_free(struct lookalike_index *index)
{
	if (index != NULL) {
		multimap_free(&index->by_deletion_key);
		free(index->verdicts);
		free(index->protected);
		free(index);
	}
}

/*! \brief Parses a protected name again, which costs less than keeping 100,000 of them parsed. */
static void read_protected(const struct lookalike_index *index, uint32_t number,
                           struct protected_name *protected)
{
	size_t size;
	struct domain domain = { 0 };
	const uint8_t *wire = intern_get(&index->names->keys, index->protected[number], &size);
	domain_read(&domain, index->psl, wire, size);
	protected_read(protected, &domain);
}

/* Adding */

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

static int add_letters(struct lookalike_index *index, const struct protected_name *protected,
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

static int add_skeleton(struct lookalike_index *index, const struct protected_name *protected,
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

static int add_dotless(struct lookalike_index *index, const struct protected_name *protected,
                       uint32_t number)
{
	const struct domain *domain = &protected->domain;
	struct dotless text;
	uint8_t label[DNS_NAME_MAX];
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
	if (multimap_add(&index->by_deletion_key,
	                 deletion_key_of_text(index->seed, label + front, used - front),
	                 number) != 0) {
		return -1;
	}
	return front > 0 ? multimap_add(&index->by_deletion_key,
	                                deletion_key_of_text(index->seed, label, used), number)
	                 : 0;
}

static int grow(struct lookalike_index *index)
{
	if (index->count < index->room) {
		return 0;
	}
	uint32_t room = index->room > 0 ? index->room * 2 : 16;
	uint32_t *keys =
	        room > index->room ? realloc(index->protected, room * sizeof(*keys)) : NULL;
	if (keys == NULL) {
		return -1;
	}
	index->protected = keys;
	index->room = room;
	return 0;
}

int lookalike_index_add(struct lookalike_index *index, uint32_t name)
{
	size_t size;
	struct domain domain;
	struct protected_name protected;
	const uint8_t *wire = intern_get(&index->names->keys, name, &size);
	if (!domain_read(&domain, index->psl, wire, size)) {
		return 0;
	}
	if (grow(index) != 0) {
		return -1;
	}
	protected_read(&protected, &domain);
	uint32_t number = index->count++;
	index->protected[number] = name;
	uint64_t suffix = deletion_key_hash_suffix(index->seed, &domain);
	/* The key of a suffix only shows that some name has it, so its number is not used. */
	if (multimap_add(&index->by_deletion_key, deletion_key_of_suffix(suffix), 0) != 0 ||
	    add_letters(index, &protected, suffix, number) != 0 ||
	    add_skeleton(index, &protected, suffix, number) != 0 ||
	    add_dotless(index, &protected, number) != 0) {
		return -1;
	}
	return 1;
}

/* Finding */

static bool is_protected(const struct search *search)
{
	uint32_t number;
	const struct lookalike_index *index = search->index;
	uint32_t key = deletion_key_of_label(index->seed, &search->suspect->shape, search->suffix);
	struct multimap_walk walk = multimap_walk_init(&index->by_deletion_key, key);
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(index, number, &protected);
		if (protected_is(&protected, &search->suspect->domain)) {
			return true;
		}
	}
	return false;
}

static bool is_closer(const struct lookalike_match *a, const struct lookalike_match *b)
{
	if (a->how != b->how) {
		return a->how < b->how;
	}
	return a->near_suffix != b->near_suffix ? a->near_suffix : a->name < b->name;
}

/*! \brief Inserts a protected name in order of closeness; each name once, with the closest change.
 */
static void propose(struct search *search, const struct protected_name *protected, uint32_t number,
                    enum lookalike_how how)
{
	struct lookalike_matches *found = search->found;
	struct lookalike_match proposed = {
		.name = number,
		.how = how,
		.near_suffix = protected_suffix_is_near(protected, search->suspect),
	};
	uint32_t at = 0;
	if (how == LOOKALIKE_NOT) {
		return;
	}
	while (at < found->count && !is_closer(&proposed, &found->names[at])) {
		if (found->names[at++].name == number) {
			return;
		}
	}
	for (; at < LOOKALIKE_MATCHES_MAX; at++) {
		struct lookalike_match moved = found->names[at];
		found->names[at] = proposed;
		if (at == found->count) {
			found->count++;
			return;
		}
		if (moved.name == number) {
			return;
		}
		proposed = moved;
	}
}

/*! \brief The next protected name to judge; MULTIMAP_NONE when only `known` is wanted. */
static uint32_t next_number(struct search *search, struct multimap_walk *walk)
{
	uint32_t number = multimap_walk_next(walk);
	search->known |= number != MULTIMAP_NONE;
	return search->found != NULL ? number : MULTIMAP_NONE;
}

static void search_label(struct search *search, uint32_t key)
{
	uint32_t number;
	struct multimap_walk walk = multimap_walk_init(&search->index->by_deletion_key, key);
	while ((number = next_number(search, &walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(search->index, number, &protected);
		propose(search, &protected, number, protected_judge(&protected, search->suspect));
	}
}

static void search_letters(struct search *search)
{
	uint32_t keys[SHAPE_MAX + 1];
	size_t count = deletion_keys_of_letters(search->index->seed, &search->suspect->shape,
	                                        search->suffix, keys);
	for (size_t i = 0; i < count; i++) {
		search_label(search, keys[i]);
	}
}

static void search_skeleton(struct search *search)
{
	uint32_t keys[2];
	deletion_keys_of_skeleton(search->index->seed, &search->suspect->skeleton, search->suffix,
	                          keys);
	search_label(search, keys[0]);
	search_label(search, keys[1]);
}

static void search_text(struct search *search, const uint8_t *text, size_t size, size_t least)
{
	uint32_t number;
	struct multimap_walk walk =
	        multimap_walk_init(&search->index->by_deletion_key,
	                           deletion_key_of_text(search->index->seed, text, size));
	while ((number = next_number(search, &walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(search->index, number, &protected);
		if (protected.template_least >= least &&
		    (protected_is_dotless(&protected, false, text, size) ||
		     protected_is_dotless(&protected, true, text, size))) {
			propose(search, &protected, number, LOOKALIKE_DOT);
		}
	}
}

/*! \brief Without its first dot `www.example.com` is a domain that anybody can register. */
static void search_hosts(struct search *search, const struct dotless *text)
{
	static const char *const HOSTS[] = { "www", "mail", "smtp", "ns", "mx" };
	for (size_t i = 0; i < sizeof(HOSTS) / sizeof(HOSTS[0]); i++) {
		size_t size = strlen(HOSTS[i]);
		if (text->size <= size || memcmp(text->text, HOSTS[i], size) != 0) {
			continue;
		}
		search_text(search, text->text + size, text->size - size, 5);
		if (size == 2 && text->size > 3 && shape_is_digit(text->text[2])) {
			search_text(search, text->text + 3, text->size - 3, 5);
		}
	}
}

static void search_dots(struct search *search)
{
	const struct domain *domain = &search->suspect->domain;
	struct dotless text;
	domain_dotless(&text, domain, domain->split.domain);
	search_text(search, text.text, text.size, 0);
	search_hosts(search, &text);
	if (domain->split.below < domain->split.domain) {
		domain_dotless(&text, domain, domain->split.below);
		search_text(search, text.text, text.size, 0);
	}
}

static bool is_known(const struct lookalike_index *index, uint32_t key)
{
	struct multimap_walk walk = multimap_walk_init(&index->by_deletion_key, key);
	return multimap_walk_next(&walk) != MULTIMAP_NONE;
}

/*! \brief Whether the index has a deletion key of a name with this domain. */
static bool may_be_lookalike(const struct lookalike_index *index, const struct domain *domain)
{
	struct suspect suspect;
	struct search search = { .index = index,
		                 .suspect = &suspect,
		                 .suffix = deletion_key_hash_suffix(index->seed, domain) };
	suspect_read(&suspect, domain);
	search_dots(&search);
	search_skeleton(&search);
	if (!search.known && is_known(index, deletion_key_of_suffix(search.suffix))) {
		search_letters(&search);
	}
	return search.known;
}

/*!
 * \brief Whether a name may imitate any protected name, for each label at which its domain may
 * begin.
 *
 * This rejects most names without a look-up in the Public Suffix List, the most expensive step.
 */
static bool may_imitate(const struct lookalike_index *index, const uint8_t *wire, size_t size)
{
	uint8_t starts[DNS_NAME_LABELS_MAX];
	size_t count = dns_name_labels(wire, size, starts);
	for (size_t i = 0; i + 1 < count; i++) {
		const struct suffix_split split = { starts[i], starts[i], starts[i + 1] };
		struct domain domain;
		domain_split(&domain, wire, size, &split);
		if (may_be_lookalike(index, &domain)) {
			return true;
		}
	}
	return false;
}

static void examine(const struct lookalike_index *index, const uint8_t *wire, size_t size,
                    struct lookalike_matches *found)
{
	struct domain domain;
	struct suspect suspect;
	struct search search = { .index = index, .suspect = &suspect, .found = found };
	found->count = 0;
	if (!may_imitate(index, wire, size) || !domain_read(&domain, index->psl, wire, size)) {
		return;
	}
	suspect_read(&suspect, &domain);
	search.suffix = deletion_key_hash_suffix(index->seed, &domain);
	if (is_protected(&search)) {
		return;
	}
	search_letters(&search);
	search_skeleton(&search);
	search_dots(&search);
	for (uint32_t i = 0; i < found->count; i++) {
		found->names[i].name = index->protected[found->names[i].name];
	}
}

const struct lookalike_matches *lookalike_find(struct lookalike_index *index, const uint8_t *wire,
                                               size_t size)
{
	uint64_t hash = XXH3_64bits_withSeed(wire, size, index->seed) | 1;
	struct verdict *verdict = &index->verdicts[hash / 2 % VERDICTS];
	if (verdict->name != hash) {
		examine(index, wire, size, &verdict->matches);
		verdict->name = hash;
	}
	return &verdict->matches;
}
