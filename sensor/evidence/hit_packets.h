/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Passes the packets of a hit to evidence.h: finds out which packets belong to the hit, and
 *        writes the comment.
 */
#pragma once

#include "sensor/events/event.h"
#include "sensor/evidence/evidence.h"

/*!
 * \brief Chooses the file for the packets of a hit in this message or session.
 *
 * \param evidence  NULL: no packets are written.
 *
 * \return The name of the file, valid until evidence_settle(); NULL if there is none. The packets
 *         are written only if hit_packets_comment() is called for the hit, too.
 */
const char *hit_packets_choose(struct evidence *evidence, const struct event_subject *subject,
                               const struct observation *seen);

/*! \brief Adds the comment of a hit to its packet: `nsmx event.id=... rule=... what=... value=...`.
 */
void hit_packets_comment(struct evidence *evidence, const struct event_subject *subject,
                         const struct event_hit *hit, const char *event_id);
