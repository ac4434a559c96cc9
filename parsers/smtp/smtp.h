/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads one SMTP or LMTP session passively (RFC 5321, 2033, 2920, 3030, 3207, 4954).
 *
 * The caller feeds the octets of both directions in the order in which they arrived, in pieces of
 * any size. The parser calls a handler for each event. It does no I/O, reads no clock and allocates
 * nothing.
 *
 * Order of events: transactions never overlap. `mail` opens one and `mail_end` closes it, with its
 * `rcpt`, `rcpt_reply`, `header` and content events in between. Every `rcpt` is followed by exactly
 * one `rcpt_reply`, before the `mail_end`. A client that pipelines sends further commands before
 * the server has answered the transaction. To keep the order, the parser holds these commands until
 * the answer has come.
 *
 * Resync: the beginning of a session, other parts of it, or one side may be missing. The parser
 * then takes a client's line for a command if the line has the strict form of a command (see
 * smtp_command.h) and the server answers it. If the server is not seen, a second line with this
 * form must follow at once. Any other line is taken for content, which lasts until its final dot or
 * until the server's next reply.
 *
 * Credentials: the lines of an AUTH exchange are wiped from the buffers after they were read.
 *
 * Ownership: the caller owns the session and the handler. The handler must outlive the session.
 * Views in events are valid during the callback only. A callback must not call
 * smtp_feed().
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/mail/mailbox.h"
#include "parsers/tls/tls_hello.h"

/* The limits of the parser. Sizes are octets. */

/*! \brief A longer command line is cut. RFC 5321, 4.5.3.1.4 requires room for 512 octets only. */
#define SMTP_LINE_MAX 2048
/*! \brief A longer reply line is cut (RFC 5321, 4.5.3.1.5). */
#define SMTP_REPLY_MAX 512
/*!
 * \brief The largest number of octets that are held until a reply comes. When it is reached, the
 *        held octets are read without waiting for the reply.
 */
#define SMTP_HOLD_MAX 2048
/*!
 * \brief The largest number of commands that wait for a reply. Replies to further commands are not
 *        matched, and further recipients get reply code 0.
 */
#define SMTP_PENDING_MAX 128
/*! \brief A longer value of a header field is cut (RFC 5322, 2.1.1). */
#define SMTP_VALUE_MAX 998
/*! \brief A longer line of the header section is cut. */
#define SMTP_FIELD_MAX 1024
/*! \brief Only this many octets at the beginning of the content are searched for header fields. */
#define SMTP_HEADERS_MAX 65536
/*! \brief The longest name of an AUTH mechanism (RFC 4422, 3.1). */
#define SMTP_MECHANISM_MAX 20
/*! \brief `rcpt_final` is called only for the first SMTP_FINALS_MAX recipients of a mail. */
#define SMTP_FINALS_MAX 128
/*! \brief The largest number of octets of content that can be read again as commands
 *         (struct smtp_doubt). */
#define SMTP_DOUBT_MAX 1536
/*!
 * \brief The largest number of replies that are stored in SMTP_MODE_DOUBT. A further reply ends the
 *        doubt.
 */
#define SMTP_DOUBT_REPLIES 16
/*! \brief `server_tls` is called until both sides together have sent this many octets of TLS. */
#define SMTP_TLS_MAX 16384

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
	SMTP_PROXY, /*!< The line of the PROXY protocol, version 1, which is never answered. */
};
#define SMTP_VERB_COUNT (SMTP_PROXY + 1)

/*! \brief Header fields for which `header` is called. */
enum smtp_header {
	SMTP_FROM,
	SMTP_TO,
	SMTP_CC,
	SMTP_SUBJECT,
	SMTP_MESSAGE_ID,
	SMTP_DATE,
};
#define SMTP_HEADER_COUNT (SMTP_DATE + 1)

/*! \brief The client for which a proxy has opened the connection to the server. */
struct smtp_origin {
	struct in6_addr addr; /*!< An IPv4 address is v4-mapped. */
	uint16_t port;        /*!< 0: unknown. */
};

