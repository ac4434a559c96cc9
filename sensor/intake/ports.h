/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The watched ports, as in `dns=53;smtp=25,587,2525`.
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
 * \brief Parses a specification. A protocol that it does not name keeps its ports.
 *
 * \param ports  Changed only on success.
 * \param error  On failure: the part that is wrong, and the expected syntax.
 *
 * \return False on failure.
 */
bool ports_parse(struct ports *ports, const char *spec, char *error, size_t error_size);
