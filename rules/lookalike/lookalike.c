/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/lookalike.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/memory/resident.h"
#include "base/secret_hash.h"
#include "rules/lookalike/deletion_keys.h"
#include "rules/lookalike/protected_index.h"
#include "rules/lookalike/search.h"
#include "rules/lookalike/tail.h"
#include "rules/lookalike/verdicts.h"

/* The work for a name, in units of about 25 instructions. A label costs a look-up in the Public
 * Suffix List. If the domain was judged in this message before, three labels are not counted. */
#define WORK_NAME   16 /* in addition to one unit for each octet */
#define WORK_LABEL  40
#define WORK_DOMAIN 200
#define LABELS_FREE 3

/* Size of the table of the domains of a message, a power of two. No message has work for as many
 * domains. */
#define COUNTED_DOMAINS 2048

_Static_assert(LOOKALIKE_WORK_LEAST + LOOKALIKE_WORK_PER_OCTET * UINT16_MAX <
                       COUNTED_DOMAINS * WORK_DOMAIN,
               "a free entry is left for each domain of the largest message");

/* A domain whose work was counted. The entry is free unless `message` is the current one. */
struct counted_domain {
	uint64_t message, hash;
};

/* The verdict that was found last, because the next name is often in the same domain. */
struct latest {
	struct verdict *verdict;
	size_t size; /* 0: there is none */
	uint8_t wire[DNS_NAME_MAX];
};

struct lookalike_index {
	struct protected_index names;
	bool borrows; /* the arrays of `names` belong to the caller */
	const psl_ctx_t *psl;
	struct verdicts verdicts;
	struct latest latest;
	struct lookalike_matches found;
	struct counted_domain *counted; /* COUNTED_DOMAINS */
	uint64_t message;               /* the number of the current message, from 1 */
	size_t work_left;               /* the work that is left for the current message */
	size_t unjudged;
};

struct lookalike_index *lookalike_index_new(const struct names *names, const psl_ctx_t *psl)
{
	struct lookalike_index *index = calloc(1, sizeof(*index));
	if (index == NULL) {
		return NULL;
	}
	index->psl = psl;
	index->message = 1;
	index->work_left = SIZE_MAX;
	index->counted = resident_new(COUNTED_DOMAINS * sizeof(*index->counted));
	if (!protected_index_init(&index->names, names) || !verdicts_init(&index->verdicts) ||
	    index->counted == NULL) {
		lookalike_index_free(index);
		return NULL;
	}
	return index;
}

struct lookalike_index *lookalike_index_of(const struct names *names, const psl_ctx_t *psl,
                                           const struct protected_index *found)
{
	struct lookalike_index *index = lookalike_index_new(names, psl);
	if (index != NULL) {
		index->names = *found;
		index->names.names = names;
		index->borrows = true;
	}
	return index;
}

const struct protected_index *lookalike_index_names(const struct lookalike_index *index)
{
	return &index->names;
}

void lookalike_index_free(struct lookalike_index *index)
{
	if (index != NULL) {
		if (!index->borrows) {
			protected_index_deinit(&index->names);
		}
		verdicts_deinit(&index->verdicts);
		resident_free(index->counted, COUNTED_DOMAINS * sizeof(*index->counted));
		free(index);
	}
}

int lookalike_index_add(struct lookalike_index *index, uint32_t name)
{
	return protected_index_add(&index->names, index->psl, name);
}

/*! \brief The part of a tail's verdict that depends on all its labels except the first. */
struct parent {
	struct text_hash text;
	bool may_imitate;
	bool has_domain;
	struct suffix_split split;
};

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
	*text = parent->text;
	hashes[size] = text->hash;
	deletion_key_put_front(index->names.seed, text, label, size, hashes);
	if (tail->labels < 2) {
		return false;
	}
	return parent->may_imitate || search_may_find(&index->names, tail, hashes);
}

/* A verdict that was just made. It is not read from its place, which is mostly not in the
 * processor's cache when it is written. */
struct fresh {
	struct verdict verdict;
	struct verdict *kept; /* its place; NULL: it got none */
};

static struct verdict *find_verdict(struct lookalike_index *index, const struct tail *tail,
                                    struct fresh *fresh);

static struct suffix_split split_of(const struct verdict *verdict)
{
	return (struct suffix_split){ .below = verdict->below,
		                      .domain = verdict->domain,
		                      .is_suffix = verdict->is_suffix,
		                      .suffix = verdict->suffix };
}

