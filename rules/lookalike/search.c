/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/search.h"

#include <string.h>
#include <sys/param.h>

#include "rules/lookalike/deletion_keys.h"
#include "rules/lookalike/outline.h"

struct search {
	const struct protected_index *index;
	const struct tail *tail;
	struct tail_text text;
	struct suspect suspect; /* the domain in the tail */
	uint64_t suffix;        /* hash of the suspect's suffix */
	struct lookalike_matches *found;
};

static bool is_protected(const struct search *search)
{
	uint32_t number;
	const struct protected_index *index = search->index;
	uint32_t key = deletion_key_of_label(index->seed, &search->suspect.shape, search->suffix);
	struct multimap_walk walk = protected_index_walk(index, key);
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		protected_index_read(index, number, &protected);
		if (protected_is(&protected, &search->suspect.domain)) {
			return true;
		}
	}
	return false;
}

static void propose(struct search *search, const struct protected_name *protected, uint32_t number,
                    enum lookalike_how how)
{
	if (how != LOOKALIKE_NOT) {
		lookalike_matches_add(search->found,
		                      (struct lookalike_match){
		                              .name = number,
		                              .how = how,
		                              .near_suffix = protected_suffix_is_near(
		                                      protected, &search->suspect),
		                      });
	}
}

static void search_label(struct search *search, uint32_t key)
{
	uint32_t number;
	struct multimap_walk walk = protected_index_walk(search->index, key);
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		protected_index_read(search->index, number, &protected);
		propose(search, &protected, number, protected_judge(&protected, &search->suspect));
	}
}

static void search_letters(struct search *search)
{
	uint32_t keys[SHAPE_MAX + 1];
	size_t count = deletion_keys_of_letters(search->index->seed, &search->suspect.shape,
	                                        search->suffix, keys);
	for (size_t i = 0; i < count; i++) {
		search_label(search, keys[i]);
	}
}

static void search_skeleton(struct search *search)
{
	uint32_t keys[2];
	deletion_keys_of_skeleton(search->index->seed, &search->suspect.skeleton, search->suffix,
	                          keys);
	search_label(search, keys[0]);
	search_label(search, keys[1]);
}

/*!
 * \brief Compares the rest of the text from an offset on with protected names without their dots.
 */
static void search_text(struct search *search, size_t from, size_t least)
{
	uint32_t number;
	const uint8_t *text = search->text.text + from;
	size_t size = search->text.size - from;
	struct multimap_walk walk = protected_index_walk(
	        search->index, deletion_key_of_text(search->text.hashes[from]));
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		protected_index_read(search->index, number, &protected);
		if (protected.template_least >= least &&
		    (protected_is_dotless(&protected, false, text, size) ||
		     protected_is_dotless(&protected, true, text, size))) {
			propose(search, &protected, number, LOOKALIKE_DOT);
		}
	}
}

/*!
 * \brief `wwwexample.com`, which is `www.example.com` without the first dot, is a domain that
 *        anybody can register.
 */
static const struct {
	uint8_t size;
	char text[5];
} HOSTS[] = { { 3, "www" }, { 4, "mail" }, { 4, "smtp" }, { 2, "ns" }, { 2, "mx" } };
#define HOSTS_COUNT (sizeof(HOSTS) / sizeof(HOSTS[0]))

static void search_hosts(struct search *search, size_t from)
{
	const uint8_t *text = search->text.text + from;
	size_t left = search->text.size - from;
	for (size_t i = 0; i < HOSTS_COUNT; i++) {
		size_t size = HOSTS[i].size;
		if (left <= size || text[0] != HOSTS[i].text[0] ||
		    memcmp(text, HOSTS[i].text, size) != 0) {
			continue;
		}
		search_text(search, from + size, 5);
		if (size == 2 && left > 3 && shape_is_digit(text[2])) {
			search_text(search, from + 3, 5);
		}
	}
}

static void search_dots(struct search *search)
{
	const struct suffix_split *split = &search->suspect.domain.split;
	size_t domain = tail_text_at(search->tail, split->domain);
	search_text(search, domain, 0);
	search_hosts(search, domain);
}

/*! \brief Returns true if a label may be one letter apart from a protected one of its suffix. */
static bool is_known_end(const struct protected_index *index, const struct outline *outline,
                         uint64_t suffix)
{
	for (unsigned count = 0; count <= OUTLINE_SIGNS; count++) {
		for (unsigned back = 0; back <= MIN(count, 1); back++) {
			uint32_t key = outline_key_end(index->seed, outline, back, count, suffix);
			if (protected_index_has(index, key)) {
				return true;
			}
		}
	}
	return false;
}

