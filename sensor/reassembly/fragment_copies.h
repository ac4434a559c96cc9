/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Keeps the captured fragments of a datagram, so that the datagram can be read in two ways
 *        if its fragments overlap.
 *
 * Ownership: the list owns its copies. The caller bounds their number and size. Private to
 * sensor/reassembly/.
 */
#pragma once

#include <sys/queue.h>

#include "sensor/reassembly/fragments.h"

/*! \brief Selects the copy of an octet that is used if there are several. */
enum fragment_reading { FRAGMENT_READING_FIRST, FRAGMENT_READING_LAST, FRAGMENT_READINGS };

struct fragment_copy;
TAILQ_HEAD(fragment_copies, fragment_copy);

/*! \brief Adds a copy of a fragment. \return False when out of memory. */
bool fragment_copies_add(struct fragment_copies *copies, const struct fragment *fragment);

/*! \brief Returns true if an octet of the fragment differs from a copy of the same octet. */
bool fragment_copies_differ(const struct fragment_copies *copies, const struct fragment *fragment);

/*!
 * \brief Writes the first `size` octets of a datagram to `made`. The copies must contain all these
 *        octets.
 */
void fragment_copies_read(const struct fragment_copies *copies, enum fragment_reading reading,
                          uint8_t *made, size_t size);

void fragment_copies_clear(struct fragment_copies *copies);
