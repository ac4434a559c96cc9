/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Processes DNS questions: matches them with `name` rules (`--questions`), and reports
 *        questions to a `resolver` indicator that are not answered.
 *
 * A question to such an address shows that its sender uses this resolver, even if there is no
 * answer. It is reported when QUESTIONS_WAIT_NS have passed without a response to the same port
 * with the same identifier, or when the sensor ends; a question that is sent again counts once. If
 * there is a response, the response is reported instead. Time is packet time.
 *
 * Limits: At most QUESTIONS_MAX questions wait; if another one arrives, the oldest is reported
 * early. QUESTIONS_OCTETS_MAX octets of each question are stored.
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
 * \brief Creates the object, which questions_free() frees.
 *
 * \param hits        Borrowed.
 * \param names       Match questions with `name` rules.
 * \param unanswered  Report questions that are not answered. A replay with several workers cannot
 *                    know it: the answer may be in a file that another worker reads.
 *
 * \return NULL when out of memory.
 */
struct questions *questions_new(struct hits *hits, bool names, bool unanswered);

/*! \brief Reports the questions that still wait, and frees the object. NULL is accepted. */
void questions_free(struct questions *questions);

/*! \brief Returns false if questions to this server need not be passed to this object. */
bool questions_concern(struct questions *questions, const struct in6_addr *server);

/*! \brief Processes a question. \param flow The flow from the client to the server. */
void questions_take(struct questions *questions, const struct flow *flow,
                    const struct dns_message *message);

/*! \brief Processes a response. \param flow The flow of its question. */
void questions_answer(struct questions *questions, const struct flow *flow,
                      const struct dns_message *message);

/*! \brief Reports the questions that have waited long enough at this packet time. */
void questions_tick(struct questions *questions, int64_t now_ns);
