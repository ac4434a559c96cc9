/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses the watched ports, such as `dns=53;smtp=25,587,2525`, and the ports of tunnels,
 *        such as `vxlan=48879,65330,geneve=10800`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/frame.h"

#define PORTS_DEFAULT "dns=53;smtp=25,587,2525"

struct ports {
	struct port_set dns;
	struct port_set smtp;
	struct tunnel_ports tunnels;
};

/*!
 * \brief Parses a specification. A protocol that it does not name keeps its ports.
 *
 * \param ports  Changed only on success.
 * \param error  Receives, on failure, the invalid part and the expected syntax.
 *
 * \return False on failure.
 */
bool ports_parse(struct ports *ports, const char *spec, char *error, size_t error_size);

/*!
 * \brief Parses UDP ports of tunnels, and adds them to `ports`.
 *
 * The names of tunnels are those in base/encapsulation.h. A name is followed by `=` and ports that
 * are separated by commas.
 *
 * \param ports  Changed only on success.
 * \param error  As for ports_parse().
 *
 * \return False on failure, or when there are more than TUNNEL_PORTS_MAX.
 */
bool ports_parse_tunnels(struct tunnel_ports *ports, const char *spec, char *error,
                         size_t error_size);
