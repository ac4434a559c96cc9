/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A fast hash with a secret key, for look-ups of each packet and for millions of rules.
 *
 * XXH3 with a secret of 192 octets from getrandom(2), all of which it mixes with the input. It is
 * not a cryptographic hash as that of base/keyed_hash.h is, but nobody who does not see its values
 * can choose octets that collide. A hash may collide by chance: equality is decided by the octets.
 *
 * The secret is drawn when the program starts, and is the same in all processes that it forks. The
 * value depends on the run. It must not get into events, files or the order of output.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SECRET_HASH_SIZE 192

/*! \brief Hashes octets; all bits of the result are equally good. */
uint64_t secret_hash(const void *octets, size_t size);

/*! \brief The same with another secret, to test it. */
uint64_t secret_hash_with(const uint8_t secret[SECRET_HASH_SIZE], const void *octets, size_t size);

/*! \brief More of the secret, for a hash that is written out where it is used. */
extern uint64_t secret_hash_numbers[2];