/*! \brief The ways in which a transaction can end. */
enum smtp_outcome {
	/*! The server accepted the content (2yz), in LMTP for at least one recipient. */
	SMTP_ACCEPTED,
	SMTP_REFUSED,   /*!< The server refused MAIL, DATA or the content. */
	SMTP_UNDECIDED, /*!< Content was sent, or may have been in a gap, and no reply was seen. */
	/*! A command, or the end of the session, has ended the transaction before its content was
	 * complete. */
	SMTP_ABANDONED,
};

/*! \brief States whether the reply to EHLO or LHLO offers STARTTLS (RFC 3207, 2). */
enum smtp_offer {
	SMTP_OFFER_NONE,
	SMTP_OFFER_STARTTLS,
	/*! A keyword of the same size, such as XXXXXXXA, is in the place of STARTTLS. A device
	 * between client and server has overwritten STARTTLS, so that the client does not use
	 * TLS. */
	SMTP_OFFER_OVERWRITTEN,
};

/*!
 * \brief The callbacks for events; each may be NULL. `user` is the value given to smtp_init().
 *        `offset` is the position, in the client's stream, of the first octet of the command line.
 */
struct smtp_handler {
	/*!
	 * The first reply of the session. `name` is the first word of its text, and `line` its
	 * whole first line.
	 */
	void (*greeting)(void *user, unsigned code, struct smtp_text name, struct smtp_text line);
	/*!
	 * A header of the PROXY protocol (version 1 or 2), or an accepted XCLIENT, states that a
	 * proxy has opened the connection for the client `origin`. If `origin` is NULL, the server
	 * has refused the header.
	 */
	void (*origin)(void *user, const struct smtp_origin *origin);
	/*!
	 * EHLO, HELO or LHLO, or an accepted XCLIENT with the attribute HELO. `name` is the
	 * argument as sent; an address literal has its brackets.
	 */
	void (*hello)(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset);
	/*! MAIL: a transaction begins. */
	void (*mail)(void *user, const struct smtp_mailbox *from, uint64_t offset);
	/*! The reply to MAIL. It is not called if the reply was not seen. */
	void (*mail_reply)(void *user, unsigned code);
	/*!
	 * The server has refused a MAIL command inside a transaction. The transaction continues.
	 */
	void (*mail_refused)(void *user, const struct smtp_mailbox *from, uint64_t offset);
	/*!
	 * RCPT: a recipient. `index` counts from 0 in each transaction. If MAIL was not seen, the
	 * first RCPT begins the transaction.
	 */
	void (*rcpt)(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset);
	/*! The reply to RCPT. It is called once for every recipient. Code 0: the reply is not
	 * known. */
	void (*rcpt_reply)(void *user, unsigned index, unsigned code);
	/*!
	 * LMTP: the reply to the content for a recipient that was accepted by the reply to RCPT
	 * (RFC 2033, 4.2). It is called before `mail_end`, at most once for each recipient, and
	 * only if the session was captured without a gap and every RCPT has a reply.
	 */
	void (*rcpt_final)(void *user, unsigned index, unsigned code);
	/*!
	 * A header field. Its value is unfolded, has no blanks at its ends, and is cut at
	 * SMTP_VALUE_MAX. It is otherwise as sent.
	 */
	void (*header)(void *user, enum smtp_header header, struct smtp_text value);
	/*!
	 * Content begins. Either the server has accepted DATA, or its reply to DATA was lost and
	 * content follows, or the client has sent the first BDAT.
	 */
	void (*content_begin)(void *user);
	/*!
	 * Content ended, and was captured without a gap. `bytes` is its size on the wire, without
	 * the line of the final dot. Not called if the content has a gap.
	 */
	void (*content_end)(void *user, uint64_t bytes);
	/*!
	 * The transaction has ended. `code` is the code of the reply that decided the outcome; 0 if
	 * there was no such reply.
	 */
	void (*mail_end)(void *user, enum smtp_outcome outcome, unsigned code);
	/*! The server has replied to EHLO or LHLO. */
	void (*offer)(void *user, enum smtp_offer offer);
	/*!
	 * The server has accepted STARTTLS. The code is 220, or 0 if the reply was not seen but TLS
	 * follows. If the capture contains decrypted traffic, the SMTP that follows is read.
	 */
	void (*starttls)(void *user, unsigned code);
	/*! The first TLS record of the session was seen. */
	void (*tls)(void *user);
	/*! The server name in the ClientHello. Not called if there is no such name. */
	void (*sni)(void *user, struct smtp_text name);
	/*!
	 * The server's octets after TLS has begun, up to SMTP_TLS_MAX or a gap. If STARTTLS was not
	 * seen, `server_tls` may be called without an earlier `starttls`. The callback returns
	 * false to receive no more octets.
	 */
	bool (*server_tls)(void *user, const uint8_t *bytes, size_t size);
	/*!
	 * AUTH. `mechanism` is the name of the mechanism; it is empty if the argument is not a
	 * valid name. The server's reply is reported by `reply` with SMTP_AUTH.
	 */
	void (*auth)(void *user, struct smtp_text mechanism);
	/*! VRFY or EXPN, with its argument. */
	void (*query)(void *user, enum smtp_verb verb, struct smtp_text argument);
	/*! QUIT. */
	void (*quit)(void *user);
	/*!
	 * A complete reply. It is called before the other callbacks for the same reply. `verb` is
	 * the command that was answered, or SMTP_UNKNOWN if it is not known.
	 */
	void (*reply)(void *user, enum smtp_verb verb, unsigned code);
	/*!
	 * The content has a line with a single dot that is not between two CR LF. Only a server
	 * that violates RFC 5321 takes this line for the end of the content. `offset` is the
	 * position of the last octet of the line. If the server did take it for the end, this
	 * callback is called a second time, before `mail` is called for the mail that was sent
	 * after the dot. `offset` is then the position of this MAIL command.
	 *
	 * The callback is not called if the server replied to the dot before more octets came, or
	 * if the client's commands end in a bare LF.
	 */
	void (*smuggling)(void *user, uint64_t offset);
};

