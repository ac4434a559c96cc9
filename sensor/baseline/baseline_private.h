/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the files of this room have in common. Private to sensor/baseline/. */
#pragma once

#include "sensor/baseline/asn.h"
#include "sensor/baseline/baseline.h"
#include "sensor/baseline/facts.h"

/*! \brief A row that was seen a short time ago, and its value in the table. */
struct recent {
	uint32_t place; /*!< The place of the row in the history's table. */
	uint32_t generation;
	known_id value; /*!< 0: nothing is learned from the row. */
	known_id owner;
	uint32_t until_s; /*!< The time until which the row is only counted. */
	uint8_t side;     /*!< KNOWN_PARENT or KNOWN_CHILD. */
	bool is_ds;
	bool authoritative;
	uint8_t answered; /*!< The bits of validated_answer() that were learned in this time. */
};

#define RECENT_BITS 17
#define RECENT_MAX  (1u << RECENT_BITS)
/*!
 * \brief The time for which a row is only counted, in seconds. After that, it is judged again, so
 *        that the table also notes that the zone still answers.
 */
#define RECENT_S 300

struct baseline {
	struct known *known;
	const struct ruleset *rules;
	const struct asn_db *asns; /*!< NULL: networks are prefixes. */
	uint32_t generation;       /*!< The generation of all places below. */
	uint32_t code_place;       /*!< The place of the row of a response code. */
	bool wants;                /*!< The message has something that is not in the cache. */
	bool is_signed;   /*!< The message has NS records from the parent of a domain with a DS
	                     record. */
	bool has_ds;      /*!< The message has a DS record. */
	uint8_t answered; /*!< validated_answer() of the message. */
	struct facts facts;
	/*! The response code, if the message has no answer; -1: it has records. */
	int code;
	struct dns_name question; /*!< The question that a response code answers. */
	/*! For each change: its names, if the message itself does not contain them. */
	struct {
		struct dns_name owner, target;
	} dangling[BASELINE_CHANGES_MAX];
	uint16_t question_type;
	bool has_do; /*!< The message has the DO bit (RFC 3225). */
	/*! The rules for `*`, by enum learn_kind. `asked` has the kinds that were looked up in this
	 * second, and `ruled` those of them that have a rule, both as bits. */
	struct ruleset_learn of_all[LEARN_COUNT];
	unsigned asked, ruled;
	unsigned judged; /*!< New values of the message that were judged. */
	uint32_t freed; /*!< The value of known_freed() before the names of the facts were found. */
	uint32_t now_s;
	int64_t now_ns;
	const struct dns_message *message;
	const struct in6_addr *server; /*!< The sender of the message. */
	struct baseline_change changes[BASELINE_CHANGES_MAX];
	size_t changes_count;
	struct recent recent[RECENT_MAX];
};

/*! \brief Returns how long ago a time is; 0 for a time in the future. */
static inline uint32_t baseline_age(const struct baseline *baseline, uint32_t time_s)
{
	return baseline->now_s > time_s ? baseline->now_s - time_s : 0;
}

/*! \brief What is known of an owner. */
struct standing {
	uint32_t first; /*!< The first sighting. */
	unsigned count; /*!< The sightings of the most frequent value; 0: nothing is known. */
	uint32_t ttl;   /*!< The greatest TTL at this side. */
	bool at_side;   /*!< A value was seen at this side. */
};

/*!
 * \brief Returns true if a value belongs to the baseline. A value that is forgotten does not. A
 *        value that a hit has reported does only if its sightings span at least one hour, and at
 *        least `after_s` of the rule. A DS record that a hit has reported never does.
 */
bool standing_has(const struct baseline *baseline, const struct known_value *value,
                  const struct ruleset_learn *learn);

/*! \brief Sums up the values of these kinds (RULE_BIT()) that an owner has. */
struct standing standing_of(struct baseline *baseline, known_id owner, unsigned kinds, uint8_t side,
                            const struct ruleset_learn *learn);

/*! \brief Returns true if an owner is known for long enough to have hits. */
bool standing_is_known(const struct baseline *baseline, const struct standing *standing,
                       const struct ruleset_learn *learn);

/*! \brief Sets the time of the message. */
void baseline_set_time(struct baseline *baseline, int64_t time_ns);

/*! \brief Finds the rule that learns something about an owner. */
bool baseline_find_rule(struct baseline *baseline, const uint8_t *owner, size_t owner_size,
                        enum learn_kind kind, bool all, struct ruleset_learn *learn);

/*! \brief Adds a change; baseline_list_known() adds its known values. \return NULL if there is no
 *         room, or if an `allow` rule silences the change. */
