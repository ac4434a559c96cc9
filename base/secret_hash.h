/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A fast hash with a secret key, for tables that are searched for each packet and for tables
 *        with millions of rules.
 *
 * The hash is XXH3 with a secret of 192 octets from getrandom(2). Unlike the hash of
 * base/keyed_hash.h it is not cryptographic, but an attacker who does not see hash values cannot
 * choose octets that collide. Hashes may collide by chance, so callers compare the octets, too.
 *
 * The secret is chosen when the program starts, and is the same in all processes that it forks.
 * Hash values differ in each run, and must therefore not affect events, files or the order of
 * output.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_HASH_SIZE 192

/*! \brief The secret of secret_hash(). It does not change after the start. */
extern uint8_t secret_hash_secret[SECRET_HASH_SIZE];

/*! \brief Hashes octets. Every bit of the result may be used as an index. */
uint64_t secret_hash(const void *octets, size_t size);

/*! \brief A hash of 128 bits, for tables that keep it in place of the octets. */
struct secret_hash_wide {
	uint64_t low, high;
};

/*! \brief Hashes octets to 128 bits (XXH3 with the same secret). */
struct secret_hash_wide secret_hash_wide(const void *octets, size_t size);

/*!
 * \brief Does the same as secret_hash() with a given secret, for a table that another process may
 *        have made.
 */
uint64_t secret_hash_with(const void *octets, size_t size, const uint8_t secret[SECRET_HASH_SIZE]);

/*!
 * \brief Draws random octets, at most 256, for a caller that keeps a secret of its own.
 *
 * \return False, with errno set, if getrandom(2) fails. With at most 256 octets it fails only if a
 *         filter of system calls forbids it.
 */
bool secret_hash_draw(void *to, size_t size);

/*! \brief Further random numbers, for callers that compute a hash of their own. */
extern uint64_t secret_hash_numbers[2];
