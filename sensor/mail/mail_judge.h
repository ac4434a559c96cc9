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
 * \brief Judges a mail for the domain of a recipient. Baselines take a mail as a whole, so only its
 *        first recipient at a domain counts.
 *
 * \param judged      Identifies the mail and domain that were judged last; 0 at the start.
 * \param transcript  That of `subject`, in which the recipient is at hand meanwhile.
 */
void mail_judge_recipient(uint64_t *judged, const struct mail_session_config *config,
                          const struct event_subject *subject, struct transcript *transcript,
                          const struct transcript_recipient *recipient);

/*! \brief Learns that a server has TLS. */
void mail_judge_tls(const struct mail_session_config *config, const struct flow *flow,
                    const struct transcript *transcript);

/*!
 * \brief Judges the certificate of a server. Its name is that which the client asked for, or the
 *        one in its greeting.
 */
void mail_judge_certificate(const struct mail_session_config *config,
                            const struct event_subject *subject,
                            const struct tls_certificate *certificate);
