/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One SMTP session: its bytes in, observations and log events out.
 *
 * A recipient is matched when the server's answer to it is known, or known to be
 * lost, so that the hit says whether the server took the mail. Everything else
 * is matched at once.
 *
 * A session to a watched address is told of twice: when it names a recipient or
 * turns to TLS, and with its whole transcript at its end.
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
	struct pool *pool; /*!< For sessions, of mail_session_size(). */
	struct hits *hits;
	struct correlator *correlator; /*!< Knows watched servers, counts intercepted mail. */
	struct counters *counters;
	bool log; /*!< `--log smtp` */
};

/*! \brief Octets of a session. */
size_t mail_session_size(void);

/*! \param config  Borrowed for the session's life. \return NULL without memory. */
struct mail_session *mail_session_new(const struct mail_session_config *config,
                                      const struct flow *flow);

/*! \brief Says that bytes are about to come. */
void mail_session_expect(const struct mail_session *session);

/*!
 * \brief Takes the next bytes of one side.
 *
 * \param seq  TCP sequence number of the first: the identity of what they say.
 *
 * \return False when no more is wanted.
 */
bool mail_session_feed(struct mail_session *session, bool from_client, const uint8_t *bytes,
                       size_t size, uint32_t seq, int64_t time_ns);

/*! \brief Bytes of one side are missing here. */
void mail_session_gap(struct mail_session *session, bool from_client, size_t bytes);

/*! \brief Ends the session: what is pending is told. NULL is nothing. */
void mail_session_free(struct mail_session *session);
