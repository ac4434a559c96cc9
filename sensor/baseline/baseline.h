/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Learned baselines: finds the values that an owner never showed before (`learn` rules).
 *
 * A DNS response adds rows to the history. The caller passes each of these rows to baseline_see(),
 * or, if it knows only the places of the rows, to baseline_see_again(). If baseline_wants() then
 * returns true, the message has something that the table does not have. The caller then passes all
 * rows to baseline_gather(), unless it has already done so, and calls baseline_judge(), which
 * reports the changes and adds the values to the table.
 *
 * Most rows were seen a moment ago. They are found in a cache of the worker and only counted.
 *
 * Each worker has a struct baseline; the table (known.h) is shared. A value is added to the table
 * and reported under one lock, so that one worker alone reports it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/rows/row.h"
#include "parsers/dns/dns.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/baseline/asn.h"
#include "sensor/baseline/known/known.h"
#include "sensor/baseline/score.h"

/*! \brief The greatest number of known values that a change lists. */
#define BASELINE_KNOWN_MAX 16
/*! \brief The greatest number of changes of one message. Later messages report the others. */
#define BASELINE_CHANGES_MAX 32

/*! \brief The greatest number of new values of one message that are judged. Later messages judge
 *         the others. */
#define BASELINE_JUDGED_MAX 64

struct baseline;

/*! \brief A known value. */
struct baseline_known {
	enum known_kind kind;
	uint32_t asn;      /*!< The autonomous system of an address; 0: unknown. */
	uint32_t number;   /*!< The `value` of struct known_value, if it is not a name. */
	uint8_t wire_size; /*!< Octets of `wire`. */
	uint8_t wire[DNS_NAME_MAX];
	uint32_t first, last; /*!< Seconds since 1970 UTC. */
	uint32_t count;
};

/*! \brief Octets of the text of a known value, with the final NUL. */
#define BASELINE_TEXT_SIZE (DNS_NAME_TEXT_MAX + 1)

/*! \brief Writes a value as text: a name, an address's network, or the fields of a DS record. */
void baseline_text(const struct baseline_known *known, char text[BASELINE_TEXT_SIZE]);

/*! \brief A value that an owner never showed before. It is valid during the call. */
struct baseline_change {
	struct observation seen;
	enum learn_kind kind;
	int section; /*!< enum dns_section */
	struct ruleset_learn learn;
	unsigned score;
	uint32_t reasons; /*!< Bits of enum score_reason. */
	struct baseline_known known[BASELINE_KNOWN_MAX];
	size_t known_count;
};

typedef void (*baseline_emit_t)(void *ctx, const struct baseline_change *change);

/*!
 * \brief Creates the object of a worker.
 *
 * \param known  The table; borrowed.
 * \param rules  Borrowed; see baseline_set_rules().
 * \param asns   Borrowed; NULL: a network is a prefix, of 16 bits for IPv4 and of 32 bits for
 *               IPv6.
 *
 * \return NULL when out of memory.
 */
struct baseline *baseline_new(struct known *known, const struct ruleset *rules,
                              const struct asn_db *asns);
void baseline_free(struct baseline *baseline);

/*! \brief Replaces the rules. */
void baseline_set_rules(struct baseline *baseline, const struct ruleset *rules);

/*!
 * \brief Starts a message, which `server` sent.
 *
 * \param generation  history_table_generation(); a place is valid within one generation.
 */
void baseline_begin(struct baseline *baseline, uint32_t generation,
                    const struct dns_message *message, const struct in6_addr *server);

/*! \brief Sets the generation, if the table was emptied within the message. */
void baseline_set_generation(struct baseline *baseline, uint32_t generation);

/*!
 * \brief Counts a row of the message.
 *
 * \param place   The place of the row in the history's table; 0: it has none.
 * \param time_s  Packet time, in seconds since 1970 UTC.
 */
void baseline_see(struct baseline *baseline, const struct history_row *row, uint32_t place,
                  uint32_t ttl, uint64_t time_s);

/*! \brief Counts a row that was seen before, by its place. */
void baseline_see_again(struct baseline *baseline, uint32_t place, uint32_t ttl, uint64_t time_s);

/*! \brief Notes that nothing is learned from the row at a place. */
void baseline_pass(struct baseline *baseline, uint32_t place);

/*! \brief Returns true if a row must never be folded (history/fold.h). These are rows of NS, MX and
 *         DS records, and rows that are covered by a `learn` rule for a name (not for `*`). */
bool baseline_keeps(const struct baseline *baseline, const struct history_row *row,
                    uint64_t time_s);

/*! \brief Returns true if the message must be gathered and judged. */
bool baseline_wants(const struct baseline *baseline);

/*! \brief Returns true if a row of the message was added. */
bool baseline_has_gathered(const struct baseline *baseline);

/*! \brief Adds a row of the message. */
void baseline_gather(struct baseline *baseline, const struct history_row *row, uint32_t place,
                     const struct dns_entry *entry);

/*! \brief Reports the changes of the message, which `server` sent, and learns its values. */
void baseline_judge(struct baseline *baseline, const struct dns_message *message,
                    const struct in6_addr *server, int64_t time_ns, baseline_emit_t emit,
                    void *ctx);

/*! \brief Returns the number of facts for which there was no room (facts.h). */
uint64_t baseline_omitted(const struct baseline *baseline);
