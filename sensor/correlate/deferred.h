/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages that are looked at again later, first in first out.
 *
 * Limit: LATER_SIZE octets of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LATER_SIZE ((size_t)16 << 20)

struct later;

/*! \return NULL without memory. */
struct later *later_new(void);
void later_free(struct later *later);

/*! \return False: there is no room. */
bool later_put(struct later *later, const uint8_t *wire, size_t size, int64_t time_ns);

/*! \brief The first one; false when there is none. It lives until later_drop(). */
bool later_first(const struct later *later, const uint8_t **wire, size_t *size, int64_t *time_ns);

/*! \brief Forgets the first one. */
void later_drop(struct later *later);
