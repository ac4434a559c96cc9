/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The registrable domain of a name (Public Suffix List), remembered for
 *        the names that were asked for last.
 *
 * Limit: DOMAINS_MAX names, 16 bytes each; a new one takes the place of another.
 * Names are told apart by a hash with a seed that no sender of names knows.
 */
#pragma once

#include <stddef.h>

#define DOMAINS_MAX 16384

struct domains;

/*! \return NULL without memory; without the list it knows no domain. */
struct domains *domains_new(void);
void domains_free(struct domains *domains);

/*!
 * \param name  As text, in lower case, terminated.
 *
 * \return The end of `name` that is the domain; NULL when it has none.
 */
const char *domains_registered(struct domains *domains, const char *name, size_t size);
