/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/mailboxes.h"

#include <string.h>

#include "base/ascii.h"
#include "rules/index/names.h"

struct key {
	uint8_t bytes[DNS_NAME_MAX + MAILBOX_LOCAL_MAX];
	size_t size;
};

int mailbox_local_fold(const char *local, size_t size, char folded[MAILBOX_LOCAL_MAX])
{
	size_t used = 0;
	for (size_t at = 0; at < size; at++) {
		if (local[at] == '"') {
			continue;
		}
		at += local[at] == '\\' && at + 1 < size;
		if (used == MAILBOX_LOCAL_MAX) {
			return -1;
		}
		folded[used++] = ascii_lower(local[at]);
	}
	return (int)used;
}

/*!
 * \brief Makes a key of a domain and a local part. The final zero of the domain separates the two
 *        parts.
 */
static int make_key(struct key *key, const uint8_t *wire, size_t wire_size, const char *local,
                    size_t local_size)
{
	if (wire_size > DNS_NAME_MAX || local_size > MAILBOX_LOCAL_MAX) {
		return -1;
	}
	memcpy(key->bytes, wire, wire_size);
	if (local_size > 0) {
		memcpy(key->bytes + wire_size, local, local_size);
	}
	key->size = wire_size + local_size;
	return 0;
}

uint32_t mailboxes_add(struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                       const char *local, size_t local_size)
{
	struct key key;
	if (make_key(&key, wire, wire_size, local, local_size) != 0) {
		return INTERN_NONE;
	}
	return intern_add(&mailboxes->keys, key.bytes, key.size);
}

uint32_t mailboxes_find(const struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                        const char *local, size_t local_size)
{
	struct key key;
	if (make_key(&key, wire, wire_size, local, local_size) != 0) {
		return INTERN_NONE;
	}
	return intern_find(&mailboxes->keys, key.bytes, key.size);
}

void mailbox_split(const uint8_t *key, size_t size, size_t *domain_size)
{
	size_t at = 0;
	while (at < size && key[at] != 0) {
		at += 1u + key[at];
	}
	*domain_size = at + 1;
}
