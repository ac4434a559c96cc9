/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One SMTP or LMTP session (RFC 5321, 2033, 2920, 3030, 3207, 4954), read passively.
 *
 * The caller feeds the octets of both directions in the order in which they
 * arrived; segment borders do not matter. Events are emitted through a handler.
 * No I/O, no clock, no allocation.
 *
 * Order of events: transactions never overlap. `mail` opens one and `mail_end`
 * closes it, with its `rcpt`, `rcpt_reply`, `header` and `content` events in
 * between. Every `rcpt` is followed by exactly one `rcpt_reply`, before the
 * `mail_end`. To keep that order when a client pipelines past the end of a
 * transaction, the octets after it are held until the server has answered.
 *
 * Resync: a session may be joined midstream, have gaps, or show one side only.
 * A line is then taken for a command if it parses strictly as one and the
 * server answers (or, if only the client is seen, if a second such line follows
 * at once). Any other line is taken for content, which lasts until its final
 * dot or the server's next reply.
 *
 * Credentials: AUTH exchanges are wiped from the buffers once they are read.
 *
 * Ownership: the caller owns the session and the handler, which must outlive it.
 * Views in events are valid during the callback only. A callback must not feed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/mail/mailbox.h"
#include "parsers/tls/tls_hello.h"

/* The limits of the parser. Its counters or the comment show what happens beyond a limit. */
#define SMTP_LINE_MAX  2048 /*!< Octets kept of a command; RFC 5321, 4.5.3.1.4 asks 512. */
#define SMTP_REPLY_MAX 512  /*!< Octets kept of a reply line (4.5.3.1.5). */
#define SMTP_HOLD_MAX                                                                              \
	2048 /*!< Octets held until a reply comes; beyond, they are read without it. */
#define SMTP_PENDING_MAX   128   /*!< Commands without a reply; further recipients get reply 0. */
#define SMTP_VALUE_MAX     998   /*!< Octets kept of a header field's value (RFC 5322, 2.1.1). */
#define SMTP_FIELD_MAX     1024  /*!< Octets kept of a line of the header section. */
#define SMTP_HEADERS_MAX   65536 /*!< Octets of content that are searched for header fields. */
#define SMTP_MECHANISM_MAX 20    /*!< Octets of an AUTH mechanism's name (RFC 4422, 3.1). */
#define SMTP_FINALS_MAX    128   /*!< Recipients of a mail that can get a `rcpt_final`. */
#define SMTP_TLS_MAX       16384 /*!< Octets of both sides during which `server_tls` is emitted. */

/*! \brief The sender of octets. */
enum smtp_side { SMTP_CLIENT, SMTP_SERVER };

enum smtp_verb {
	SMTP_UNKNOWN,
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_LHLO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BDAT,
	SMTP_RSET,
	SMTP_QUIT,
	SMTP_NOOP,
	SMTP_HELP,
	SMTP_VRFY,
	SMTP_EXPN,
	SMTP_AUTH,
	SMTP_STARTTLS,
	SMTP_XCLIENT,
	SMTP_XFORWARD,
	SMTP_ETRN,
	SMTP_PROXY, /*!< The PROXY protocol's line, version 1; never answered. */
};
#define SMTP_VERB_COUNT (SMTP_PROXY + 1)

/*! \brief Header fields that are emitted. */
enum smtp_header {
	SMTP_FROM,
	SMTP_TO,
	SMTP_CC,
	SMTP_SUBJECT,
	SMTP_MESSAGE_ID,
	SMTP_DATE,
};
#define SMTP_HEADER_COUNT (SMTP_DATE + 1)

enum smtp_outcome {
	SMTP_ACCEPTED,  /*!< The server took the content (2yz). LMTP: for one recipient at least. */
	SMTP_REFUSED,   /*!< It refused MAIL, DATA or the content, with this code. */
	SMTP_UNDECIDED, /*!< Content was sent, perhaps in a gap, and no reply was seen. */
	SMTP_ABANDONED, /*!< Ended before its content did: by a command, or with the session. */
};

