/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Processes DNS questions. Matches them with `name` rules (`--questions`), and reports those
 *        that were sent to an address of a `resolver` rule and were not answered.
 *
 * A question to such an address shows that its sender uses this resolver, even if there is no
 * answer. The question is reported when QUESTIONS_WAIT_NS have passed without a response with the
 * same identifier to the same port, or when the sensor ends. A question that is sent again while it
 * waits is reported once. If there is a response, the response is reported instead. Time is packet
 * time.
 *
 * Limits: at most QUESTIONS_MAX questions wait; if another one arrives, the oldest is reported
 * early. At most QUESTIONS_OCTETS_MAX octets of a question are stored.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "sensor/flow/flow.h"
#include "sensor/hits/hits.h"

#define QUESTIONS_MAX        4096
#define QUESTIONS_OCTETS_MAX 512
#define QUESTIONS_WAIT_NS    5000000000LL

struct questions;

/*!
 * \brief Creates the object, which questions_free() frees.
 *
 * \param hits        Borrowed.
 * \param names       True: questions are matched with `name` rules.
 * \param unanswered  True: unanswered questions are reported. Set it to false in a replay with
 *                    several workers, because another worker may read the file with the answer.
 *
 * \return NULL when out of memory.
 */
struct questions *questions_new(struct hits *hits, bool names, bool unanswered);

/*! \brief Reports the questions that still wait, and frees the object. NULL is accepted. */
void questions_free(struct questions *questions);

/*! \brief Returns false if questions to this server need not be passed to questions_take(). */
bool questions_concern(struct questions *questions, const struct in6_addr *server);

/*! \brief Processes a question. \param flow The flow from the client to the server. */
void questions_take(struct questions *questions, const struct flow *flow,
                    const struct dns_message *message);

/*! \brief Processes a response. \param flow The flow from the client to the server. */
void questions_answer(struct questions *questions, const struct flow *flow,
                      const struct dns_message *message);

/*! \brief Reports the questions that have waited for QUESTIONS_WAIT_NS at this packet time. */
void questions_tick(struct questions *questions, int64_t now_ns);
