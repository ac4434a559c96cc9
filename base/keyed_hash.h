/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hash with a secret key, for tables whose keys an outsider chooses.
 *
 * SipHash-1-3 (Aumasson and Bernstein, 2012): without the key nobody can choose octets that
 * collide, so an attacker cannot fill one place of a table or make one chain of it long. A hash
 * may collide by chance: equality is decided by the octets.
 *
 * The value depends on the run. It must not get into events, files or the order of output.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyed_hash {
	uint64_t key[2];
};

/*! \brief Draws a key from getrandom(2). \return False: errno has the error. */
bool keyed_hash_init(struct keyed_hash *hash);

/*! \brief Hashes octets; all bits of the result are equally good. */
uint64_t keyed_hash(const struct keyed_hash *hash, const void *octets, size_t size);