/*! \brief Counters of a session. */
struct smtp_counters {
	uint64_t commands;  /*!< Command lines, including unknown ones. */
	uint64_t unknown;   /*!< Command lines with an unknown verb or a bad argument. */
	uint64_t replies;   /*!< Complete replies. */
	uint64_t malformed; /*!< Lines from the server that are not part of a reply. */
	uint64_t truncated; /*!< Lines of either side that exceeded their limit and were cut. */
	/*! Commands whose replies are not matched because of SMTP_PENDING_MAX. */
	uint64_t overflowed;
	uint64_t gaps;      /*!< The number of octets of both sides that were not captured. */
	uint64_t smuggling; /*!< The number of calls of `smuggling`. */
	/*! The number of times that the parser had to resync, because it did not know what the
	 * client was sending. */
	uint64_t relost;
};

/*! \brief Why the server may have ended the content before its regular end. */
enum smtp_doubt_cause {
	SMTP_DOUBT_NONE,
	/*! The content has a line with a single dot that is not between two CR LF. */
	SMTP_DOUBT_DOT,
	SMTP_DOUBT_REPLY, /*!< The server has replied during the content. */
	/*! A BDAT chunk begins. The client may omit the chunk if the server refuses the command. */
	SMTP_DOUBT_CHUNK,
};

