/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/lookalike.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/random.h>

#include "base/secret_hash.h"
#include "rules/index/multimap.h"
#include "rules/lookalike/deletion_keys.h"
#include "rules/lookalike/tail.h"

/*! \brief Size of the cache of verdicts, a power of two. */
#define VERDICTS 4096

/* The work for a name, in units of about 25 instructions. A label costs a look-up in the Public
 * Suffix List. If the domain was judged in this message before, three labels are not counted. */
#define WORK_NAME   16 /* in addition to one unit for each octet */
#define WORK_LABEL  40
#define WORK_DOMAIN 200
#define LABELS_FREE 3

struct verdict {
	/* the latest message for which the work for this domain was counted */
	uint64_t message;
	struct text_hash text; /* the hash of the tail without dots */
	bool may_imitate;      /* one of its labels is similar to the label of a protected name */
	bool has_domain;       /* the name was looked up in the Public Suffix List */
	/* the split is that of the tail without its first label; `split.is_suffix` was not looked
	 * up */
	bool is_host;
	bool protected;            /* the domain is a protected name */
	struct suffix_split split; /* offsets in `wire` */
	bool has_matches;
	uint8_t size; /* 0: the entry is empty */
	uint8_t wire[DNS_NAME_MAX];
	/* the numbers are indexes in `protected`; undefined if there are no matches */
	struct lookalike_matches matches;
};

/*! \brief A protected name and the offsets of its parts. */
struct entry {
	uint32_t name; /* its number in `names` */
	struct suffix_split split;
};

struct lookalike_index {
	const struct names *names;
	const psl_ctx_t *psl;
	uint64_t seed;
	struct entry *protected;
	uint32_t count, room;
	struct multimap by_deletion_key; /* numbers in `protected` */
	struct verdict *verdicts;
	/* the verdict that was found last, because the next name is often in the same domain */
	struct verdict *latest;
	struct lookalike_matches found;
	uint64_t message; /* the number of the current message */
	size_t work_left; /* the work that is left for the current message */
	size_t unjudged;
};

struct search {
	const struct lookalike_index *index;
	const struct tail *tail;
	struct tail_text text;
	struct suspect suspect; /* the domain in the tail */
	uint64_t suffix;        /* hash of the suspect's suffix */
	/* the closest matches so far; the numbers are indexes in `protected` */
	struct lookalike_matches *found;
};

