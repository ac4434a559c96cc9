/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One SMTP session: bytes in; hits, interceptions and log events out.
 *
 * A recipient is matched when the server's reply is known, or known to be lost, so that
 * the hit shows whether the server accepted it. Everything else is matched at once.
 *
 * A session to a watched address is reported twice: when it names a recipient or starts
 * TLS, and with its whole transcript at its end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/hits.h"
#include "sensor/events/flow.h"

struct mail_session;

struct mail_session_config {
	struct pool *pool; /*!< Allocates sessions; its items have mail_session_size() octets. */
	struct hits *hits;
	struct correlator *correlator; /*!< Knows watched servers, counts intercepted mail. */
	struct counters *counters;
	bool log; /*!< `--log smtp` */
};

/*! \brief The size of a session, for its pool. */
size_t mail_session_size(void);

/*! \param config  Borrowed for the session's life. \return NULL when out of memory. */
struct mail_session *mail_session_new(const struct mail_session_config *config,
                                      const struct flow *flow);

/*! \brief Prefetches a session that is about to be fed. */
void mail_session_expect(const struct mail_session *session);

/*!
 * \brief Takes the next bytes of one side.
 *
 * \param seq  TCP sequence number of the first byte: it identifies the events.
 *
 * \return False when no more is wanted.
 */
bool mail_session_feed(struct mail_session *session, bool from_client, const uint8_t *bytes,
                       size_t size, uint32_t seq, int64_t time_ns);

/*! \brief Bytes of one side are missing here. */
void mail_session_gap(struct mail_session *session, bool from_client, size_t bytes);

/*! \brief Ends the session, emits what is pending, and frees. NULL is accepted. */
void mail_session_free(struct mail_session *session);
