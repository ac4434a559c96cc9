/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The ports that are watched: `dns=53;smtp=25,587,2525`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTS_DEFAULT "dns=53;smtp=25,587,2525"

struct port_set {
	uint8_t bits[65536 / 8];
};

struct ports {
	struct port_set dns;
	struct port_set smtp;
};

static inline bool port_set_has(const struct port_set *set, uint16_t port)
{
	return (set->bits[port / 8] >> (port % 8) & 1) != 0;
}

/*!
 * \brief Reads a specification; a protocol it does not name keeps its ports.
 *
 * \param ports  Changed only on success.
 * \param error  On failure: what is wrong, and what would be right.
 *
 * \return False on failure.
 */
bool ports_parse(struct ports *ports, const char *spec, char *error, size_t error_size);
