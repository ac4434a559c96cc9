/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The registrable domain of a name (Public Suffix List), with a cache.
 *
 * Limit: DOMAINS_MAX names, 16 bytes each; a new one replaces another. Names are
 * compared by a seeded hash, so that senders of names cannot choose collisions.
 */
#pragma once

#include <stddef.h>

#define DOMAINS_MAX 16384

struct domains;

/*! \return NULL when out of memory. Without the list no name has a domain. */
struct domains *domains_new(void);
void domains_free(struct domains *domains);

/*!
 * \param name  As text, in lower case, terminated.
 *
 * \return The end of `name` that is the domain; NULL when it has none.
 */
const char *domains_registered(struct domains *domains, const char *name, size_t size);