static void set_split(struct verdict *verdict, const struct suffix_split *split)
{
	verdict->below = split->below;
	verdict->domain = split->domain;
	verdict->is_suffix = split->is_suffix;
	verdict->suffix = split->suffix;
}

/*!
 * \brief Takes the verdict about the domain of a tail, and adds the matches that come from the
 *        label before the domain. Labels before that label change nothing.
 */
static void judge_host(struct lookalike_index *index, const struct tail *tail,
                       const struct suffix_split *split, struct verdict *verdict)
{
	struct fresh fresh;
	const struct tail end = tail_from(tail, split->below > 0 ? split->below : split->domain);
	const struct verdict *known = find_verdict(index, &end, &fresh);
	verdict->protected = known->protected;
	verdict->matches = known->matches;
	memcpy(verdict->packed, known->packed, known->matches * sizeof(known->packed[0]));
	if (split->below == 0 && !verdict->protected &&
	    protected_index_has(&index->names, deletion_key_of_text(verdict->text))) {
		struct lookalike_matches matches;
		verdict_get_matches(verdict, &matches);
		search_tail(&index->names, tail, split, &matches);
		verdict_set_matches(verdict, &matches);
	}
}

static void judge(struct lookalike_index *index, const struct tail *tail,
                  const struct suffix_split *split, struct verdict *verdict)
{
	verdict->has_domain = true;
	set_split(verdict, split);
	if (split->domain > 0) {
		judge_host(index, tail, split, verdict);
		return;
	}
	struct lookalike_matches matches;
	matches.count = 0;
	verdict->protected = search_domain(&index->names, tail, split, &matches);
	verdict_set_matches(verdict, &matches);
}

/*! \brief Looks up whether a tail that was split as a host is a public suffix itself. */
static bool check_suffix(const struct lookalike_index *index, const struct tail *tail,
                         struct verdict *verdict, const struct fresh *fresh)
{
	if (verdict->is_host) {
		verdict->is_host = false;
		verdict->is_suffix = suffix_is_public(index->psl, tail->wire, tail->size);
		if (verdict == &fresh->verdict && fresh->kept != NULL) {
			fresh->kept->is_host = false;
			fresh->kept->is_suffix = verdict->is_suffix;
		}
	}
	return verdict->is_suffix;
}

/*! \brief Returns the part of the verdict about a name that the names below it use. */
static struct parent parent_of(struct lookalike_index *index, const struct tail *tail)
{
	if (tail->labels < 2) {
		return (struct parent){ 0 };
	}
	struct fresh fresh;
	const struct tail end = tail_from(tail, tail->starts[1]);
	struct verdict *verdict = find_verdict(index, &end, &fresh);
	return (struct parent){
		.text = { .hash = verdict->text, .in_number = verdict->in_number },
		.may_imitate = verdict->may_imitate,
		.has_domain = verdict->has_domain && !check_suffix(index, &end, verdict, &fresh),
		.split = split_of(verdict),
	};
}

/*! \brief Returns true if the first label does not change where the domain begins. */
static bool is_host_label(const struct tail *tail)
{
	const uint8_t *label = tail->wire + 1;
	for (size_t i = 0; i < tail->wire[0]; i++) {
		if (label[i] == '.' || label[i] == '\0') {
			return false;
		}
	}
	return true;
}

/*! \brief Splits a tail as a host of its parent's domain. Returns false if this is not possible. */
static bool split_host(const struct tail *tail, const struct parent *parent,
                       struct suffix_split *split)
{
	size_t size = tail->wire[0];
	if (!parent->has_domain || !is_host_label(tail)) {
		return false;
	}
	*split = (struct suffix_split){
		.below = parent->split.domain > 0 ? (uint8_t)(1 + size + parent->split.below) : 0,
		.domain = (uint8_t)(1 + size + parent->split.domain),
		.suffix = (uint8_t)(1 + size + parent->split.suffix),
	};
	return true;
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
	struct text_hash text;
	struct suffix_split split;
	const struct parent parent = parent_of(index, tail);
	verdict->may_imitate = may_be_lookalike(index, tail, &parent, &text);
	verdict->text = text.hash;
	verdict->in_number = text.in_number;
	if (!verdict->may_imitate) {
		return;
	}
	verdict->is_host = split_host(tail, &parent, &split);
	if (verdict->is_host || suffix_split(index->psl, tail->wire, tail->size, &split)) {
		judge(index, tail, &split, verdict);
	}
}

static bool is_latest(const struct latest *latest, const struct tail *tail)
{
	return latest->size == tail->size && memcmp(latest->wire, tail->wire, tail->size) == 0;
}

