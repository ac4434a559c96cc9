/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the event of a hit or of a logged message: one line of JSON with the field names of
 *        the Elastic Common Schema.
 *
 * Fields without a value are left out. The text is valid UTF-8 regardless of the octets on the
 * wire. If a message is too large for a record of the journal, the event lists as many of its
 * resource records as fit, and states the number of the others (`nsmx.records_omitted`).
 *
 * Ownership: the writer owns the event that it returns, which lives until the next call on the
 * writer. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/flow/flow.h"
#include "sensor/flow/transcript.h"
#include "sensor/journal/record.h"

/*! \brief Room for an event.id: 128 bits in hexadecimal, and NUL. */
#define EVENT_ID_MAX 33

/*! \brief How far the connection to a matched server was established. */
enum event_connection {
	EVENT_CONNECTION_NONE, /*!< The event does not state this. */
	EVENT_CONNECTION_ATTEMPTED,
	EVENT_CONNECTION_REFUSED,
	EVENT_CONNECTION_ESTABLISHED,
};

/*! \brief The largest number of clients and of mails that the event of a row lists. */
#define EVENT_ROW_LIST_MAX 100

/*! \brief A text that may contain any octets; borrowed. */
struct event_text {
	const char *text; /*!< NULL: there is none. */
	size_t size;
};

/*! \brief Mail in a row of the history: one mail to one recipient, or all mails to the recipients
 * of a domain at a server. */
struct event_mail {
	struct in6_addr server;
	bool single;                 /*!< The row is one mail to one recipient. */
	int64_t first_ns, last_ns;   /*!< Equal for a single mail. */
	struct event_text recipient; /*!< The mailbox, or the domain. */

	/* A single mail. */
	struct in6_addr client;
	struct event_text sender; /*!< Empty for the null sender. */
	unsigned reply_code;      /*!< The reply to the recipient; 0: it was not seen. */
	bool content;             /*!< Content of the mail was transferred. */
	bool tls;

	/* All mails of a domain. */
	uint64_t count;
	uint32_t accepted_count, tls_count;
};

/*!
 * \brief A row of the history: mail, or a DNS record or response code with the number of times that
 *        it was seen. All pointers are borrowed.
 */
struct event_row {
	const uint8_t *key; /*!< Octets that identify the row, and are the same in each hunt. */
	size_t key_size;
	/*! The address of the server of a row of mail; NULL: the row is one of DNS. */
	const struct in6_addr *server;
	struct event_text banner; /*!< The host name in the greeting of that server. */

	/* The members from here to `ttl` are set only in a row of DNS, except `last_ns` and
	 * `count`. */
	const uint8_t *owner; /*!< The owner in wire format. */
	uint16_t type;
	const char *origin; /*!< "child", "parent", "cache" or "glue" (docs/history.md). */
	bool is_code;       /*!< `data` is the name of a response code. */
	const char *data;   /*!< The data in presentation form. */
	size_t data_size;
	/*! The time of the last sighting, in nanoseconds since 1970 UTC. The time of the first
	 * sighting is that of the subject's flow. */
	int64_t last_ns;
	uint64_t count; /*!< The number of sightings. */
	uint32_t ttl;   /*!< The greatest TTL, in seconds. */

	/* Related rows of the history. */
	const struct in6_addr *clients; /*!< The clients that received the record. */
	size_t clients_count;
	const struct event_mail *mails; /*!< The mail of the row, or mail to the address in it. */
	size_t mails_count;
};

/*! \brief What an event is about: a DNS message, an SMTP session, or a row of the history. All
 *         pointers are borrowed. */
struct event_subject {
	const struct flow *flow;       /*!< For a row, only its time is used. */
	const struct dns_message *dns; /*!< The DNS message; NULL for SMTP and for a row. */
	/*! The transcript of the SMTP session; NULL for DNS and for a row. */
	const struct transcript *transcript;
	const struct event_row *row; /*!< The row; NULL for packets. */
	/*!
	 * For SMTP, a number that identifies the line or reply within the connection and is the
	 * same in every run. It is unused for DNS, where the octets of the message identify it.
	 */
	uint64_t anchor;
	/*!
	 * Memory of EVENT_ID_MAX octets for the id of the message's first event, borrowed. It
	 * contains an empty text until that event is written. NULL: the id is not stored.
	 */
	char *first_event;
	enum event_connection connection;
	/*! For SMTP to a watched server: the owner in the DNS hit because of which the server is
	 * watched. NULL: none. */
	const struct dns_name *hijacked;
	uint32_t first_seq; /*!< For SMTP, the first sequence number that was read. */
	unsigned mail;      /*!< For SMTP, the number of mails before the current one. */
};

