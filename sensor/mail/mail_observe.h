/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the observations for the host name or the mailbox in a line of a mail session.
 *        Private to sensor/mail/.
 *
 * The caller sets `server` and `time_ns` of the observations. The observations have views into
 * struct mail_observations, and into the texts from which they were made.
 */
#pragma once

#include "parsers/mail/mailbox.h"
#include "parsers/smtp/smtp.h"
#include "rules/observation.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_session.h"

/*! \brief The largest number of observations for a mailbox. Each reading gives up to three: the
 *         mailbox, the greeting of the server, and that the session has no TLS. */
#define MAIL_OBSERVE_MAX (3 * MAILBOX_READINGS_MAX)

struct mail_observations {
	unsigned count; /*!< Elements of `seen`. */
	/*! The first one identifies the line, so that both readings of a session together report
	 * each hit once. */
	struct observation seen[MAIL_OBSERVE_MAX];
	struct dns_name names[MAILBOX_READINGS_MAX];
	struct dns_name banner;
};

/*! \brief Does the same as mail_host_read(), and counts a name in `names_unjudged` if the budget is
 *         exhausted. \return False if the text is not a host name. */
bool mail_observe_name(const struct mail_session_config *config, const char *text, size_t size,
                       struct dns_name *name);

/*! \brief Observes a host name. If it contains a NUL, there can be two observations: of the whole
 *         name, and of the part before the NUL, at which Postfix ends the name. */
void mail_observe_host(struct mail_observations *made, const struct mail_session_config *config,
                       enum observation_kind kind, struct smtp_text host);

/*!
 * \brief Observes a mailbox in all its readings. The caller matches them as one message, so that a
 *        rule hits each value at most once.
 *
 * \param transcript  What the session has shown so far. If `kind` is KIND_RCPT and there are pins
 *                    for them, the greeting and the lack of TLS are observed, too.
 */
void mail_observe_mailbox(struct mail_observations *made, const struct mail_session_config *config,
                          enum observation_kind kind, const struct mailbox_reading *readings,
                          unsigned count, const struct transcript *transcript);
