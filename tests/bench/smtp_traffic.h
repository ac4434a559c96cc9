/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief SMTP sessions, many at a time, their packets interleaved.
 *
 * Mails of 1 KB to 100 KB (as many of 1-2 KB as of 64-100 KB) in segments of
 * MSS size, one acknowledgement for two; one to twenty recipients, some refused;
 * half pipelined (RFC 2920), some in BDAT chunks (RFC 3030), some STARTTLS.
 */
#pragma once

#include "tests/bench/rng.h"
#include "tests/bench/writer.h"

struct smtp_traffic;

/*!
 * \param open      Sessions open at once.
 * \param total     Sessions in all; 0: without end.
 * \param mail_max  Octets of a mail; 0: 100 KB.
 * \return NULL: out of memory.
 */
struct smtp_traffic *smtp_traffic_new(uint64_t seed, uint32_t open, uint32_t total,
                                      size_t mail_max);
void smtp_traffic_free(struct smtp_traffic *traffic);

/*! \brief One packet of one session. False when all are over. */
bool smtp_traffic_step(struct smtp_traffic *traffic, struct writer *writer);
