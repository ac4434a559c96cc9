/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the registrable domain of a name by the Public Suffix List. The results of look-ups
 *        in the list are cached.
 *
 * Limit: the cache has DOMAINS_MAX entries of 16 bytes each; the entry of a new name replaces that
 * of an older one. Names are compared by a hash with a secret key, so that an attacker cannot
 * choose names that collide.
 */
#pragma once

#include <stddef.h>

#define DOMAINS_MAX 16384

struct domains;

/*!
 * \brief Creates an empty cache. The list is the installed one, or that in libpsl if it is newer.
 *        \return NULL when out of memory.
 */
struct domains *domains_new(void);
void domains_free(struct domains *domains);

/*!
 * \brief Finds the registrable domain of a name.
 *
 * \param name  The name as text in lower case, terminated by NUL.
 * \param size  Octets of the text, without the NUL.
 *
 * \return A pointer to the start of the domain in `name`; NULL if the name has no such domain.
 */
const char *domains_registered(struct domains *domains, const char *name, size_t size);