/*! \brief Callbacks for events; NULL: not wanted. */
struct smtp_handler {
	/*! First reply of the session. `name` is its first word, `line` all of its first line. */
	void (*greeting)(void *user, unsigned code, struct smtp_text name, struct smtp_text line);
	/*! EHLO, HELO or LHLO; `name` as sent, a literal with its brackets. */
	void (*hello)(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset);
	/*! A transaction begins. `offset`: of the command line's first octet, here and below. */
	void (*mail)(void *user, const struct smtp_mailbox *from, uint64_t offset);
	/*! Not emitted if the reply was not seen. */
	void (*mail_reply)(void *user, unsigned code);
	/*!
	 * A recipient; `index` counts from 0 in the transaction. If MAIL was not seen, this
	 * opens the transaction, without `mail`.
	 */
	void (*rcpt)(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset);
	/*! Code 0: the reply will never be known (lost, one-sided). Once for every recipient. */
	void (*rcpt_reply)(void *user, unsigned index, unsigned code);
	/*!
	 * LMTP: the reply to the content for a recipient that was accepted by the reply to RCPT
	 * (RFC 2033, 4.2). Before `mail_end`, at most once, and only if all replies to RCPT were
	 * seen.
	 */
	void (*rcpt_final)(void *user, unsigned index, unsigned code);
	/*! A header field: unfolded, trimmed, otherwise raw; cut at SMTP_VALUE_MAX. */
	void (*header)(void *user, enum smtp_header header, struct smtp_text value);
	/*! Content begins: the server agreed to DATA (or must have), or the first BDAT came. */
	void (*content_begin)(void *user);
	/*!
	 * Content was sent and seen without a gap; `bytes` on the wire, without the line of the
	 * final dot. If it has a gap, `mail_end` follows without this.
	 */
	void (*content_end)(void *user, uint64_t bytes);
	/*! The transaction is over; `code` 0 if no reply decided it. */
	void (*mail_end)(void *user, enum smtp_outcome outcome, unsigned code);
	/*! TLS follows. Code 220, or 0 if the reply was not seen. */
	void (*starttls)(void *user, unsigned code);
	/*! Server name of the ClientHello; not emitted if it has none. */
	void (*sni)(void *user, struct smtp_text name);
	/*!
	 * The server's octets once TLS has begun, up to SMTP_TLS_MAX and to a gap; without a
	 * `starttls` before if STARTTLS was not seen. Returns false when no more is wanted.
	 */
	bool (*server_tls)(void *user, const uint8_t *bytes, size_t size);
	/*!
	 * AUTH; the mechanism only, empty if it is not a mechanism's name. The outcome is a
	 * `reply` with SMTP_AUTH.
	 */
	void (*auth)(void *user, struct smtp_text mechanism);
	/*! VRFY, EXPN and their argument. */
	void (*query)(void *user, enum smtp_verb verb, struct smtp_text argument);
	void (*quit)(void *user);
	/*! Every whole reply, before its effects; SMTP_UNKNOWN: its command is not known. */
	void (*reply)(void *user, enum smtp_verb verb, unsigned code);
	/*! Content has a line with a lone dot that only a lax server takes for its end. */
	void (*smuggling)(void *user, uint64_t offset);
};

struct smtp_counters {
	uint64_t commands;   /*!< Command lines, unknown ones included. */
	uint64_t unknown;    /*!< Command lines that were not understood. */
	uint64_t replies;    /*!< Whole replies. */
	uint64_t malformed;  /*!< Server lines that are not a reply. */
	uint64_t truncated;  /*!< Lines of either side that did not fit and were cut. */
	uint64_t overflowed; /*!< Commands beyond SMTP_PENDING_MAX. */
	uint64_t gaps;       /*!< Lost octets of both sides. */
	uint64_t smuggling;  /*!< Lone dots between line ends other than CRLF. */
	uint64_t relost;     /*!< Times that the client's octets became unknown (resync). */
};

