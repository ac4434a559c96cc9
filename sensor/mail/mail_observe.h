/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the observations of a line of a mail session: of a host name, or of a mailbox.
 *        Private to sensor/mail/.
 *
 * The observations lack the server and the time. They have views into the struct and into the
 * texts that they were made from.
 */
#pragma once

#include "parsers/mail/mailbox.h"
#include "parsers/smtp/smtp.h"
#include "rules/observation.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_session.h"

/*! \brief The largest number of observations of a mailbox: each reading, with the greeting and the
 *         TLS of its mail. */
#define MAIL_OBSERVE_MAX (3 * MAILBOX_READINGS_MAX)

struct mail_observations {
	unsigned count; /*!< Elements of `seen`; the first one identifies the line. */
	struct observation seen[MAIL_OBSERVE_MAX];
	struct dns_name names[MAILBOX_READINGS_MAX];
	struct dns_name banner;
};

/*! \brief Reads a host name; counts one that could not be judged. \return False if the text is not
 * a host name. */
bool mail_observe_name(const struct mail_session_config *config, const char *text, size_t size,
                       struct dns_name *name);

/*! \brief Observes a host name. For Postfix a NUL ends the name, so there may be two. */
void mail_observe_host(struct mail_observations *made, const struct mail_session_config *config,
                       enum observation_kind kind, struct smtp_text host);

/*!
 * \brief Observes a mailbox. All readings of its address belong to one message, so a rule hits each
 *        value once at most.
 *
 * \param transcript  What the session has shown so far. Pins are compared with it.
 */
void mail_observe_mailbox(struct mail_observations *made, const struct mail_session_config *config,
                          enum observation_kind kind, const struct mailbox_reading *readings,
                          unsigned count, const struct transcript *transcript);
