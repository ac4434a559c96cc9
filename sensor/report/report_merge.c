/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_merge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/utf8.h"

/* Texts */

bool report_text_equal(struct report_text a, struct report_text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.text, b.text, a.size) == 0);
}

int report_compare_texts(struct report_text a, struct report_text b)
{
	int order = a.size > 0 && b.size > 0 ? memcmp(a.text, b.text, MIN(a.size, b.size)) : 0;
	return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

int report_compare_times(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* A character is not divided. */
static size_t cut(struct report_text text)
{
	size_t size = MIN(text.size, (size_t)REPORT_TEXT_MAX);
	while (size < text.size && size > 0 && utf8_is_continuation(text.text[size])) {
		size--;
	}
	return size;
}

static bool copy_text(struct report_memory *memory, struct report_text *to, struct report_text from)
{
	size_t size = cut(from);
	char *copy = report_alloc(memory, size + 1);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, from.text, size);
	*to = (struct report_text){ copy, size };
	return true;
}

bool report_set_text(struct report_memory *memory, struct report_text *to, struct report_text from)
{
	return to->text != NULL || from.text == NULL || copy_text(memory, to, from);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Lists */

/* Returns room for one more item of a list, whose octets are zero; NULL: there is none. */
void *report_extend(struct report_memory *memory, void *items, size_t count, size_t size,
                    size_t max)
{
	/* The list is full when its number of items is a power of two. */
	bool full = (count & (count - 1)) == 0;
	if (count >= max) {
		return NULL;
	}
	return full ? report_resize(memory, items, size * MAX(2 * count, (size_t)1)) : items;
}

bool report_add_text(struct report_memory *memory, struct report_texts *list, size_t max,
                     struct report_text text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (report_text_equal(list->items[i], text)) {
			return true;
		}
	}
	struct report_text *items =
	        report_extend(memory, list->items, list->count, sizeof(*items), max);
	if (items == NULL) {
		return false;
	}
	list->items = items;
	if (!copy_text(memory, &items[list->count], text)) {
		return false;
	}
	list->count++;
	return true;
}

static void merge_texts(struct report_memory *memory, struct report_incident *to,
                        struct report_texts *list, const struct report_texts *from, size_t max)
{
	for (size_t i = 0; i < from->count; i++) {
		to->omitted += !report_add_text(memory, list, max, from->items[i]);
	}
}

static struct report_resolver *find_resolver(const struct report_incident *to,
                                             struct report_text ip)
{
	for (size_t i = 0; i < to->resolver_count; i++) {
		if (report_text_equal(to->resolvers[i].ip, ip)) {
			return &to->resolvers[i];
		}
	}
	return NULL;
}

static struct report_resolver *add_resolver(struct report_memory *memory,
                                            struct report_incident *to, struct report_text ip)
{
	struct report_resolver *items = report_extend(memory, to->resolvers, to->resolver_count,
	                                              sizeof(*items), REPORT_RESOLVERS_MAX);
	if (items == NULL) {
		return NULL;
	}
	to->resolvers = items;
	struct report_resolver *added = &items[to->resolver_count];
	*added = (struct report_resolver){ .first_ns = 0 };
	if (!copy_text(memory, &added->ip, ip)) {
		return NULL;
	}
	to->resolver_count++;
	return added;
}

static void merge_resolvers(struct report_memory *memory, struct report_incident *to,
                            const struct report_incident *from)
{
	for (size_t i = 0; i < from->resolver_count; i++) {
		const struct report_resolver *other = &from->resolvers[i];
		struct report_resolver *resolver = find_resolver(to, other->ip);
		if (resolver == NULL) {
			resolver = add_resolver(memory, to, other->ip);
		}
		if (resolver == NULL) {
			to->omitted++;
			continue;
		}
		resolver->first_ns = earlier(resolver->first_ns, other->first_ns);
		resolver->cached_until_ns = MAX(resolver->cached_until_ns, other->cached_until_ns);
	}
}

/* Answers */

static bool is_same_answer(const struct report_answer *a, const struct report_answer *b)
{
	return report_text_equal(a->value, b->value) && report_text_equal(a->type, b->type) &&
	       report_text_equal(a->owner, b->owner) && a->kind == b->kind;
}

static struct report_answer *find_answer(const struct report_incident *to,
                                         const struct report_answer *answer)
{
	for (size_t i = 0; i < to->answer_count; i++) {
		if (is_same_answer(&to->answers[i], answer)) {
			return &to->answers[i];
		}
	}
	return NULL;
}

static bool append_answer(struct report_memory *memory, struct report_incident *to,
                          const struct report_answer *from)
{
	struct report_answer *items = report_extend(memory, to->answers, to->answer_count,
	                                            sizeof(*items), REPORT_ANSWERS_MAX);
	if (items == NULL) {
		return false;
	}
	to->answers = items;
	struct report_answer *added = &items[to->answer_count];
	*added = *from;
	added->owner = added->type = added->value = (struct report_text){ NULL, 0 };
	if (!report_set_text(memory, &added->owner, from->owner) ||
	    !report_set_text(memory, &added->type, from->type) ||
	    !report_set_text(memory, &added->value, from->value)) {
		report_release(memory, added->owner.text);
		report_release(memory, added->type.text);
		return false;
	}
	to->answer_count++;
	return true;
}

void report_append_answer(struct report_memory *memory, struct report_incident *to,
                          const struct report_answer *from)
{
	to->omitted += !append_answer(memory, to, from);
}

void report_merge_answer(struct report_memory *memory, struct report_incident *to,
                         const struct report_answer *from)
{
	struct report_answer *answer = find_answer(to, from);
	if (answer == NULL) {
		report_append_answer(memory, to, from);
		return;
	}
	answer->first_ns = earlier(answer->first_ns, from->first_ns);
	answer->last_ns = MAX(answer->last_ns, from->last_ns);
	answer->cached_until_ns = MAX(answer->cached_until_ns, from->cached_until_ns);
	/* A response is a hit of each rule that matches it. */
	answer->count += answer->rule == from->rule ? from->count : 0;
}

static int compare_answers(const void *a, const void *b)
{
	const struct report_answer *x = a, *y = b;
	int order = report_compare_times(x->first_ns, y->first_ns);
	order = order != 0 ? order : report_compare_texts(x->owner, y->owner);
	order = order != 0 ? order : report_compare_texts(x->type, y->type);
	return order != 0 ? order : report_compare_texts(x->value, y->value);
}

void report_sort_answers(struct report_incident *incident)
{
	if (incident->answer_count > 1) {
		qsort(incident->answers, incident->answer_count, sizeof(*incident->answers),
		      compare_answers);
	}
}

/* Hits */

/* The texts of a hit. */
#define HIT_TEXTS(X)                                                                               \
	X(event_id)                                                                                \
	X(action)                                                                                  \
	X(reason)                                                                                  \
	X(rule_id)                                                                                 \
	X(rule_text)                                                                               \
	X(feed)                                                                                    \
	X(kind)                                                                                    \
	X(field)                                                                                   \
	X(value)                                                                                   \
	X(type)                                                                                    \
	X(owner) X(question) X(protocol) X(client) X(server) X(community_id) X(imitates) X(evidence)

/* All texts of a hit are in one block, which begins with the first of them. */
static void release_hit(struct report_memory *memory, const struct report_hit *hit)
{
	const char *block = NULL;
#define X(name) block = block == NULL ? hit->name.text : block;
	HIT_TEXTS(X)
#undef X
	report_release(memory, block);
}

static void move_text(char **at, struct report_text *text)
{
	if (text->text != NULL) {
		size_t size = cut(*text);
		memcpy(*at, text->text, size);
		*text = (struct report_text){ *at, size };
		*at += size + 1;
	}
}

/* `hit` has the texts of another hit, which are copied. */
static bool copy_hit_texts(struct report_memory *memory, struct report_hit *hit)
{
	size_t size = 0;
#define X(name) size += hit->name.text != NULL ? cut(hit->name) + 1 : 0;
	HIT_TEXTS(X)
#undef X
	char *at = size > 0 ? report_alloc(memory, size) : NULL;
	if (at == NULL) {
		return size == 0;
	}
#define X(name) move_text(&at, &hit->name);
	HIT_TEXTS(X)
#undef X
	return true;
}

static bool has_place(const struct report_memory *memory, const struct report_incident *to,
                      const struct report_hit *hit)
{
	size_t max = hit->severity >= 99 ? REPORT_HITS_MAX : REPORT_HITS_COMMON;
	return to->hits_listed < max && memory->used < REPORT_HITS_SHARE(memory->limit);
}

static bool add_hit(struct report_memory *memory, struct report_incident *to,
                    const struct report_hit *from)
{
	struct report_hit *items = has_place(memory, to, from)
	                                   ? report_extend(memory, to->hits, to->hits_listed,
	                                                   sizeof(*items), REPORT_HITS_MAX)
	                                   : NULL;
	if (items == NULL) {
		return false;
	}
	to->hits = items;
	struct report_hit *added = &items[to->hits_listed];
	*added = *from;
	if (!copy_hit_texts(memory, added)) {
		return false;
	}
	to->hits_listed++;
	return true;
}

/* Incidents */

static void merge_facts(struct report_memory *memory, struct report_incident *to,
                        const struct report_incident *from)
{
	to->omitted += !report_set_text(memory, &to->id, from->id);
	to->omitted += !report_set_text(memory, &to->owner, from->owner);
	to->omitted += !report_set_text(memory, &to->network, from->network);
	to->omitted += !report_set_text(memory, &to->state, from->state);
	to->severity = MAX(to->severity, from->severity);
	to->first_ns = earlier(to->first_ns, from->first_ns);
	to->last_ns = MAX(to->last_ns, from->last_ns);
	to->cached_until_ns = MAX(to->cached_until_ns, from->cached_until_ns);
	to->omitted += from->omitted;
}

void report_merge(struct report_memory *memory, struct report_incident *to,
                  const struct report_incident *from, enum report_mails_rule rule)
{
	merge_facts(memory, to, from);
	merge_texts(memory, to, &to->expected, &from->expected, REPORT_WORDS_MAX);
	merge_texts(memory, to, &to->seen, &from->seen, REPORT_WORDS_MAX);
	merge_texts(memory, to, &to->reasons, &from->reasons, REPORT_WORDS_MAX);
	merge_texts(memory, to, &to->clients, &from->clients, REPORT_CLIENTS_MAX);
	merge_texts(memory, to, &to->rules, &from->rules, REPORT_WORDS_MAX);
	merge_resolvers(memory, to, from);
	for (size_t i = 0; i < from->answer_count; i++) {
		report_merge_answer(memory, to, &from->answers[i]);
	}
	report_merge_mails(memory, to, from, rule);
	for (size_t i = 0; i < from->hits_listed; i++) {
		to->omitted += !add_hit(memory, to, &from->hits[i]);
	}
}

static void release_texts(struct report_memory *memory, struct report_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		report_release(memory, texts->items[i].text);
	}
	report_release(memory, texts->items);
}