/*! \brief What the client's next octets are. */
enum smtp_mode {
	SMTP_MODE_LOST,       /*!< Unknown: they are held and judged line by line (resync). */
	SMTP_MODE_WAIT,       /*!< Held: the reply to `client.wait` decides. */
	SMTP_MODE_GUESS,      /*!< Held: that reply was lost, so the first line decides. */
	SMTP_MODE_COMMAND,    /*!< A command line. */
	SMTP_MODE_AUTH,       /*!< A command or a credential. */
	SMTP_MODE_CREDENTIAL, /*!< A credential: the server asked for it (334). */
	SMTP_MODE_DATA,       /*!< Content up to the final dot. */
	SMTP_MODE_CHUNK,      /*!< Content of a BDAT. */
	SMTP_MODE_TLS,        /*!< The ClientHello. */
	SMTP_MODE_DONE,       /*!< The client's octets are no longer read. */
};

/*! \brief A line under construction; the session has its text. */
struct smtp_line {
	uint16_t size;
	bool cut; /*!< The line did not fit and was cut. */
};

/*! \brief The command line. */
struct smtp_client {
	uint64_t line_offset;
	struct smtp_line line;
	uint8_t wait; /*!< enum smtp_verb in WAIT and GUESS; SMTP_UNKNOWN: the end of content. */
};

/*! \brief The reply. */
struct smtp_reply {
	struct smtp_line line;
	bool continued; /*!< The next line is not the first of its reply. */
	bool greeting;  /*!< This reply is the greeting. */
};

struct smtp_tls {
	uint16_t left; /*!< Octets of both sides until `server_tls` ends; 0: it has, or is not
	                  wanted. */
	bool server;   /*!< The server sends TLS. */
};

/*! \brief How much of the session is known. */
struct smtp_resync {
	bool whole;       /*!< Seen from its beginning, without a gap. */
	bool judged;      /*!< A held line was judged since the mode became LOST. */
	bool client_seen; /*!< A held line was judged at any time. */
};

/*! \brief Octets of the client that cannot be read yet. */
struct smtp_hold {
	uint64_t offset; /*!< Offset of the first held octet. */
	uint16_t size;
	uint16_t commands; /*!< LOST: octets of lines that were judged to be commands. */
};

/*! \brief Content and its header section; a header line may continue in the next chunk. */
struct smtp_content {
	uint64_t bytes;
	uint64_t chunk_left;
	struct smtp_line header;
	uint16_t header_used; /*!< Octets of `header_text` that may have to be wiped. */
	uint16_t value_size;
	uint8_t tail[4]; /*!< The last octets read, to find the final dot across segments. */
	int8_t field;    /*!< enum smtp_header, -1: a field that is not emitted. */
	bool in_headers;
	bool last_chunk;
};

enum smtp_content_stage {
	SMTP_CONTENT_NONE,
	SMTP_CONTENT_DATA,   /*!< Begun by DATA, or taken for content. */
	SMTP_CONTENT_CHUNKS, /*!< Begun by BDAT. */
	SMTP_CONTENT_OVER,   /*!< Ended, and its reply was not seen. */
};

enum smtp_content_view {
	SMTP_CONTENT_WHOLE,
	SMTP_CONTENT_DOUBTFUL, /*!< DATA was lost in a gap, perhaps with all of the content. */
	SMTP_CONTENT_GAPPED,   /*!< It has a gap, or its beginning was not seen. */
};

/*!
 * \brief From MAIL to the reply to the content.
 *
 * Content may also come while no transaction is open, if its MAIL and RCPT were not seen.
 */
