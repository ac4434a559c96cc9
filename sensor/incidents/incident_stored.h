/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes an incident as octets, and reads it in a later run, which continues the incident.
 *        Private to sensor/incidents/.
 *
 * Integers of fixed size are in host byte order, because the octets stay on the host. The reader
 * trusts none of the octets: it checks sizes, counts, flags and times, and fills lists through the
 * functions of incident_lists.h, which keep the bounds.
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
 * Values for which `memory` has no room are left out, and counted in `omitted` of `memory`.
 *
 * \return The incident, which incident_free() frees; NULL if the octets are not a valid incident,
 *         or when out of memory.
 */
struct incident *incident_restore(struct incident_memory *memory, const uint8_t *octets,
                                  size_t size);