/*! \brief How the client's next octets are read. Held octets are stored in `hold`. */
enum smtp_mode {
	/*! Unknown (resync): each of the client's lines is held until it is clear whether it is a
	 * command or content. */
	SMTP_MODE_LOST,
	/*! The octets are held after content that may have ended before its regular end (`doubt`),
	 * until the server's replies show which commands it has read. */
	SMTP_MODE_DOUBT,
	/*! The octets are held until the reply to `client.wait` shows how to read them. */
	SMTP_MODE_WAIT,
	/*!
	 * The octets are held. The reply to `client.wait` was lost. The first held line will
	 * show how the octets must be read.
	 */
	SMTP_MODE_GUESS,
	SMTP_MODE_COMMAND, /*!< The octets are a command line. */
	SMTP_MODE_AUTH,    /*!< The octets are a command, or a credential of AUTH. */
	/*! The octets are a credential of AUTH, which the server has asked for (334). */
	SMTP_MODE_CREDENTIAL,
	SMTP_MODE_DATA,  /*!< The octets are content of DATA, up to the final dot. */
	SMTP_MODE_CHUNK, /*!< The octets are content of a BDAT command. */
	SMTP_MODE_PROXY, /*!< The next `proxy.left` octets are the rest of a PROXY header. */
	/*! The octets are the ClientHello or, in decrypted traffic, a command line. */
	SMTP_MODE_STARTTLS,
	SMTP_MODE_TLS,  /*!< The octets are the ClientHello. */
	SMTP_MODE_DONE, /*!< The client's octets are no longer read. */
};

/*! \brief A line that is not complete yet. Its text is in a buffer of the session. */
struct smtp_line {
	uint16_t size;
	bool cut; /*!< The line exceeded its limit and was cut. */
};

/*! \brief The client's command line. */
struct smtp_client {
	uint64_t line_offset; /*!< The offset of the line's first octet in the client's stream. */
	struct smtp_line line;
	bool bare_lf; /*!< The last command line ended in LF without CR. */
	/*! enum smtp_verb of the command whose reply decides how to read the held octets.
	 * SMTP_UNKNOWN: the reply to the content decides. */
	uint8_t wait;
};

/*! \brief The state of a header of the PROXY protocol. */
struct smtp_proxy {
	uint16_t left;  /*!< The number of octets of the header that have not arrived yet. */
	bool undecided; /*!< A header was read that the server can still refuse. */
};

/*! \brief The server's reply that is being read. */
struct smtp_reply {
	struct smtp_line line;
	bool continued; /*!< A line of the reply was read, and another line of the reply follows. */
	bool greeting;  /*!< This reply is the greeting. */
	/*! enum smtp_offer: the offer in the lines of this reply that were read so far. */
	uint8_t offer;
};

/*! \brief The state of TLS on both sides. */
struct smtp_tls {
	/*! `server_tls` is called until both sides together have sent this many further octets. 0:
	 * it is not called. */
	uint16_t left;
	bool server; /*!< The server's octets are TLS. */
	/*! The server has accepted STARTTLS, and TLS may begin in place of any line. */
	bool agreed;
	bool seen; /*!< A TLS record was seen. */
};

/*! \brief How much of the session was captured. */
struct smtp_resync {
	bool whole;       /*!< The session was captured from its beginning without a gap. */
	bool judged;      /*!< A held line was classified since the mode became SMTP_MODE_LOST. */
	bool client_seen; /*!< A held line was classified at some time in the session. */
};

/*! \brief Octets of the client that cannot be read yet. */
struct smtp_hold {
	uint64_t offset; /*!< Offset of the first held octet. */
	uint16_t size;
	/*!
	 * The number of held octets, from the first on, that were already read. They are a command
	 * that takes effect when the server accepts it, or content that may be commands (`doubt`).
	 */
	uint16_t read;
	/*! In SMTP_MODE_LOST, the held octets may begin with lines in the form of commands. This is
	 * the number of octets of these lines. */
	uint16_t commands;
};

/*! \brief The content that is being read, and its header section. */
struct smtp_content {
	uint64_t bytes;            /*!< Octets of the content that were read. */
	uint64_t bytes_before_dot; /*!< Octets of the content before the latest SMTP_DOT_LAX. */
	uint64_t chunk_left;       /*!< Octets of the BDAT chunk that have not come yet. */
	/*! The incomplete line of the header section, which may continue in the next chunk. */
	struct smtp_line header;
	/*! Octets of `header_text` that were written, and that smtp_content_wipe() must
	 * overwrite. */
	uint16_t header_used;
	uint16_t value_size; /*!< The number of octets in the session's `value`. */
	/*! The last octets that were read. The final dot and its line ends may be in two
	 * segments. */
	uint8_t tail[4];
	/*! enum smtp_header of the current field; -1: the field is not reported. */
	int8_t field;
	bool in_headers; /*!< The header section has not ended. */
	bool last_chunk; /*!< The BDAT command had LAST. */
};