struct baseline_change *baseline_add_change(struct baseline *baseline, enum learn_kind kind,
                                            const struct observation *seen, int section,
                                            const struct ruleset_learn *learn,
                                            const struct score_facts *score);

/*! \brief Adds to a change the known values of these kinds (RULE_BIT()) that an owner has. */
void baseline_list_known(struct baseline *baseline, struct baseline_change *change, known_id owner,
                         unsigned kinds);

/*! \brief Makes the observation of a fact. */
void baseline_observe(const struct baseline *baseline, const struct fact *fact,
                      struct observation *seen);

/*!
 * \brief Finds or adds a name. Its registrable domain is found later, if it is needed.
 *
 * \return 0 if it has only one label, or if there is no room.
 */
known_id baseline_name(const struct baseline *baseline, const uint8_t *wire, size_t size);

/*! \brief Finds or adds a name that is a registrable domain. \return 0 if it is not. */
known_id baseline_registrable(const struct baseline *baseline, const uint8_t *wire, size_t size);

/*!
 * \brief Returns the registrable domain of a name; 0: it has none. Unlike known_domain(), it asks
 *        the Public Suffix List if that was not yet done for this name.
 */
known_id baseline_domain(const struct baseline *baseline, known_id name);

/*! \brief Returns a number for the autonomous system of an address; if the autonomous system is not
 *         known, the number of the address's prefix. */
uint32_t baseline_asn(const struct baseline *baseline, enum known_kind kind, uint32_t number);

/*! \brief Returns the number of a prefix. */
static inline uint32_t baseline_prefix(enum known_kind kind, uint32_t number)
{
	return kind == KNOWN_IPV4 ? number >> 16 : number ^ number >> 16;
}

/*! \brief Returns that number of an address's network which known_join_network() takes. */
static inline uint32_t baseline_network(const struct baseline *baseline, enum known_kind kind,
                                        uint32_t number)
{
	return baseline->asns != NULL ? baseline_asn(baseline, kind, number)
	                              : baseline_prefix(kind, number);
}

/*! \brief Judges the targets, addresses and keys of the message (judge.c). */
void judge_records(struct baseline *baseline);

/*!
 * \brief Returns true if a message without the DS record of an owner shows that the owner has none
 *        any more: the message has the DO bit (RFC 3225), or the record was seen in a message
 *        without this bit before, or none of the owner's name servers in the message is known.
 *
 * \param has_old  The message has a name server of the owner that is known.
 */
bool health_ds_is_absent(struct baseline *baseline, known_id owner, bool has_old);

/*! \brief Reports that an owner has no DS record any more. `seen` is a record of the owner.
 *         \return The change; NULL: see baseline_add_change(). */
struct baseline_change *health_report_ds(struct baseline *baseline, known_id owner,
                                         const struct observation *seen, int section,
                                         const struct ruleset_learn *learn);

/*! \brief The values of a field of two bits. Each of four groups of resolvers has such a field. */
enum validated { VALIDATED = 1, NOT_VALIDATED = 2 };

/*!
 * \brief Returns whether a resolver has validated its answer (validated.c), as a bit in the field
 *        of the resolver's group; 0 if the message is no answer of a resolver, or if no `learn`
 *        rule learns DS records.
 */
uint8_t validated_answer(const struct baseline *baseline, const struct dns_message *message,
                         const struct in6_addr *server);

/*! \brief Reports that a resolver no longer validates a name. */
void validated_judge(struct baseline *baseline);

/*! \brief Returns the place in `recent` for a row. */
static inline struct recent *baseline_recent(struct baseline *baseline, uint32_t place)
{
	return &baseline->recent[place * 0x9e3779b1u >> (32 - RECENT_BITS)];
}

/*! \brief Sets `owner_id` and `target_id` of a fact. `before` is the fact that precedes `fact` in
 *         the message, and often has the same owner; NULL: there is none. */
void judge_find_owner(struct baseline *baseline, struct fact *fact, const struct fact *before);

/*! \brief Judges how the zone answers (health.c). */
void health_judge(struct baseline *baseline);

/*! \brief Adds the facts of the message to the table (learn.c). */
void learn_facts(struct baseline *baseline);

/*!
 * \brief Adds sightings of a fact.
 *
 * \return The value; NULL if the fact is not kept as a value of its owner.
 */
struct known_value *learn_fact_seen(struct baseline *baseline, const struct fact *fact,
                                    uint32_t first_s, uint32_t last_s, uint32_t count);

/*! \brief Returns the number of owners in other domains that have a target in `domain`; 0 if there
 *         is only one, and it is in the same domain as `owner`. If there are none, returns the
 *         number of owners with hits for targets in `domain`, or 0 if that number is less than
 *         KNOWN_REPORTED_LEAST. */
unsigned learn_served(struct baseline *baseline, known_id domain, known_id owner);
