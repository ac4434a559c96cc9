/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Compares a mail session with learned baselines, and reports what is new about it. Private
 *        to sensor/mail/.
 */
#pragma once

#include "parsers/tls/tls_certificate.h"
#include "sensor/events/event.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_session.h"

/*! \brief Returns true if any rule learns mail. */
bool mail_judge_learns(const struct mail_session_config *config);

/*!
 * \brief Compares a mail with the baselines of a recipient's domain. Baselines are about the mail
 *        as a whole, so of consecutive recipients at one domain only the first is used.
 *
 * \param judged      A hash of the mail and the domain that were compared last; 0 at the start.
 * \param transcript  The transcript of `subject`. The call sets its `at_hand` to `recipient`, and
 *                    to NULL at the end.
 */
void mail_judge_recipient(uint64_t *judged, const struct mail_session_config *config,
                          const struct event_subject *subject, struct transcript *transcript,
                          const struct transcript_recipient *recipient);

/*! \brief Learns that a server has TLS, and what else it has shown in the session. */
void mail_judge_tls(const struct mail_session_config *config, const struct flow *flow,
                    const struct transcript *transcript);

/*!
 * \brief Compares the certificate of a server with the baselines of the server's name. This is the
 *        name that the client asked for (SNI) or, without one, the name in the greeting.
 */
void mail_judge_certificate(const struct mail_session_config *config,
                            const struct event_subject *subject,
                            const struct tls_certificate *certificate);