/*!
 * \brief A place in the content at which the server may have ended the content too early.
 *
 * The octets after this place are read as content. At most SMTP_DOUBT_MAX of them are also copied
 * to `hold`.
 */
struct smtp_doubt {
	uint64_t bytes;     /*!< Octets of the content before the doubtful place. */
	uint64_t dot;       /*!< Offset of the end of the latest line with a single dot. */
	uint64_t dot_bytes; /*!< Octets of the content before that dot. */
	/*! The number of octets after the place that were not copied, because there was no room. */
	uint64_t lost;
	/*! The number of copied octets, from the first, whose lines were judged. */
	uint16_t judged;
	uint16_t codes[SMTP_DOUBT_REPLIES]; /*!< The codes of the replies in SMTP_MODE_DOUBT. */
	uint8_t replies;                    /*!< The number of `codes`. */
	uint8_t cause;                      /*!< enum smtp_doubt_cause */
	/*! enum smtp_verb of the first copied line that is not blank, if it has the strict form of
	 * a command; else SMTP_UNKNOWN. */
	uint8_t first;
	bool first_judged; /*!< A copied line that is not blank was judged. */
	bool commands;     /*!< A copied line has the strict form of a command. */
	bool fresh;        /*!< No octet has come after the latest line with a single dot. */
	bool odd;          /*!< The BDAT command of the chunk does not have the strict form. */
	bool refused;      /*!< The server has refused the chunk. */
	bool smuggled;     /*!< The next mail was sent inside the content. */
};

/*! \brief The progress of the transaction's content. */
enum smtp_content_stage {
	SMTP_CONTENT_NONE,   /*!< The content has not begun. */
	SMTP_CONTENT_DATA,   /*!< The content was begun by DATA, or lines were taken for content. */
	SMTP_CONTENT_CHUNKS, /*!< The content was begun by BDAT. */
	SMTP_CONTENT_OVER,   /*!< The content has ended, and the reply to it was not seen yet. */
};

/*! \brief How much of the content was captured. */
enum smtp_content_view {
	SMTP_CONTENT_WHOLE, /*!< All content so far was captured. */
	/*! The DATA command was in a gap, which may also have contained all of the content. */
	SMTP_CONTENT_DOUBTFUL,
	SMTP_CONTENT_GAPPED, /*!< The content has a gap, or its beginning was not captured. */
};

/*!
 * \brief A transaction, from MAIL to the reply to the content.
 *
 * If MAIL and RCPT were not captured, content may come while no transaction is open.
 */
struct smtp_transaction {
	/*! A bit for each recipient, by index. It is set if `rcpt_final` is to be called. */
	uint64_t finals[SMTP_FINALS_MAX / 64];
	uint32_t rcpts;         /*!< Recipients. */
	uint32_t rcpts_taken;   /*!< Recipients that the server accepted. */
	uint32_t rcpts_refused; /*!< Recipients that the server refused. */
	enum smtp_content_stage stage;
	enum smtp_content_view view;
	/*! Code of the reply that refused MAIL, DATA or a chunk; 0: none was refused. */
	uint16_t refusal;
	/*! Code of a reply that came before the end of the content; 0: there was none. */
	uint16_t early;
	uint16_t verdict; /*!< In LMTP, the lowest code of the replies to the content so far. */
	bool open;        /*!< MAIL or RCPT was seen. */
	bool lmtp;        /*!< The latest of the client's EHLO, HELO and LHLO was LHLO. */
};

/*! \brief A command that was not answered yet. */
struct smtp_pending {
	uint8_t kind;   /*!< enum smtp_pending_kind */
	uint8_t verb;   /*!< enum smtp_verb */
	uint32_t count; /*!< See enum smtp_pending_kind. */
};

