/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds hits in one SMTP session, and writes events of hits, interceptions and mails.
 *
 * Rules are matched with a recipient when the server has replied, or its reply was lost, so that
 * the hit states whether the server accepted the recipient. All else is matched at once.
 *
 * A session to a watched address is reported twice: when it names a recipient or starts
 * TLS, and with its whole transcript at its end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/keyed_hash.h"
#include "base/pool.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/hits.h"
#include "sensor/events/flow.h"

struct mail_session;

struct mail_session_config {
	struct memory_share *texts; /*!< For what sessions keep besides; NULL: no limit. */
	struct pool *pool; /*!< Allocates sessions; its objects have mail_session_size() octets. */
	struct hits *hits;
	struct correlator
	        *correlator; /*!< Has the watched addresses, and counts intercepted mail. */
	struct counters *counters;
	uint64_t *idn_used; /*!< Work for U-labels that octets of sessions have not paid for yet; 0.
	                     */
	bool log;           /*!< `--log smtp` */
	struct keyed_hash key; /*!< To remember hits by. */
};

/*!
 * \brief The second reading of a session, from the beginning of a line on: it looks for hits,
 *        which are marked as ambiguous, as are those of the session while both exist. The
 *        session alone makes log events, counts, and the last event of an interception.
 *
 * \param before  The octets before the first one that differs, of either side.
 * \param again   Out: the last so many of them are to be fed to the second reading.
 *
 * \return NULL when out of memory. To be freed before `session`.
 */
struct mail_session *mail_session_fork(struct mail_session *session, const uint8_t *before,
                                       size_t size, size_t *again);

/*! \brief Returns true if both will read what follows in the same way. */
bool mail_session_agrees(const struct mail_session *session, const struct mail_session *second);

/*! \brief Returns the octets of a session, for its pool. */
size_t mail_session_size(void);

/*! \brief Creates a session. \param config  Borrowed until mail_session_free(). \return NULL when
 *         out of memory. */
struct mail_session *mail_session_new(const struct mail_session_config *config,
                                      const struct flow *flow);

enum mail_session_state {
	MAIL_SESSION_OVER,   /*!< No more octets. */
	MAIL_SESSION_MORE,   /*!< More octets. */
	MAIL_SESSION_SECRET, /*!< The same; these octets, or earlier ones, were credentials. */
};

/*!
 * \brief Matches the server of a connection that had no payload.
 *
 * \param anchor  Identifies the connection among those between the same ports.
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
 * \return What the session wants next.
 */
enum mail_session_state mail_session_feed(struct mail_session *session, bool from_client,
                                          const uint8_t *bytes, size_t size, uint32_t seq,
                                          int64_t time_ns);

/*! \brief Reports that bytes of one side are missing here. */
void mail_session_gap(struct mail_session *session, bool from_client, size_t bytes);

/*! \brief Ends the session, emits its pending events, and frees it. NULL is accepted. */
void mail_session_free(struct mail_session *session);
