/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds hits in one SMTP session, and writes events of hits, interceptions and mails.
 *
 * A recipient is matched with rules only when the server's reply to it has come or was lost, so
 * that the hit can state whether the server accepted the recipient. All other observations are
 * matched at once.
 *
 * A session to a watched address is reported twice: first when the client names a recipient, starts
 * TLS or may send content, and again with the whole transcript when the session ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/keyed_hash.h"
#include "base/memory/pool.h"
#include "sensor/correlate/correlator.h"
#include "sensor/flow/flow.h"
#include "sensor/hits/hits.h"
#include "sensor/mail/mail_host.h"
#include "sensor/mail/mail_rows.h"

struct mail_session;

struct mail_session_config {
	/*! The share of the memory for texts that sessions store; NULL: no limit. */
	struct memory_share *texts;
	struct pool *pool; /*!< Allocates sessions; its objects have mail_session_size() octets. */
	struct hits *hits;
	/*! Knows the watched addresses, and counts intercepted mail. */
	struct correlator *correlator;
	struct counters *counters;
	struct mail_host_budget *hosts; /*!< A budget for conversions that all sessions share. */
	struct mail_rows *rows;         /*!< Makes the rows of the history. */
	struct baseline *baseline;      /*!< Learned baselines; NULL: nothing is learned. */
	bool log;                       /*!< `--log smtp` */
	struct keyed_hash key;          /*!< For hashes of hits and of recipients' domains. */
};

/*!
 * \brief Creates the second reading of a session, because there are copies of the next octets that
 *        differ.
 *
 * The second reading begins at the start of a line. While both readings exist, the hits of both are
 * marked as ambiguous. Only the first reading emits log events, emits the final event of an
 * interception, and counts.
 *
 * \param before  The octets that the same side sent before the first octet that differs.
 * \param again   Receives the number of octets, at the end of `before`, that the caller must feed
 *                to the second reading first.
 *
 * \return The second reading, which must be freed before `session`; NULL when out of memory.
 */
struct mail_session *mail_session_fork(struct mail_session *session, const uint8_t *before,
                                       size_t size, size_t *again);

/*! \brief Returns true if both readings will read all further octets in the same way. */
bool mail_session_agrees(const struct mail_session *session, const struct mail_session *second);

/*! \brief Returns the size of a session, for its pool. */
size_t mail_session_size(void);

/*! \brief Creates a session. \param config  Borrowed until mail_session_free(). \return NULL when
 *         out of memory. */
struct mail_session *mail_session_new(const struct mail_session_config *config,
                                      const struct flow *flow);

enum mail_session_state {
	MAIL_SESSION_OVER, /*!< The session needs no more octets. */
	MAIL_SESSION_MORE, /*!< The session needs more octets. */
	/*! The session needs more octets, and has read credentials in these or earlier octets. */
	MAIL_SESSION_SECRET,
};

/*!
 * \brief Matches the server of a connection that had no payload.
 *
 * \param anchor  A number that distinguishes the connection from others between the same addresses
 *                and ports.
 *
 * \return True if there was a hit.
 */
bool mail_session_attempt(const struct mail_session_config *config, const struct flow *flow,
                          uint32_t anchor, enum event_connection connection);

/*! \brief Prefetches the memory of a session that will be fed next. */
void mail_session_expect(const struct mail_session *session);

/*!
 * \brief Takes the next bytes of one side.
 *
 * \param seq  TCP sequence number of the first byte, which becomes part of event.id.
 *
 * \return Whether the session needs more octets.
 */
enum mail_session_state mail_session_feed(struct mail_session *session, bool from_client,
                                          const uint8_t *bytes, size_t size, uint32_t seq,
                                          int64_t time_ns);

/*! \brief Reports that bytes of one side are missing here. */
void mail_session_gap(struct mail_session *session, bool from_client, size_t bytes);

/*! \brief Ends the session, emits its pending events, and frees it. NULL is allowed. */
void mail_session_free(struct mail_session *session);
