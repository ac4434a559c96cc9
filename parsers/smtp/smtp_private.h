/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the files of the SMTP parser share; nobody else includes this.
 *
 * Floors, from the top: smtp.c (the public functions) · smtp_server.c (replies)
 * · smtp_resync.c (client's bytes, held) · smtp_client.c (client's bytes, read)
 * · smtp_content.c · smtp_mail.c (the transaction, the commands not answered) ·
 * smtp_command.c (grammar).
 */
#pragma once

#include "parsers/smtp/smtp.h"

/*! \brief Emits an event, if it is wanted. */
#define SMTP_EMIT(session, event, ...)                                                             \
	do {                                                                                       \
		if ((session)->handler->event != NULL) {                                           \
			(session)->handler->event(__VA_ARGS__);                                    \
		}                                                                                  \
	} while (0)

/*! \brief What an entry of the ring stands for. */
enum smtp_pending_kind {
	SMTP_PENDING_COMMAND,
	SMTP_PENDING_RCPT,    /*!< `count`: the recipient's index. */
	SMTP_PENDING_CONTENT, /*!< The whole mail; `count`: replies so far (LMTP has several). */
	SMTP_PENDING_SKIP,    /*!< `count` commands of which nobody wants the reply. */
	SMTP_PENDING_GAP,     /*!< Any number of commands; `count`: one was answered. */
};

/* smtp_mail.c: commands not answered */

/*! \brief Adds a command that will be answered. */
void smtp_pending_push(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                       uint32_t count);
/*! \brief The oldest, NULL if there is none. */
struct smtp_pending *smtp_pending_head(struct smtp_session *s);
void smtp_pending_pop(struct smtp_session *s);
/*! \brief Says that replies are lost or commands were: `answered` if they are surely over. */
void smtp_pending_gap(struct smtp_session *s, bool answered);
/*! \brief Lets all go; recipients get reply 0. */
void smtp_pending_forget(struct smtp_session *s);
/*! \brief Lets all go but the youngest. */
void smtp_pending_keep_last(struct smtp_session *s);
/*! \brief Lets all go that are older than the first with this verb; false if there is none. */
bool smtp_pending_seek(struct smtp_session *s, enum smtp_verb verb);

/* smtp_mail.c: the transaction */

void smtp_mail_open(struct smtp_session *s);
/*! \brief Closes an open transaction; its recipients not answered get reply 0 first. */
void smtp_mail_close(struct smtp_session *s, enum smtp_outcome outcome, unsigned code);
/*! \brief Closes as refused if the server refused it before, else as abandoned. */
void smtp_mail_drop(struct smtp_session *s);
/*! \brief Closes by the reply to the content. */
void smtp_mail_decide(struct smtp_session *s, unsigned code);

/* smtp_content.c */

/*! \brief Content begins; `footing` false: it is only taken for content, or begun in a gap. */
void smtp_content_begin(struct smtp_session *s, bool footing);
/*! \brief It ended; tells the end when it was seen from its beginning. */
void smtp_content_end(struct smtp_session *s);
/*! \brief After lost octets: header fields are no longer looked for. */
void smtp_content_gap(struct smtp_session *s);
/*! \brief Reads up to the final dot; `ended` says if it was there. Returns the octets used. */
size_t smtp_content_data(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                         bool *ended);
/*! \brief Reads octets of a chunk. */
void smtp_content_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size);

/* smtp_client.c */

/*! \brief Reads until all is used or what follows must be held; returns the octets used. */
size_t smtp_client_read(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset);
/*! \brief All content has come: its reply ends the transaction. */
void smtp_client_content_over(struct smtp_session *s);
void smtp_client_chunk_over(struct smtp_session *s);
/*! \brief What follows is TLS; `code` 0 if no reply said so. */
void smtp_client_tls(struct smtp_session *s, unsigned code);
/*! \brief Wipes the lines under way, a command's and a field's. */
void smtp_client_wipe(struct smtp_session *s);

/* smtp_resync.c */

static inline bool smtp_is_holding(const struct smtp_session *s)
{
	return s->mode == SMTP_MODE_LOST || s->mode == SMTP_MODE_WAIT;
}

/*! \brief Takes the client's bytes: reads or holds them. */
void smtp_client_feed(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset);
void smtp_client_gap(struct smtp_session *s, size_t bytes);
/*! \brief No reply will come any more: lets held bytes go. */
void smtp_client_end(struct smtp_session *s);
/*! \brief Goes on in `mode` with the held bytes. */
void smtp_client_resume(struct smtp_session *s, enum smtp_mode mode);
/*!
 * \brief Says whether what is held may be content, in spite of a reply: one line that looks
 *        like a command; it is let go. `content`: the reply was to content.
 */
bool smtp_client_is_chance(struct smtp_session *s, bool content);
/*! \brief The footing is lost. */
void smtp_client_lose(struct smtp_session *s);

/* smtp_server.c */

void smtp_server_feed(struct smtp_session *s, const uint8_t *bytes, size_t size);
void smtp_server_gap(struct smtp_session *s);
/*! \brief What the server sends is TLS, and told from now on if that is wanted. */
void smtp_server_tls_begin(struct smtp_session *s);
/*! \brief Counts octets of TLS, towards SMTP_TLS_MAX. */
void smtp_tls_spend(struct smtp_session *s, size_t size);

/* both sides */

/*! \brief Adds octets to a line, up to `max`; counts a line once that is longer. */
void smtp_line_add(struct smtp_session *s, struct smtp_line *line, char *text, size_t max,
                   const uint8_t *bytes, size_t size);
