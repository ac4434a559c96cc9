/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages that are looked at again later, first in first out.
 *
 * Limit: DEFERRED_SIZE_MAX octets of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEFERRED_SIZE_MAX ((size_t)16 << 20)

struct deferred;

/*! \return NULL without memory. */
struct deferred *deferred_new(void);
void deferred_free(struct deferred *deferred);

/*! \return False: there is no room. */
bool deferred_put(struct deferred *deferred, const uint8_t *wire, size_t size, int64_t time_ns);

/*! \brief The first one; false when there is none. It lives until deferred_drop(). */
bool deferred_first(const struct deferred *deferred, const uint8_t **wire, size_t *size,
                    int64_t *time_ns);

/*! \brief Forgets the first one. */
void deferred_drop(struct deferred *deferred);
