/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes and reads the parts of keys: names and numbers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/dns_name.h"

/*! \brief Writes the labels of a name from the root on, then a zero. \return The octets written. */
size_t key_put_name(uint8_t *to, const uint8_t *name, size_t size);

/*! \brief Reads a name that key_put_name() wrote, into the caller's memory. \return The size of the
 * name; 0 if the octets are not a name, and the cursor then fails. */
uint8_t key_read_name(struct cursor *c, uint8_t name[DNS_NAME_MAX]);

/*! \brief Writes a number of `size` octets, the most significant one first. */
size_t key_put_number(uint8_t *to, uint64_t number, size_t size);

uint64_t key_read_number(struct cursor *c, size_t size);
