/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The declarations that the files of a mail session share. Private to sensor/mail/. */
#pragma once

#include <stddef.h>

#include "base/cache.h"
#include "base/dns_name.h"
#include "parsers/smtp/smtp.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_certificate.h"
#include "sensor/mail/mail_session.h"

/*! \brief The number of latest hits that a reading of a session stores. The other reading does not
 * report these hits again. */
#define MAIL_REPORTED_MAX 8

/*! \brief A mail session. Each feed reads only two cache lines: the end of `flow` with the members
 * after it, and the first line of the parser. */
struct mail_session {
	struct transcript transcript;
	unsigned mails;
	char first_event[EVENT_ID_MAX]; /*!< the id of the first event of the current mail */
	/*! why the session is intercepted; NULL: it is not, or this is the second reading */
	struct watch_cause *cause;
	const struct dns_name *hijacked; /*!< the owner in the cause; set in both readings */
	struct mail_session *other;      /*!< the other reading of the session, or NULL */
	bool second;                     /*!< this is the second reading */
	bool mail_content;               /*!< content of the current mail was transferred */
	bool server_hit;                 /*!< the server has hit rules, in the first reading */
	/*! `tls_kept[v]`: the value v of HISTORY_TLS was added to the history */
	bool tls_kept[2];
	uint64_t reported[MAIL_REPORTED_MAX]; /*!< hashes of the latest hits */
	unsigned reported_count;
	uint64_t judged; /*!< a hash for mail_judge_recipient() */
	struct mail_certificate certificate;
	_Alignas(CACHE_LINE) const struct mail_session_config *config;
	struct flow flow;
	uint32_t first_seq;
	bool begun;  /*!< the server's address was matched with rules */
	bool secret; /*!< the octets fed last may be credentials */
	/*! The members from here on are not zeroed. */
	_Alignas(CACHE_LINE) struct smtp_session parser;
	_Alignas(CACHE_LINE) char room[TRANSCRIPT_ROOM];
};

_Static_assert(offsetof(struct mail_session, flow.time_ns) / CACHE_LINE ==
                       offsetof(struct mail_session, begun) / CACHE_LINE,
               "one line");

/*! \brief Called by the parser with the parts of the session; `user` is the session. */
extern const struct smtp_handler MAIL_SESSION_HANDLER;

/*! \brief Returns the observation of the server, at the time of the latest octets. */
static inline struct observation mail_session_server(const struct mail_session *session)
{
	return (struct observation){ .kind = KIND_SERVER,
		                     .addr = &session->flow.key.server,
		                     .server = &session->flow.key.server,
		                     .time_ns = session->flow.time_ns };
}

/*! \brief Returns the subject of an event. `anchor` identifies its place in the session. */
static inline struct event_subject mail_session_subject(struct mail_session *session,
                                                        uint64_t anchor)
{
	return (struct event_subject){ .flow = &session->flow,
		                       .transcript = &session->transcript,
		                       .anchor = anchor,
		                       .first_event = session->first_event,
		                       .hijacked = session->hijacked,
		                       .first_seq = session->first_seq,
		                       .mail = session->mails };
}

/*! \brief Finds why the server of the session is watched. \return False if it is not. */
bool mail_interception_find(const struct mail_session *session, struct watch_cause *cause);

/*!
 * \brief Emits the event of an interception, if the server is watched and no such event was emitted
 *        for the session before.
 *
 * It is called at each recipient, at the reply 354 (start of content), and at STARTTLS, after which
 * recipients are encrypted. Before the first of these, no mail is at risk. If the session has two
 * readings, each of them may cause the event.
 */
void mail_interception_check(struct mail_session *session);

/*! \brief Adds the current mail to the incident, if the session is intercepted, else to those of
 * the rules that its server has hit. */
void mail_interception_note(struct mail_session *session);

/*! \brief Emits the final event of an interception, if the session is intercepted. */
void mail_interception_end(struct mail_session *session);

/*! \brief Matches the server's address with rules. If the server is watched, a hit belongs to the
 *         incident of the hijacked name, even before there is any mail. */
void mail_see_server(struct mail_session *session);

/*! \brief Matches a host name that was sent. `anchor` identifies its place in the session. */
void mail_see_host(struct mail_session *session, enum observation_kind kind, struct smtp_text host,
                   uint64_t anchor);

/*! \brief Matches a mailbox in all its readings. */
void mail_see_mailbox(struct mail_session *session, enum observation_kind kind,
                      const struct mailbox_reading *readings, unsigned count, uint64_t anchor);

/*! \brief Matches a recipient of the transcript. */
void mail_see_recipient(struct mail_session *session, const struct transcript_recipient *recipient,
                        uint64_t anchor);

/*! \brief Writes the log event of the current mail, if mails are logged. */
void mail_session_log(struct mail_session *session);

/*! \brief Frees what was collected of a certificate. */
static inline void mail_session_end_certificate(struct mail_session *session)
{
	mail_certificate_end(&session->certificate, session->config->texts);
}