struct lookalike_index *lookalike_index_new(const struct names *names, const psl_ctx_t *psl)
{
	struct lookalike_index *index = calloc(1, sizeof(*index));
	if (index == NULL) {
		return NULL;
	}
	index->names = names;
	index->psl = psl;
	index->work_left = SIZE_MAX;
	index->verdicts = calloc(VERDICTS, sizeof(*index->verdicts));
	index->latest = index->verdicts;
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
	struct domain domain;
	const struct entry *entry = &index->protected[number];
	const uint8_t *wire = intern_get(&index->names->keys, entry->name, &size);
	domain_split(&domain, wire, size, &entry->split);
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
static uint64_t hash_suffix(const struct lookalike_index *index, const struct domain *domain)
{
	struct dotless suffix;
	uint64_t hashes[DNS_NAME_MAX];
	domain_dotless(&suffix, domain, domain->split.suffix);
	deletion_key_hash_ends(index->seed, suffix.text, suffix.size, hashes);
	return hashes[0];
}

static int grow(struct lookalike_index *index)
{
	if (index->count < index->room) {
		return 0;
	}
	uint32_t room = index->room > 0 ? index->room * 2 : 16;
	struct entry *entries =
	        room > index->room ? realloc(index->protected, room * sizeof(*entries)) : NULL;
	if (entries == NULL) {
		return -1;
	}
	index->protected = entries;
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
	index->protected[number] = (struct entry){ name, domain.split };
	uint64_t suffix = hash_suffix(index, &domain);
	/* The key of a suffix only shows that some name has this suffix, so the number is not
	 * used. */
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
	uint32_t key = deletion_key_of_label(index->seed, &search->suspect.shape, search->suffix);
	struct multimap_walk walk = multimap_walk_init(&index->by_deletion_key, key);
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(index, number, &protected);
		if (protected_is(&protected, &search->suspect.domain)) {
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

/*!
 * \brief Inserts a protected name, so that the closest names come first. Each name is inserted only
 *        once, with the smallest difference.
 */
static void propose(struct search *search, const struct protected_name *protected, uint32_t number,
                    enum lookalike_how how)
{
	struct lookalike_matches *found = search->found;
	struct lookalike_match proposed = {
		.name = number,
		.how = how,
		.near_suffix = protected_suffix_is_near(protected, &search->suspect),
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

static void search_label(struct search *search, uint32_t key)
{
	uint32_t number;
	struct multimap_walk walk = multimap_walk_init(&search->index->by_deletion_key, key);
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(search->index, number, &protected);
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
	struct multimap_walk walk = multimap_walk_init(
	        &search->index->by_deletion_key, deletion_key_of_text(search->text.hashes[from]));
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		struct protected_name protected;
		read_protected(search->index, number, &protected);
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
static const char *const HOSTS[] = { "www", "mail", "smtp", "ns", "mx" };
#define HOSTS_COUNT (sizeof(HOSTS) / sizeof(HOSTS[0]))

static void search_hosts(struct search *search, size_t from)
{
	const uint8_t *text = search->text.text + from;
	size_t left = search->text.size - from;
	for (size_t i = 0; i < HOSTS_COUNT; i++) {
		size_t size = strlen(HOSTS[i]);
		if (left <= size || text[0] != HOSTS[i][0] || memcmp(text, HOSTS[i], size) != 0) {
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

static bool is_known(const struct lookalike_index *index, uint32_t key)
{
	struct multimap_walk walk = multimap_walk_init(&index->by_deletion_key, key);
	return multimap_walk_next(&walk) != MULTIMAP_NONE;
}

/*! \brief The part of a tail's verdict that depends on all its labels except the first. */
struct parent {
	struct text_hash text;
	bool may_imitate;
	bool has_domain;
	struct suffix_split split;
};

static bool is_known_label(const struct lookalike_index *index, const struct shape *label,
                           uint64_t suffix)
{
	uint32_t keys[SHAPE_MAX + 1];
	struct shape skeleton;
	shape_skeleton(&skeleton, label);
	deletion_keys_of_skeleton(index->seed, &skeleton, suffix, keys);
	if (is_known(index, keys[0]) || is_known(index, keys[1])) {
		return true;
	}
	if (!is_known(index, deletion_key_of_suffix(suffix))) {
		return false;
	}
	size_t count = deletion_keys_of_letters(index->seed, label, suffix, keys);
	for (size_t i = 0; i < count; i++) {
		if (is_known(index, keys[i])) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Returns true if a protected name may have the text of a label and the labels after it
 *        without dots. A host name at the beginning of the label may be ignored.
 */
static bool is_known_text(const struct lookalike_index *index, const uint8_t *label, size_t size,
                          const uint64_t hashes[DNS_LABEL_MAX + 1])
{
	if (is_known(index, deletion_key_of_text(hashes[0]))) {
		return true;
	}
	for (size_t i = 0; i < HOSTS_COUNT; i++) {
		size_t host = strlen(HOSTS[i]);
		if (size < host || label[0] != (uint8_t)HOSTS[i][0] ||
		    memcmp(label, HOSTS[i], host) != 0) {
			continue;
		}
		bool numbered = host == 2 && size > 2 && shape_is_digit(label[2]);
		/* In `ns.1example`, the length octet of the next label is between the host and its
		 * number. */
		bool split = host == 2 && size == 2 && label[2] > 0 && shape_is_digit(label[3]);
		if (split || is_known(index, deletion_key_of_text(hashes[host])) ||
		    (numbered && is_known(index, deletion_key_of_text(hashes[3])))) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Returns true if a name may imitate any protected name. The domain of the name begins at
 *        the first label of the tail or after it.
 *
 * It rejects most names without a look-up in the Public Suffix List, which is the most expensive
 * step.
 */
static bool may_be_lookalike(const struct lookalike_index *index, const struct tail *tail,
                             const struct parent *parent, struct text_hash *text)
{
	const uint8_t *label = tail->wire + 1;
	size_t size = tail->wire[0];
	uint64_t hashes[DNS_LABEL_MAX + 1];
	struct shape shape;
	*text = parent->text;
	hashes[size] = text->hash;
	deletion_key_put_front(index->seed, text, label, size, hashes);
	if (tail->labels < 2) {
		return false;
	}
	if (parent->may_imitate) {
		return true;
	}
	shape_read(&shape, label, size);
	return is_known_text(index, label, size, hashes) ||
	       is_known_label(index, &shape, parent->text.hash);
}

/*! \brief Judges a tail that is a registrable domain. */
static void judge_domain(struct search *search, struct verdict *verdict)
{
	const struct domain domain = search->suspect.domain;
	suspect_read(&search->suspect, &domain);
	search->suffix = search->text.hashes[tail_text_at(search->tail, domain.split.suffix)];
	verdict->protected = is_protected(search);
	if (!verdict->protected) {
		search_letters(search);
		search_skeleton(search);
		search_dots(search);
	}
}

static struct verdict *find_verdict(struct lookalike_index *index, const struct tail *tail);

static void begin_search(struct search *search, const struct lookalike_index *index,
                         const struct tail *tail, struct verdict *verdict)
{
	search->index = index;
	search->tail = tail;
	search->found = &verdict->matches;
	tail_text_read(&search->text, tail, index->seed);
	domain_split(&search->suspect.domain, tail->wire, tail->size, &verdict->split);
}

/*!
 * \brief Takes the verdict about the domain of a tail, and adds the matches that come from the
 *        label before the domain. Labels before that label change nothing.
 */
static void judge_host(struct lookalike_index *index, const struct tail *tail,
                       struct verdict *verdict)
{
	size_t below = verdict->split.below;
	const struct tail end = tail_from(tail, below > 0 ? below : verdict->split.domain);
	const struct verdict *known = find_verdict(index, &end);
	verdict->protected = known->protected;
	if (known->has_matches) {
		verdict->matches = known->matches;
	}
	if (below == 0 && !verdict->protected &&
	    is_known(index, deletion_key_of_text(verdict->text.hash))) {
		struct search search;
		begin_search(&search, index, tail, verdict);
		search_text(&search, 0, 0);
	}
}

static void judge(struct lookalike_index *index, const struct tail *tail, struct verdict *verdict)
{
	if (verdict->split.domain > 0) {
		judge_host(index, tail, verdict);
	} else {
		struct search search;
		begin_search(&search, index, tail, verdict);
		judge_domain(&search, verdict);
	}
}

/*! \brief Looks up whether a tail that was split as a host is a public suffix itself. */
static bool check_suffix(const struct lookalike_index *index, const struct tail *tail,
                         struct verdict *verdict)
{
	if (verdict->is_host) {
		verdict->is_host = false;
		verdict->split.is_suffix = suffix_is_public(index->psl, tail->wire, tail->size);
	}
	return verdict->split.is_suffix;
}

/*! \brief Returns the part of the verdict about a name that the names below it use. */
static struct parent parent_of(struct lookalike_index *index, const struct tail *tail)
{
	if (tail->labels < 2) {
		return (struct parent){ 0 };
	}
	const struct tail end = tail_from(tail, tail->starts[1]);
	struct verdict *verdict = find_verdict(index, &end);
	return (struct parent){
		.text = verdict->text,
		.may_imitate = verdict->may_imitate,
		.has_domain = verdict->has_domain && !check_suffix(index, &end, verdict),
		.split = verdict->split,
	};
}

/*! \brief Splits a tail as a host of its parent's domain. Returns false if this is not possible. */
static bool split_host(const struct tail *tail, const struct parent *parent,
                       struct suffix_split *split)
{
	const uint8_t *label = tail->wire + 1;
	size_t size = tail->wire[0];
	if (!parent->has_domain || memchr(label, '.', size) != NULL ||
	    memchr(label, '\0', size) != NULL) {
		return false;
	}
	*split = (struct suffix_split){
		.below = parent->split.domain > 0 ? (uint8_t)(1 + size + parent->split.below) : 0,
		.domain = (uint8_t)(1 + size + parent->split.domain),
		.suffix = (uint8_t)(1 + size + parent->split.suffix),
	};
	return true;
}

/*! \brief Splits a tail by the Public Suffix List and judges it. */
static void split_and_judge(struct lookalike_index *index, const struct tail *tail,
                            struct verdict *verdict)
{
	verdict->has_domain = suffix_split(index->psl, tail->wire, tail->size, &verdict->split);
	if (verdict->has_domain) {
		judge(index, tail, verdict);
	}
}

/*!
 * \brief Examines a tail whose other labels have a verdict.
 *
 * The work for a name therefore depends only on its labels that no earlier name had. These labels
 * take octets in the message. A host is looked up in the Public Suffix List only if there are names
 * below it. A host can only be a public suffix of the private section, and such a suffix is split
 * like a host.
 */
static void examine(struct lookalike_index *index, const struct tail *tail, struct verdict *verdict)
{
	const struct parent parent = parent_of(index, tail);
	verdict->may_imitate = may_be_lookalike(index, tail, &parent, &verdict->text);
	if (!verdict->may_imitate) {
		return;
	}
	if (!split_host(tail, &parent, &verdict->split)) {
		split_and_judge(index, tail, verdict);
		return;
	}
	verdict->is_host = true;
	verdict->has_domain = true;
	judge(index, tail, verdict);
}

static bool is_about(const struct verdict *verdict, const struct tail *tail)
{
	return verdict->size == tail->size && memcmp(verdict->wire, tail->wire, tail->size) == 0;
}

/*! \brief Returns the verdict about a tail. It comes from the cache if it is there. */
static struct verdict *find_verdict(struct lookalike_index *index, const struct tail *tail)
{
	if (is_about(index->latest, tail)) {
		return index->latest;
	}
	uint64_t hash = secret_hash(tail->wire, tail->size);
	struct verdict *verdict = &index->verdicts[hash % VERDICTS];
	if (is_about(verdict, tail)) {
		index->latest = verdict;
	} else {
		/* Verdicts about other tails, which examine() needs, may be in this place. */
		struct verdict fresh;
		memset(&fresh, 0, offsetof(struct verdict, wire));
		fresh.matches.count = 0;
		examine(index, tail, &fresh);
		fresh.size = (uint8_t)tail->size;
		memcpy(fresh.wire, tail->wire, tail->size);
		fresh.has_matches = fresh.matches.count > 0;
		memcpy(verdict, &fresh, offsetof(struct verdict, wire) + tail->size);
		/* Only two cache lines are copied for most entries, because few entries are in the
		 * cache. */
		if (fresh.has_matches) {
			verdict->matches = fresh.matches;
		}
	}
	return verdict;
}

void lookalike_begin(struct lookalike_index *index, size_t octets)
{
	index->message++;
	index->work_left = LOOKALIKE_WORK_LEAST + LOOKALIKE_WORK_PER_OCTET * octets;
}

size_t lookalike_take_unjudged(struct lookalike_index *index)
{
	size_t unjudged = index->unjudged;
	index->unjudged = 0;
	return unjudged;
}

/*!
 * \brief Returns true the first time that the work for the domain of a name is counted in a
 *        message.
 */
static bool is_new_domain(struct lookalike_index *index, const struct tail *tail,
                          struct verdict *verdict)
{
	if (verdict->split.domain > 0) {
		const struct tail domain = tail_from(tail, verdict->split.domain);
		verdict = find_verdict(index, &domain);
	}
	bool is_new = verdict->message != index->message;
	verdict->message = index->message;
	return is_new;
}

/*!
 * \brief Returns the work for a name. The work is the same whether or not the verdict is in the
 *        cache, so that each run judges the same names.
 */
static size_t work_for(struct lookalike_index *index, const struct tail *tail,
                       struct verdict *verdict)
{
	size_t work = WORK_NAME + tail->size;
	if (verdict->may_imitate) {
		work += tail->labels > LABELS_FREE ? WORK_LABEL * (tail->labels - LABELS_FREE) : 0;
		work += is_new_domain(index, tail, verdict) ? WORK_DOMAIN : 0;
	}
	return work;
}

static const struct lookalike_matches *report(struct lookalike_index *index,
                                              const struct verdict *verdict)
{
	const struct lookalike_matches *matches = &verdict->matches;
	index->found.count = verdict->has_matches ? matches->count : 0;
	for (uint32_t i = 0; i < index->found.count; i++) {
		index->found.names[i] = matches->names[i];
		index->found.names[i].name = index->protected[matches->names[i].name].name;
	}
	return &index->found;
}

const struct lookalike_matches *lookalike_find(struct lookalike_index *index, const uint8_t *wire,
                                               size_t size, const struct dns_labels *labels)
{
	static const struct lookalike_matches none;
	struct tail tail;
	if (index->work_left == 0) {
		index->unjudged++;
		return &none;
	}
	tail_read(&tail, wire, size, labels);
	if (tail.labels == 0) {
		return &none;
	}
	struct verdict *verdict = find_verdict(index, &tail);
	const struct lookalike_matches *found = report(index, verdict);
	size_t work = work_for(index, &tail, verdict);
	index->work_left -= MIN(work, index->work_left);
	return found;
}