struct smtp_transaction {
	uint64_t finals[SMTP_FINALS_MAX / 64]; /*!< Bits by index: `rcpt_final` is due. */
	uint32_t rcpts;
	uint32_t rcpts_taken;
	uint32_t rcpts_refused;
	enum smtp_content_stage stage;
	enum smtp_content_view view;
	uint16_t refusal; /*!< Code that refused MAIL, DATA or a chunk. */
	uint16_t early;   /*!< Reply that came before the content's end. */
	uint16_t verdict; /*!< LMTP: lowest code so far. */
	bool open;        /*!< MAIL or RCPT was seen. */
	bool lmtp;        /*!< The last greeting of the client was LHLO. */
};

/*! \brief A command that was not answered yet. */
struct smtp_pending {
	uint8_t kind; /*!< enum smtp_pending_kind */
	uint8_t verb;
	uint32_t count; /*!< Recipient's index, or a number of commands or replies. */
};

/*! \brief Ring of the commands that were not answered yet. */
struct smtp_pending_ring {
	uint8_t first;
	uint8_t size;
	uint8_t match; /*!< enum smtp_match */
	struct smtp_pending ring[SMTP_PENDING_MAX];
};

/*!
 * \brief All of a session: a fixed size of about 8 KiB, at most SMTP_SESSION_MAX.
 *
 * `counters` may be read at any time; all else is private to the parser. Only the file of
 * its name writes a part: smtp_tls.c writes `tls`, smtp_pending.c `pending`. smtp_session.c
 * writes `mode` and `server_seen`; each counter has one file.
 */
struct smtp_session {
	/* Read for each segment of either side: one cache line. */
	const struct smtp_handler *handler;
	void *user;
	enum smtp_mode mode;
	bool server_seen;
	struct smtp_tls tls;
	struct smtp_client client;
	struct smtp_reply reply;
	struct smtp_resync resync;

	struct smtp_content content;
	struct smtp_transaction transaction;
	struct smtp_hold hold;
	struct smtp_counters counters;
	struct smtp_pending_ring pending;

	/* Not initialized: the parts above state how much of each is in use. */
	char reply_text[SMTP_REPLY_MAX];
	char hold_text[SMTP_HOLD_MAX];
	union {
		struct {
			char client_text[SMTP_LINE_MAX];
			char header_text[SMTP_FIELD_MAX];
			char value[SMTP_VALUE_MAX];
		};
		struct tls_hello hello; /* no line is read once TLS has begun */
	};
};

#define SMTP_SESSION_MAX 8704
_Static_assert(sizeof(struct smtp_session) <= SMTP_SESSION_MAX, "session size is promised");

/*! \brief Starts a session; `handler` is borrowed until smtp_end(). */
void smtp_init(struct smtp_session *session, const struct smtp_handler *handler, void *user);

/*!
 * \brief Takes the next octets of one side.
 *
 * \param offset  The caller's position of bytes[0] in that side's stream; events
 *                give it back, so that they can be identified.
 *
 * \retval true   More is wanted.
 * \retval false  TLS has begun, and neither side's octets are wanted any more.
 */
bool smtp_feed(struct smtp_session *session, enum smtp_side side, const uint8_t *bytes, size_t size,
               uint64_t offset);

/*! \brief Reports that `bytes` octets of a side were lost, before what is fed next. */
void smtp_gap(struct smtp_session *session, enum smtp_side side, size_t bytes);

/*! \brief True if the client's next octets may be a credential. */
static inline bool smtp_is_authenticating(const struct smtp_session *session)
{
	return session->mode == SMTP_MODE_AUTH || session->mode == SMTP_MODE_CREDENTIAL;
}

/*!
 * \brief True if two sessions, of which one was joined midstream, will read what follows in
 *        the same way: neither has read a part of a line or waits for a reply.
 */
bool smtp_agree(const struct smtp_session *a, const struct smtp_session *b);

/*!
 * \brief Ends a session: recipients without a reply get reply 0, an open mail its end.
 *
 * Buffers are wiped; counters remain. Nothing may be fed afterwards.
 */
void smtp_end(struct smtp_session *session);
