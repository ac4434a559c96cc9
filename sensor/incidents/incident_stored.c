/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

#define WORD_LISTS 4

/* The part of a fixed size. Texts, lists and mails follow, in the order of the members. */
struct head {
	uint8_t id[INCIDENT_ID_SIZE];
	int64_t first_ns, last_ns, cached_until_ns, noted_ns, reported_ns;
	uint64_t hits, mail_sessions;
	uint32_t words[WORD_LISTS];
	uint32_t resolvers, clients, listed, mails;
	uint8_t severity, reported, grown, ended;
	uint8_t unused[4];
};

/* The part of a mail before its texts. */
struct mail_head {
	uint64_t key;
	int64_t time_ns;
	uint32_t rcpts;
	uint8_t accepted, content, tls, unused;
};

static void put_word(struct writer *out, const struct incident_word *word)
{
	writer_u16(out, word->size);
	writer_put(out, word->text, word->size);
}

static void put_words(struct writer *out, const struct incident_list *words)
{
	const struct incident_word *items = words->items;
	for (uint32_t i = 0; i < words->count; i++) {
		put_word(out, &items[i]);
	}
}

static void put_clients(struct writer *out, const struct incident_clients *clients)
{
	for (uint32_t i = 0; i < clients->room; i++) {
		if (clients->hashes[i] != 0) {
			writer_put(out, (const char *)&clients->hashes[i],
			           sizeof(clients->hashes[i]));
		}
	}
	writer_put(out, clients->listed.items, clients->listed.count * sizeof(struct in6_addr));
}

static void put_mails(struct writer *out, const struct incident_list *mails)
{
	const struct incident_mail *items = mails->items;
	for (uint32_t i = 0; i < mails->count; i++) {
		const struct mail_head head = { .key = items[i].key,
			                        .time_ns = items[i].time_ns,
			                        .rcpts = items[i].rcpts.count,
			                        .accepted = items[i].accepted,
			                        .content = items[i].content,
			                        .tls = items[i].tls };
		writer_put(out, (const char *)&head, sizeof(head));
		put_word(out, &items[i].from);
		put_words(out, &items[i].rcpts);
	}
}

static void put_head(struct writer *out, const struct incident *incident)
{
	struct head head = { .first_ns = incident->first_ns,
		             .last_ns = incident->last_ns,
		             .cached_until_ns = incident->cached_until_ns,
		             .noted_ns = incident->noted_ns,
		             .reported_ns = incident->reported_ns,
		             .hits = incident->hits,
		             .mail_sessions = incident->mail_sessions,
		             .words = { incident->expected.count, incident->seen.count,
		                        incident->reasons.count, incident->rules.count },
		             .resolvers = incident->resolvers.count,
		             .clients = incident->clients.count,
		             .listed = incident->clients.listed.count,
		             .mails = incident->mails.count,
		             .severity = (uint8_t)incident->severity,
		             .reported = incident->reported,
		             .grown = incident->grown,
		             .ended = incident->ended };
	memcpy(head.id, incident->id, sizeof(head.id));
	writer_put(out, (const char *)&head, sizeof(head));
}

void incident_store(struct writer *out, const struct incident *incident)
{
	put_head(out, incident);
	put_word(out, &incident->owner);
	put_word(out, &incident->network);
	put_words(out, &incident->expected);
	put_words(out, &incident->seen);
	put_words(out, &incident->reasons);
	put_words(out, &incident->rules);
	writer_put(out, incident->resolvers.items,
	           incident->resolvers.count * sizeof(struct incident_resolver));
	put_clients(out, &incident->clients);
	put_mails(out, &incident->mails);
}

/* Copies `size` octets; zeros if there are not as many. */
static void take(struct cursor *from, void *to, size_t size)
{
	const uint8_t *octets = cursor_take(from, size);
	if (octets != NULL) {
		memcpy(to, octets, size);
	} else {
		memset(to, 0, size);
	}
}

static const char *take_text(struct cursor *from, size_t *size)
{
	*size = cursor_u16(from);
	const uint8_t *text = cursor_take(from, *size);
	if (*size > INCIDENT_TEXT_MAX) {
		from->failed = true;
	}
	return (const char *)text;
}

/* A word without octets is one that is not set. */
static void take_word(struct incident_memory *memory, struct incident_word *word,
                      struct cursor *from)
{
	size_t size;
	const char *text = take_text(from, &size);
	if (!from->failed && size > 0) {
		incident_word_set(memory, word, text, size);
	}
}

static void take_words(struct incident_memory *memory, struct incident_list *words, uint32_t count,
                       uint32_t max, struct cursor *from)
{
	for (uint32_t i = 0; i < count && !from->failed; i++) {
		size_t size;
		const char *text = take_text(from, &size);
		if (!from->failed) {
			incident_words_add(memory, words, max, text, size);
		}
	}
}

