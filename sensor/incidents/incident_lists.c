/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_lists.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST   4
#define HASHES_LEAST 16

static bool take(struct incident_memory *memory, size_t size)
{
	if (size > memory->limit - memory->used) {
		return false;
	}
	memory->used += size;
	return true;
}

/* Makes room for one more item. */
static bool has_room(struct incident_memory *memory, struct incident_list *list, size_t item,
                     uint32_t max)
{
	uint32_t room = list->room > 0 ? 2 * list->room : ROOM_LEAST;
	if (list->count < max && list->count < list->room) {
		return true;
	}
	if (list->count >= max || !take(memory, (room - list->room) * item)) {
		memory->omitted++;
		return false;
	}
	void *items = realloc(list->items, room * item);
	if (items == NULL) {
		memory->used -= (room - list->room) * item;
		memory->omitted++;
		return false;
	}
	list->items = items;
	list->room = room;
	return true;
}

void incident_list_free(struct incident_memory *memory, struct incident_list *list, size_t item)
{
	memory->used -= list->room * item;
	free(list->items);
	*list = (struct incident_list){ .items = NULL };
}

static uint32_t hash_of(const char *text, size_t size)
{
	return (uint32_t)secret_hash(text, size);
}

void incident_word_set(struct incident_memory *memory, struct incident_word *word, const char *text,
                       size_t size)
{
	if (word->text != NULL || size > UINT32_MAX || !take(memory, size + 1)) {
		return;
	}
	word->text = malloc(size + 1);
	if (word->text == NULL) {
		memory->used -= size + 1;
		return;
	}
	memcpy(word->text, text, size);
	word->text[size] = '\0';
	word->size = (uint32_t)size;
	word->hash = hash_of(text, size);
}

void incident_word_free(struct incident_memory *memory, struct incident_word *word)
{
	if (word->text != NULL) {
		memory->used -= word->size + 1;
		free(word->text);
	}
}

void incident_words_add(struct incident_memory *memory, struct incident_list *words, uint32_t max,
                        const char *text, size_t size)
{
	struct incident_word *items = words->items;
	uint32_t hash = hash_of(text, size);
	for (uint32_t i = 0; i < words->count; i++) {
		if (items[i].hash == hash && items[i].size == size &&
		    memcmp(items[i].text, text, size) == 0) {
			return;
		}
	}
	struct incident_word word = { .text = NULL };
	if (!has_room(memory, words, sizeof(word), max)) {
		return;
	}
	incident_word_set(memory, &word, text, size);
	if (word.text == NULL) {
		memory->omitted++;
		return;
	}
	((struct incident_word *)words->items)[words->count++] = word;
}

void incident_words_free(struct incident_memory *memory, struct incident_list *words)
{
	struct incident_word *items = words->items;
	for (uint32_t i = 0; i < words->count; i++) {
		incident_word_free(memory, &items[i]);
	}
	incident_list_free(memory, words, sizeof(*items));
}

void incident_resolvers_add(struct incident_memory *memory, struct incident_list *resolvers,
                            const struct incident_resolver *resolver)
{
	struct incident_resolver *items = resolvers->items;
	for (uint32_t i = 0; i < resolvers->count; i++) {
		if (IN6_ARE_ADDR_EQUAL(&items[i].ip, &resolver->ip)) {
			if (resolver->cached_until_ns > items[i].cached_until_ns) {
				items[i].cached_until_ns = resolver->cached_until_ns;
			}
			return;
		}
	}
	if (has_room(memory, resolvers, sizeof(*resolver), INCIDENT_RESOLVERS_MAX)) {
		((struct incident_resolver *)resolvers->items)[resolvers->count++] = *resolver;
	}
}

/* \return The slot of a hash, or the one where it would be. */
static uint64_t *slot_of(const struct incident_clients *clients, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & (clients->room - 1);
	while (clients->hashes[at] != 0 && clients->hashes[at] != hash) {
		at = (at + 1) & (clients->room - 1);
	}
	return &clients->hashes[at];
}

/* At most half of the slots are used. */
static bool extend_hashes(struct incident_memory *memory, struct incident_clients *clients)
{
	struct incident_clients larger = *clients;
	if (clients->count < clients->room / 2) {
		return true;
	}
	larger.room = clients->room > 0 ? 2 * clients->room : HASHES_LEAST;
	if (clients->count >= INCIDENT_CLIENTS_COUNTED ||
	    !take(memory, larger.room * sizeof(uint64_t))) {
		return false;
	}
	larger.hashes = calloc(larger.room, sizeof(uint64_t));
	if (larger.hashes == NULL) {
		memory->used -= larger.room * sizeof(uint64_t);
		return false;
	}
	for (uint32_t i = 0; i < clients->room; i++) {
		if (clients->hashes[i] != 0) {
			*slot_of(&larger, clients->hashes[i]) = clients->hashes[i];
		}
	}
	memory->used -= clients->room * sizeof(uint64_t);
	free(clients->hashes);
	*clients = larger;
	return true;
}

bool incident_clients_count(struct incident_memory *memory, struct incident_clients *clients,
                            uint64_t hash)
{
	if (clients->room > 0 && *slot_of(clients, hash) == hash) {
		return false;
	}
	if (!extend_hashes(memory, clients)) {
		memory->omitted++;
		return false;
	}
	*slot_of(clients, hash) = hash;
	clients->count++;
	return true;
}

void incident_clients_list(struct incident_memory *memory, struct incident_clients *clients,
                           const struct in6_addr *client)
{
	if (clients->listed.count < INCIDENT_CLIENTS_MAX &&
	    has_room(memory, &clients->listed, sizeof(*client), INCIDENT_CLIENTS_MAX)) {
		((struct in6_addr *)clients->listed.items)[clients->listed.count++] = *client;
	}
}

void incident_clients_add(struct incident_memory *memory, struct incident_clients *clients,
                          const struct in6_addr *client)
{
	uint64_t hash = secret_hash_with(client, sizeof(*client), memory->secret) | 1;
	if (incident_clients_count(memory, clients, hash)) {
		incident_clients_list(memory, clients, client);
	}
}

void incident_clients_free(struct incident_memory *memory, struct incident_clients *clients)
{
	memory->used -= clients->room * sizeof(uint64_t);
	free(clients->hashes);
	clients->hashes = NULL;
	clients->room = clients->count = 0;
	incident_list_free(memory, &clients->listed, sizeof(struct in6_addr));
}

struct incident_mail *incident_mails_add(struct incident_memory *memory,
                                         struct incident_list *mails, uint64_t key)
{
	struct incident_mail *items = mails->items;
	for (uint32_t i = mails->count; i > 0; i--) {
		if (items[i - 1].key == key) {
			return &items[i - 1];
		}
	}
	if (!has_room(memory, mails, sizeof(*items), INCIDENT_MAILS_MAX)) {
		return NULL;
	}
	struct incident_mail *mail = (struct incident_mail *)mails->items + mails->count++;
	*mail = (struct incident_mail){ .key = key };
	return mail;
}

void incident_mails_free(struct incident_memory *memory, struct incident_list *mails)
{
	struct incident_mail *items = mails->items;
	for (uint32_t i = 0; i < mails->count; i++) {
		incident_word_free(memory, &items[i].from);
		incident_words_free(memory, &items[i].rcpts);
	}
	incident_list_free(memory, mails, sizeof(*items));
}