/*! \brief Returns whether an event is about DNS, not about SMTP. */
static inline bool event_subject_is_dns(const struct event_subject *subject)
{
	return subject->dns != NULL || (subject->row != NULL && subject->row->server == NULL);
}

/*! \brief Returns whether a proxy has opened the connection for a client that it has named. */
static inline bool event_subject_is_proxied(const struct event_subject *subject)
{
	return subject->transcript != NULL && subject->transcript->proxied;
}

/*! \brief Returns the address of the client. If a proxy has named a client, it is the address of
 *         the named one, not that of the proxy. */
static inline const struct in6_addr *event_subject_client(const struct event_subject *subject)
{
	return event_subject_is_proxied(subject) ? &subject->transcript->origin.addr
	                                         : &subject->flow->key.client;
}

/*! \brief The parts of the message that an event contains. */
enum event_extent {
	EVENT_WHOLE, /*!< All records or recipients that fit. */
	/*! Only the record or recipient with the hit; the others are counted as omitted. */
	EVENT_OWN,
};

/*!
 * \brief If a DNS message has more records than this, only its first event contains all of them.
 */
#define EVENT_RECORDS_MAX 64

/*!
 * \brief Marks an event of an intercepted mail session, which is a session to a watched address.
 *        There is an event for each recipient that the session names, and one at its end.
 */
struct event_interception {
	bool ended; /*!< This is the event at the end of the session. */
	/*! event.id of the DNS hit because of which the address is watched; empty if that hit
	 * had no event. */
	const char *dns_event;
};

/*! \brief A value that a learned baseline knows. */
struct event_known {
	const char *value;
	int64_t first_ns, last_ns; /*!< Nanoseconds since 1970 UTC. */
	uint64_t count;
};

/*! \brief A change of a learned baseline. All pointers are borrowed. */
struct event_change {
	const char *kind; /*!< The value of `nsmx.what`. */
	unsigned score;
	const char *const *reasons; /*!< At least one. */
	size_t reasons_count;
	const struct event_known *known;
	size_t known_count;
};

/*! \brief A rule that matched, and the observed value that it matched. All pointers are borrowed.
 */
struct event_hit {
	const struct observation *seen;
	const struct rule_view *rule;
	/*! ECS name of the field that has the observed value, for example "dns.answers.data". */
	const char *field;
	int section; /*!< enum dns_section; -1 for SMTP. */
	/*! The interception; NULL for every hit that is not an intercepted mail. */
	const struct event_interception *interception;
	const struct event_change *change; /*!< NULL for every hit that is not a change. */
	/*! The name of the file with the packets of the hit; NULL: they are not written. */
	const char *evidence;
	/*! The owner of the record matches a rule of name servers, so it is not a hijacked name. */
	bool owner_matches;
	const char *incident; /*!< nsmx.incident.id; NULL: none. */
};

/*! \brief Returns the value of `nsmx.what`. */
static inline const char *event_kind_text(const struct event_hit *hit)
{
	return hit->change != NULL ? hit->change->kind : observation_kind_text(hit->seen->kind);
}

struct event {
	struct record record;
	/*!
	 * Offsets in the JSON of a hit at which event_write_repeat() changes the JSON: the start of
	 * the id's text, and the ends of the objects `event` and `nsmx`.
	 */
	size_t id_at, event_end, nsmx_end;
};

struct event_writer;
struct domains;

/*!
 * \brief Creates a writer.
 *
 * \param sensor  The value of observer.name; copied.
 *
 * \return NULL when out of memory.
 */
struct event_writer *event_writer_new(const char *sensor);
void event_writer_free(struct event_writer *writer);

/*!
 * \brief Starts a DNS message. All events that are written before the next call are about this
 *        message.
 *
 * The parts that these events have in common are formatted only once. If this function was never
 * called, they are formatted for each event.
 */
void event_writer_begin(struct event_writer *writer);

/*! \brief Returns the cache of registrable domains of a writer. */
struct domains *event_writer_domains(struct event_writer *writer);

/*!
 * \brief Writes the observed value in the form that it has in events: a name in lower case, an
 *        address in canonical form, a mailbox with its local part as sent. It is not terminated by
 *        NUL.
 *
 * \return The number of octets written, at most `room`.
 */
size_t event_value(const struct observation *seen, char *value, size_t room);
/*! \brief Room that is enough for any text of event_value(). */
#define EVENT_VALUE_MAX 4096

/*!
 * \brief Writes the event of a hit, or of a logged message (`--log`).
 *
 * \param hit     NULL for a logged message; not NULL for a row.
 * \param extent  How much of the message the event contains; normally EVENT_WHOLE. Unused for a
 * row.
 *
 * \return NULL when out of memory.
 */
const struct event *event_write(struct event_writer *writer, const struct event_subject *subject,
                                const struct event_hit *hit, enum event_extent extent);