/*! \brief The commands that were not answered yet, oldest first, in a ring buffer. */
struct smtp_pending_ring {
	uint8_t first;
	uint8_t size;
	uint8_t match; /*!< enum smtp_match */
	struct smtp_pending ring[SMTP_PENDING_MAX];
};

/*!
 * \brief The whole state of a session: a struct of about 8 KiB, at most SMTP_SESSION_MAX.
 *
 * The caller may read `counters` at any time; all else is private to the parser. Each part is
 * written only by the file of the same name: `tls` by smtp_tls.c, `pending` by smtp_pending.c.
 * smtp_session.c writes `mode` and `server_seen`. Each counter is written by one file.
 */
struct smtp_session {
	/* The first cache line has the members that are read for each segment of either side. */
	const struct smtp_handler *handler;
	void *user;
	enum smtp_mode mode;
	bool server_seen;
	struct smtp_tls tls;
	struct smtp_client client;
	struct smtp_reply reply;
	struct smtp_resync resync;

	struct smtp_content content;
	struct smtp_doubt doubt;
	struct smtp_proxy proxy;
	struct smtp_transaction transaction;
	struct smtp_hold hold;
	struct smtp_counters counters;
	struct smtp_pending_ring pending;

	/* The buffers are not initialized. The structs above state how many octets of each buffer
	 * are in use. */
	char reply_text[SMTP_REPLY_MAX];
	char hold_text[SMTP_HOLD_MAX];
	union {
		struct {
			char client_text[SMTP_LINE_MAX];
			char header_text[SMTP_FIELD_MAX];
			char value[SMTP_VALUE_MAX];
		};
		/*! The ClientHello shares memory with the buffers above, because no line is read
		 * once TLS has begun. */
		struct tls_hello hello;
	};
};

#define SMTP_SESSION_MAX 8704
_Static_assert(sizeof(struct smtp_session) <= SMTP_SESSION_MAX, "session size is promised");

/*! \brief Starts a session; `handler` is borrowed until smtp_end(). */
void smtp_init(struct smtp_session *session, const struct smtp_handler *handler, void *user);

/*!
 * \brief Takes the next octets of one side.
 *
 * \param offset  Position of bytes[0] in the stream of that side. Callbacks receive positions in
 *                the client's stream as `offset`.
 *
 * \retval true   Further octets are needed.
 * \retval false  TLS has begun, and no further octets of either side are needed.
 */
bool smtp_feed(struct smtp_session *session, enum smtp_side side, const uint8_t *bytes, size_t size,
               uint64_t offset);

/*!
 * \brief Reports that `bytes` octets of a side were not captured. The next smtp_feed() for this
 *        side begins after these octets.
 */
void smtp_gap(struct smtp_session *session, enum smtp_side side, size_t bytes);

/*!
 * \brief Prepares a new session for a line that was captured with two different contents. The
 *        session `other` reads one of them, the new session reads the other one. The new session
 *        expects a command if `other` expects one; else it must resync.
 */
void smtp_begin_as(struct smtp_session *session, const struct smtp_session *other);

/*! \brief Returns true if the client's next octets may be a credential. */
static inline bool smtp_is_authenticating(const struct smtp_session *session)
{
	bool waits = session->mode == SMTP_MODE_WAIT || session->mode == SMTP_MODE_GUESS;

	return session->mode == SMTP_MODE_AUTH || session->mode == SMTP_MODE_CREDENTIAL ||
	       (waits && session->client.wait == SMTP_AUTH);
}

/*!
 * \brief Returns true if two sessions will read all further octets in the same way: they have the
 *        same mode, neither has read a part of a line, and neither waits for a reply.
 */
bool smtp_agree(const struct smtp_session *a, const struct smtp_session *b);

/*!
 * \brief Ends a session: calls `rcpt_reply` with code 0 for recipients without a reply, and
 *        `mail_end` if a transaction is open.
 *
 * Buffers are wiped; counters remain. smtp_feed() must not be called afterwards.
 */
void smtp_end(struct smtp_session *session);
