/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An incident as octets, with which a later run continues it. Private to sensor/incidents/.
 *
 * Integers of fixed size are in host byte order, because the octets stay on the host. The reader
 * trusts none of them: sizes, counts, flags and times are checked, and lists are filled through the
 * functions that keep their bounds.
 */
#pragma once

#include "base/writer.h"
#include "sensor/incidents/incident.h"

/*! \brief The largest size of an incident as octets. */
#define INCIDENT_STORED_MAX ((size_t)16 << 20)

/*! \brief Writes an incident. */
void incident_store(struct writer *out, const struct incident *incident);

/*!
 * \brief Reads an incident from octets of any origin.
 *
 * Values for which `memory` has no room are left out, and counted there.
 *
 * \return The incident, which incident_free() frees; NULL if the octets are not a valid incident,
 *         or when out of memory.
 */
struct incident *incident_restore(struct incident_memory *memory, const uint8_t *octets,
                                  size_t size);
