/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS questions: matched with `name` rules (`--questions`), and those to a `resolver`
 *        indicator that stay without an answer.
 *
 * A question to such an address shows that its sender relies on it, even if nothing answers. It
 * is reported when QUESTIONS_WAIT_NS have passed without a response to the same port with the same
 * identifier, or when the sensor ends; a question that is sent again counts once. If there is a
 * response, that is the hit. Time is packet time.
 *
 * Limits: QUESTIONS_MAX questions wait; for a further one the oldest is reported before its time.
 * QUESTIONS_OCTETS_MAX octets of each are kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "sensor/detect/hits.h"
#include "sensor/events/flow.h"

#define QUESTIONS_MAX        4096
#define QUESTIONS_OCTETS_MAX 512
#define QUESTIONS_WAIT_NS    5000000000LL

struct questions;

/*!
 * \brief Creates it.
 *
 * \param hits   Borrowed.
 * \param names  `name` rules look at questions, too.
 *
 * \return NULL when out of memory.
 */
struct questions *questions_new(struct hits *hits, bool names);

/*! \brief Reports the questions that still wait, and frees. NULL is accepted. */
void questions_free(struct questions *questions);

/*! \brief Returns false if a question to this server need not be taken. */
bool questions_concern(struct questions *questions, const struct in6_addr *server);

/*! \brief Takes a question. \param flow  From the client to the server. */
void questions_take(struct questions *questions, const struct flow *flow,
                    const struct dns_message *message);

/*! \brief Takes a response. \param flow  That of its question. */
void questions_answer(struct questions *questions, const struct flow *flow,
                      const struct dns_message *message);

/*! \brief Reports the questions that have waited long enough at this packet time. */
void questions_tick(struct questions *questions, int64_t now_ns);
