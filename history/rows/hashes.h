/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A set of keys, of which only hashes of 64 bits are stored.
 *
 * Limits: HISTORY_HASHES_MAX keys, which use 64 MiB of memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_HASHES_MAX ((size_t)4 << 20)

/*! \brief An empty set is all zeros. */
struct history_hashes {
	uint64_t *slots; /*!< 0: the slot is free. */
	size_t room, count;
};

/*! \brief Returns the XXH3 hash of a key; 1 in place of 0. */
uint64_t history_hash(const uint8_t *key, size_t size);

/*! \brief Adds a key. \return False if the set is full or there is no memory. */
bool history_hashes_add(struct history_hashes *hashes, const uint8_t *key, size_t size);

bool history_hashes_has(const struct history_hashes *hashes, const uint8_t *key, size_t size);

void history_hashes_free(struct history_hashes *hashes);
