/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hash with a secret key, for tables whose keys come from the network.
 *
 * The hash is SipHash-1-3 (Aumasson and Bernstein, 2012). An attacker who does not know the key
 * cannot choose octets with equal hashes, and therefore cannot make the chains of a table long.
 * Hashes can be equal by chance, so callers compare the octets, too.
 *
 * The key differs in each run. Hashes must therefore neither appear in events or files nor affect
 * the order of output.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyed_hash {
	uint64_t key[2];
};

/*! \brief Sets a random key with getrandom(2). \return False on failure, with errno set. */
bool keyed_hash_init(struct keyed_hash *hash);

/*! \brief Hashes octets. Every bit of the result may be used as an index. */
uint64_t keyed_hash(const struct keyed_hash *hash, const void *octets, size_t size);