static bool is_known_letters(const struct protected_index *index, const struct shape *label,
                             uint64_t suffix)
{
	uint32_t keys[SHAPE_MAX + 1];
	size_t count = deletion_keys_of_letters(index->seed, label, suffix, keys);
	for (size_t i = 0; i < count; i++) {
		if (protected_index_has(index, keys[i])) {
			return true;
		}
	}
	return false;
}

static bool is_known_skeleton(const struct protected_index *index, const struct shape *label,
                              uint64_t suffix)
{
	uint32_t keys[2];
	struct shape skeleton;
	shape_skeleton(&skeleton, label);
	deletion_keys_of_skeleton(index->seed, &skeleton, suffix, keys);
	return protected_index_has(index, keys[0]) || protected_index_has(index, keys[1]);
}

/* The keys of a label are only computed if its outline is that of a protected one. */
static bool is_known_label(const struct protected_index *index, const uint8_t *label, size_t size,
                           uint64_t suffix)
{
	struct outline outline;
	struct shape shape;
	outline_read(&outline, label, size);
	bool skeleton = protected_index_has(index, outline_key_whole(index->seed, &outline));
	bool letters = protected_index_has(index, deletion_key_of_suffix(suffix)) &&
	               is_known_end(index, &outline, suffix);
	if (!skeleton && !letters) {
		return false;
	}
	shape_read(&shape, label, size);
	return (skeleton && is_known_skeleton(index, &shape, suffix)) ||
	       (letters && is_known_letters(index, &shape, suffix));
}

/*!
 * \brief Returns true if a protected name may have the text of a label and the labels after it
 *        without dots. A host name at the beginning of the label may be ignored.
 */
static bool is_known_text(const struct protected_index *index, const uint8_t *label, size_t size,
                          const uint64_t hashes[DNS_LABEL_MAX + 1])
{
	if (protected_index_has(index, deletion_key_of_text(hashes[0]))) {
		return true;
	}
	for (size_t i = 0; i < HOSTS_COUNT; i++) {
		size_t host = HOSTS[i].size;
		if (size < host || label[0] != HOSTS[i].text[0] ||
		    memcmp(label, HOSTS[i].text, host) != 0) {
			continue;
		}
		bool numbered = host == 2 && size > 2 && shape_is_digit(label[2]);
		/* In `ns.1example`, the length octet of the next label is between the host and its
		 * number. */
		bool split = host == 2 && size == 2 && label[2] > 0 && shape_is_digit(label[3]);
		if (split || protected_index_has(index, deletion_key_of_text(hashes[host])) ||
		    (numbered && protected_index_has(index, deletion_key_of_text(hashes[3])))) {
			return true;
		}
	}
	return false;
}

bool search_may_find(const struct protected_index *index, const struct tail *tail,
                     const uint64_t hashes[DNS_LABEL_MAX + 1])
{
	const uint8_t *label = tail->wire + 1;
	size_t size = tail->wire[0];
	return is_known_text(index, label, size, hashes) ||
	       is_known_label(index, label, size, hashes[size]);
}

static void begin_search(struct search *search, const struct protected_index *index,
                         const struct tail *tail, const struct suffix_split *split,
                         struct lookalike_matches *found)
{
	search->index = index;
	search->tail = tail;
	search->found = found;
	tail_text_read(&search->text, tail, index->seed);
	domain_split(&search->suspect.domain, tail->wire, tail->size, split);
}

bool search_domain(const struct protected_index *index, const struct tail *tail,
                   const struct suffix_split *split, struct lookalike_matches *found)
{
	struct search search;
	begin_search(&search, index, tail, split, found);
	const struct domain domain = search.suspect.domain;
	suspect_read(&search.suspect, &domain);
	search.suffix = search.text.hashes[tail_text_at(tail, domain.split.suffix)];
	if (is_protected(&search)) {
		return true;
	}
	search_letters(&search);
	search_skeleton(&search);
	search_dots(&search);
	return false;
}

void search_tail(const struct protected_index *index, const struct tail *tail,
                 const struct suffix_split *split, struct lookalike_matches *found)
{
	struct search search;
	begin_search(&search, index, tail, split, found);
	search_text(&search, 0, 0);
}