static void take_resolvers(struct incident_memory *memory, struct incident_list *resolvers,
                           uint32_t count, struct cursor *from)
{
	for (uint32_t i = 0; i < count && !from->failed; i++) {
		struct incident_resolver resolver;
		take(from, &resolver, sizeof(resolver));
		from->failed = from->failed || resolver.cached_until_ns < 0;
		if (!from->failed) {
			incident_resolvers_add(memory, resolvers, &resolver);
		}
	}
}

static void take_clients(struct incident_memory *memory, struct incident_clients *clients,
                         const struct head *head, struct cursor *from)
{
	for (uint32_t i = 0; i < head->clients && !from->failed; i++) {
		uint64_t hash;
		take(from, &hash, sizeof(hash));
		from->failed = from->failed || hash == 0;
		if (!from->failed) {
			(void)incident_clients_count(memory, clients, hash);
		}
	}
	for (uint32_t i = 0; i < head->listed && !from->failed; i++) {
		struct in6_addr client;
		take(from, &client, sizeof(client));
		if (!from->failed) {
			incident_clients_list(memory, clients, &client);
		}
	}
}

static bool is_good_mail(const struct mail_head *head)
{
	return head->key != 0 && head->time_ns >= 0 && head->rcpts <= INCIDENT_RCPTS_MAX &&
	       head->accepted <= 1 && head->content <= 1 && head->tls <= 1;
}

static void take_mail(struct incident_memory *memory, struct incident_list *mails,
                      struct cursor *from)
{
	struct mail_head head;
	struct incident_mail spare = { .key = 0 }; /* if there is no room */
	take(from, &head, sizeof(head));
	from->failed = from->failed || !is_good_mail(&head);
	if (from->failed) {
		return;
	}
	struct incident_mail *mail = incident_mails_add(memory, mails, head.key);
	if (mail == NULL) {
		mail = &spare;
	}
	mail->time_ns = head.time_ns;
	mail->accepted = head.accepted;
	mail->content = head.content;
	mail->tls = head.tls;
	take_word(memory, &mail->from, from);
	take_words(memory, &mail->rcpts, head.rcpts, INCIDENT_RCPTS_MAX, from);
	incident_word_free(memory, &spare.from);
	incident_words_free(memory, &spare.rcpts);
}

static bool is_good_head(const struct head *head)
{
	bool good = head->first_ns >= 0 && head->last_ns >= 0 && head->cached_until_ns >= 0 &&
	            head->noted_ns >= 0 && head->reported_ns >= 0 && head->severity <= 99 &&
	            head->reported <= 1 && head->grown <= 1 && head->ended <= 1;
	for (size_t i = 0; i < WORD_LISTS; i++) {
		good = good && head->words[i] <= INCIDENT_WORDS_MAX;
	}
	return good && head->resolvers <= INCIDENT_RESOLVERS_MAX &&
	       head->clients <= INCIDENT_CLIENTS_COUNTED && head->listed <= INCIDENT_CLIENTS_MAX &&
	       head->mails <= INCIDENT_MAILS_MAX;
}

static void set_head(struct incident *incident, const struct head *head)
{
	memcpy(incident->id, head->id, sizeof(incident->id));
	incident->first_ns = head->first_ns;
	incident->last_ns = head->last_ns;
	incident->cached_until_ns = head->cached_until_ns;
	incident->noted_ns = head->noted_ns;
	incident->reported_ns = head->reported_ns;
	incident->hits = head->hits;
	incident->mail_sessions = head->mail_sessions;
	incident->severity = head->severity;
	incident->reported = head->reported;
	incident->grown = head->grown;
	incident->ended = head->ended;
}

static void take_lists(struct incident_memory *memory, struct incident *incident,
                       const struct head *head, struct cursor *from)
{
	struct incident_list *const words[WORD_LISTS] = { &incident->expected, &incident->seen,
		                                          &incident->reasons, &incident->rules };
	take_word(memory, &incident->owner, from);
	take_word(memory, &incident->network, from);
	for (size_t i = 0; i < WORD_LISTS; i++) {
		take_words(memory, words[i], head->words[i], INCIDENT_WORDS_MAX, from);
	}
	take_resolvers(memory, &incident->resolvers, head->resolvers, from);
	take_clients(memory, &incident->clients, head, from);
	for (uint32_t i = 0; i < head->mails && !from->failed; i++) {
		take_mail(memory, &incident->mails, from);
	}
}

struct incident *incident_restore(struct incident_memory *memory, const uint8_t *octets,
                                  size_t size)
{
	struct cursor from = cursor_init(octets, size);
	struct head head;
	take(&from, &head, sizeof(head));
	if (from.failed || !is_good_head(&head)) {
		return NULL;
	}
	struct incident *incident = calloc(1, sizeof(*incident));
	if (incident == NULL) {
		return NULL;
	}
	set_head(incident, &head);
	take_lists(memory, incident, &head, &from);
	if (from.failed || cursor_left(&from) > 0) {
		incident_free(memory, incident);
		return NULL;
	}
	return incident;
}
