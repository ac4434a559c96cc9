/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/uuid.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ROOM_FIRST 64

const struct uuid UUID_NSMX = { { 0x6e, 0x73, 0x6d, 0x78, 0x0b, 0x5d, 0x4e, 0x0a, 0x9f, 0x63, 0x1d,
	                          0x2c, 0x7e, 0x90, 0x44, 0xb8 } };

bool uuid_of_name(struct uuid *uuid, const struct uuid *space, const void *name, size_t size)
{
	uint8_t digest[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool done = md != NULL && EVP_DigestInit_ex(md, EVP_sha1(), NULL) == 1 &&
	            EVP_DigestUpdate(md, space->octets, UUID_SIZE) == 1 &&
	            EVP_DigestUpdate(md, name, size) == 1 &&
	            EVP_DigestFinal_ex(md, digest, NULL) == 1;
	EVP_MD_CTX_free(md);
	*uuid = (struct uuid){ .octets = { 0 } };
	if (done) {
		memcpy(uuid->octets, digest, UUID_SIZE);
		uuid->octets[6] = (uint8_t)((uuid->octets[6] & 0x0f) | 0x50);
		uuid->octets[8] = (uint8_t)((uuid->octets[8] & 0x3f) | 0x80);
	}
	return done;
}

void uuid_text(const struct uuid *uuid, char text[UUID_TEXT_SIZE])
{
	static const uint8_t GROUPS[] = { 4, 2, 2, 2, 6 };
	const uint8_t *at = uuid->octets;
	char *to = text;
	for (size_t i = 0; i < sizeof(GROUPS); i++) {
		if (i > 0) {
			*to++ = '-';
		}
		to = text_hex(to, at, GROUPS[i]);
		at += GROUPS[i];
	}
	*to = '\0';
}

static bool is_free(const struct uuid *slot)
{
	static const struct uuid FREE;
	return memcmp(slot, &FREE, UUID_SIZE) == 0;
}

/* The place of a UUID: its own, or a free one. */
static struct uuid *find_slot(const struct uuid_set *set, const struct uuid *uuid)
{
	uint64_t hash;
	memcpy(&hash, uuid, sizeof(hash));
	size_t at = hash & (set->room - 1);
	while (!is_free(&set->slots[at]) && memcmp(&set->slots[at], uuid, UUID_SIZE) != 0) {
		at = (at + 1) & (set->room - 1);
	}
	return &set->slots[at];
}

static bool grow(struct uuid_set *set)
{
	struct uuid_set more = { .room = set->room > 0 ? 2 * set->room : ROOM_FIRST };
	more.slots = calloc(more.room, sizeof(*more.slots));
	if (more.slots == NULL) {
		return false;
	}
	for (size_t i = 0; i < set->room; i++) {
		if (!is_free(&set->slots[i])) {
			*find_slot(&more, &set->slots[i]) = set->slots[i];
		}
	}
	free(set->slots);
	set->slots = more.slots;
	set->room = more.room;
	return true;
}

enum uuid_added uuid_set_add(struct uuid_set *set, const struct uuid *uuid)
{
	if (2 * set->count >= set->room && !grow(set)) {
		return UUID_NO_MEMORY;
	}
	struct uuid *slot = find_slot(set, uuid);
	if (!is_free(slot)) {
		return UUID_KNOWN;
	}
	*slot = *uuid;
	set->count++;
	return UUID_NEW;
}

bool uuid_set_has(const struct uuid_set *set, const struct uuid *uuid)
{
	return set->room > 0 && !is_free(find_slot(set, uuid));
}

void uuid_set_clear(struct uuid_set *set)
{
	set->count = 0;
	if (set->slots != NULL) {
		memset(set->slots, 0, set->room * sizeof(*set->slots));
	}
}

void uuid_set_free(struct uuid_set *set)
{
	free(set->slots);
}