static void set_latest(struct latest *latest, struct verdict *verdict, const struct tail *tail)
{
	latest->verdict = verdict;
	latest->size = tail->size;
	memcpy(latest->wire, tail->wire, tail->size);
}

/*!
 * \brief Returns the verdict about a tail from the cache, or else makes it.
 *
 * \param fresh  Receives a verdict that was not in the cache.
 *
 * \return The verdict, which is valid until the next call, or that in `fresh`.
 */
static struct verdict *find_verdict(struct lookalike_index *index, const struct tail *tail,
                                    struct fresh *fresh)
{
	if (is_latest(&index->latest, tail)) {
		return index->latest.verdict;
	}
	const struct secret_hash_wide hash = secret_hash_wide(tail->wire, tail->size);
	struct verdict *verdict = verdicts_find(&index->verdicts, &hash, tail->size);
	if (verdict != NULL) {
		set_latest(&index->latest, verdict, tail);
		return verdict;
	}
	verdicts_expect(&index->verdicts, hash.low);
	memset(&fresh->verdict, 0, sizeof(fresh->verdict));
	verdict_identify(&fresh->verdict, &hash, tail->size);
	examine(index, tail, &fresh->verdict);
	fresh->kept = verdicts_keep(&index->verdicts, &fresh->verdict);
	if (fresh->kept == index->latest.verdict) {
		index->latest.size = 0;
	}
	return &fresh->verdict;
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
 *        message. A verdict that was replaced cannot answer this, so the table has all domains.
 */
static bool is_new_domain(struct lookalike_index *index, const struct tail *tail,
                          struct verdict *verdict)
{
	if (verdict->message == index->message) {
		return false;
	}
	verdict->message = index->message;
	/* The verdict may be that about the domain of the tail. */
	size_t size = verdict->size - verdict->domain;
	uint64_t hash = secret_hash(tail->wire + tail->size - size, size);
	for (size_t i = 0; i < COUNTED_DOMAINS; i++) {
		struct counted_domain *counted = &index->counted[(hash + i) % COUNTED_DOMAINS];
		if (counted->message != index->message) {
			*counted = (struct counted_domain){ index->message, hash };
			return true;
		}
		if (counted->hash == hash) {
			return false;
		}
	}
	return true;
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
	verdict_get_matches(verdict, &index->found);
	for (uint32_t i = 0; i < index->found.count; i++) {
		struct lookalike_match *match = &index->found.names[i];
		match->name = protected_index_name(&index->names, match->name);
	}
	return &index->found;
}

/*!
 * \brief Returns the verdict about the domain that was found last, if it is also the verdict about
 *        this name, which then is a host of the domain with a label that changes nothing. Else
 *        returns NULL.
 */
static struct verdict *domain_of_host(struct lookalike_index *index, const struct tail *tail)
{
	const struct latest *latest = &index->latest;
	struct verdict *domain = latest->verdict;
	const uint8_t *label = tail->wire + 1;
	size_t size = tail->wire[0];
	uint64_t hashes[DNS_LABEL_MAX + 1];
	if (latest->size == 0 || 1 + size + latest->size != tail->size || !domain->may_imitate ||
	    !domain->has_domain || domain->is_host || domain->is_suffix || domain->domain > 0 ||
	    memcmp(latest->wire, label + size, latest->size) != 0 || !is_host_label(tail)) {
		return NULL;
	}
	if (!domain->protected) {
		struct text_hash text = { .hash = domain->text, .in_number = domain->in_number };
		deletion_key_put_front(index->names.seed, &text, label, size, hashes);
		if (protected_index_has(&index->names, deletion_key_of_text(text.hash))) {
			return NULL;
		}
	}
	return domain;
}

const struct lookalike_matches *lookalike_find(struct lookalike_index *index, const uint8_t *wire,
                                               size_t size, const struct dns_labels *labels)
{
	static const struct lookalike_matches none;
	struct tail tail;
	struct fresh fresh;
	if (index->work_left == 0) {
		index->unjudged++;
		return &none;
	}
	tail_read(&tail, wire, size, labels);
	if (tail.labels == 0) {
		return &none;
	}
	struct verdict *verdict = domain_of_host(index, &tail);
	if (verdict == NULL) {
		verdict = find_verdict(index, &tail, &fresh);
	}
	const struct lookalike_matches *found = report(index, verdict);
	size_t work = work_for(index, &tail, verdict);
	index->work_left -= MIN(work, index->work_left);
	return found;
}