static void release_answers(struct report_memory *memory, struct report_incident *incident)
{
	for (size_t i = 0; i < incident->answer_count; i++) {
		report_release(memory, incident->answers[i].owner.text);
		report_release(memory, incident->answers[i].type.text);
		report_release(memory, incident->answers[i].value.text);
	}
	report_release(memory, incident->answers);
}

static void release_facts(struct report_memory *memory, struct report_incident *incident)
{
	report_release(memory, incident->id.text);
	report_release(memory, incident->owner.text);
	report_release(memory, incident->network.text);
	report_release(memory, incident->state.text);
	for (size_t i = 0; i < incident->resolver_count; i++) {
		report_release(memory, incident->resolvers[i].ip.text);
	}
	report_release(memory, incident->resolvers);
}

void report_release_incident(struct report_memory *memory, struct report_incident *incident)
{
	release_facts(memory, incident);
	release_texts(memory, &incident->expected);
	release_texts(memory, &incident->seen);
	release_texts(memory, &incident->reasons);
	release_texts(memory, &incident->clients);
	release_texts(memory, &incident->rules);
	release_answers(memory, incident);
	report_release_mails(memory, incident);
	for (size_t i = 0; i < incident->hits_listed; i++) {
		release_hit(memory, &incident->hits[i]);
	}
	report_release(memory, incident->hits);
	*incident = (struct report_incident){ .omitted = 0 };
}
