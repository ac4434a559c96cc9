/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The data from which a report is written: incidents with their answers, mails and hits.
 *
 * The data come from events (report_model.h) and from the history (report_history.h). The writers
 * in sensor/report/formats/ read them. All texts come from the wire or from files of others, so a
 * writer must escape each of them. They are UTF-8 and may contain any character, also NUL.
 *
 * Ownership: the report owns all texts and lists; report_free() frees them. Times are nanoseconds
 * since 1970 UTC; 0: not known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/report/report_memory.h"

/*! \brief A text in UTF-8, followed by a NUL octet. If there is no text, `text` is NULL. */
struct report_text {
	const char *text;
	size_t size;
};

struct report_texts {
	struct report_text *items;
	size_t count;
};

/*! \brief One hit event (nsmx.what of DNS, TLS or SMTP). */
struct report_hit {
	int64_t time_ns;
	unsigned severity; /*!< event.severity: 25, 50, 75 or 99. */
	uint64_t count;    /*!< 1, or nsmx.count of a repeat. */
	struct report_text event_id, action, reason;
	struct report_text rule_id, rule_text, feed;
	struct report_text kind;  /*!< nsmx.what */
	struct report_text field; /*!< The ECS or nsmx field of the value. */
	struct report_text value; /*!< The observed value. */
	/*! The type of the record, such as "NS". Without text: the value is not in a record. */
	struct report_text type;
	struct report_text owner; /*!< nsmx.owner, the owner of the record. */
	struct report_text question, protocol, client, server, community_id, imitates;
	struct report_text evidence; /*!< The name of the file with the packets. */
	uint16_t client_port, server_port;
	uint32_t ttl;
	bool has_ttl;
	int64_t cached_until_ns;
};

enum report_answer_kind { REPORT_EXPECTED, REPORT_ROGUE };

/*! \brief One value of the owner between two times: a bar of the timeline. */
struct report_answer {
	enum report_answer_kind kind;
	struct report_text owner;       /*!< The owner of the record, "mail.example.net". */
	struct report_text type, value; /*!< "NS", "ns1.example.net" */
	int64_t first_ns, last_ns;
	int64_t cached_until_ns;
	uint64_t count; /*!< Number of responses with this answer; 0: not known. */
	/*! A hash of the id of the rule whose hits `count` counts; 0: `count` is not from hits. */
	uint64_t rule;
};

/*! \brief A resolver that has a rogue record in its cache. */
struct report_resolver {
	struct report_text ip;
	int64_t first_ns; /*!< Time of the first answer with such a record; 0: not known. */
	int64_t cached_until_ns;
};

struct report_rcpt {
	struct report_text address;
	unsigned reply_code; /*!< 0: not seen. */
	bool accepted;
};

struct report_mail {
	int64_t time_ns; /*!< The time of the first RCPT command. */
	/*! Data from the hits of the mail, such as the id of its event. If no hit was read, they
	 * are not set; a history gives only `client` and `server`. */
	struct report_text event_id, client, server, helo, subject, message_id, evidence;
	struct report_text from;
	uint64_t connection; /*!< Mails of one connection have one number; 0: not known. */
	struct report_rcpt *rcpts;
	size_t rcpt_count;
	bool accepted; /*!< The server accepted a recipient. */
	bool content;  /*!< Content was transferred. */
	bool tls;
};

/*! \brief All that is known of one hijacked name or rule (nsmx.incident.id). */
struct report_incident {
	struct report_text id;
	struct report_text owner;   /*!< Without text: the incident is that of a rule. */
	struct report_text network; /*!< Set only with --separate; otherwise without text. */
	struct report_text state;   /*!< "open", "update" or "closed". */
	unsigned severity;          /*!< The greatest event.severity of its hits. */
	int64_t first_ns, last_ns, cached_until_ns;
	struct report_texts expected, seen, reasons, clients, rules;
	uint64_t clients_count; /*!< Different clients; `clients` may be fewer. */
	uint64_t hit_count;     /*!< All hits; `hits` may be fewer. */
	uint64_t mail_sessions;
	struct report_resolver *resolvers;
	size_t resolver_count;
	struct report_answer *answers;
	size_t answer_count; /*!< `answers` are in order of `first_ns`. */
	struct report_mail *mails;
	size_t mail_count; /*!< `mails` are in order of `time_ns`. */
	/*! The first hits that were read, up to a bound (report_merge.h), in order of `time_ns`. */
	struct report_hit *hits;
	size_t hits_listed; /*!< The number of `hits`. */
	uint64_t omitted;   /*!< Values, mails and hits that were read and are not listed. */
};

struct report {
	int64_t written_ns;
	struct report_texts sensors; /*!< observer.name of the events. */
	struct report_texts sources; /*!< What the report was made from, without passwords. */
	int64_t first_ns, last_ns;   /*!< The times of the first and the last event. */
	/*! What could not be seen: whole sentences, such as "The kernel dropped 1,204 packets." */
	struct report_texts limits;
	bool partial;      /*!< A source was not read, or only in part, as `limits` states. */
	uint64_t unlisted; /*!< Reasons for that, for which `limits` has no room. */
	struct report_incident *incidents; /*!< Most severe first, then by first_ns. */
	size_t incident_count;
	struct report_memory memory; /*!< It holds all texts and lists. */
};

/*! \brief Frees all texts and lists, but not the struct. */
void report_free(struct report *report);

/*! \brief Returns -1, 0 or 1 for the order of two texts. A missing text comes before all others. */
int report_text_compare(const struct report_text *a, const struct report_text *b);
