/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the table knows of mail servers. Private to sensor/baseline/.
 *
 * The table stores addresses, keys, and greetings that are not host names, as names of one label.
 * The first octet of such a label is a value of enum server_label. No host name has this octet.
 */
#pragma once

#include <netinet/in.h>

#include "history/rows/mail_row.h"
#include "sensor/baseline/baseline_private.h"

/*! \brief The first octet of a label that is not a part of a name. */
enum server_label { LABEL_ADDRESS, LABEL_KEY, LABEL_TEXT, LABEL_PAIR };

/*! \brief Offers of STARTTLS, which are values of the kind KNOWN_STARTTLS. */
enum server_offer { OFFER_NONE, OFFER_STARTTLS, OFFER_OVERWRITTEN };

/*! \brief Finds a server; if the table does not have it, adds it if `add` is true. \return 0 if the
 *         table does not have it, or if there is no room. */
known_id server_name(struct known *known, const struct in6_addr *addr, bool add);

/*! \brief Finds or adds a pair of a server and a client. */
known_id server_pair(struct known *known, const struct in6_addr *server,
                     const struct in6_addr *client, bool add);

/*! \brief Reads the address of a server. \return False if `server` is not one. */
bool server_address(const struct known *known, known_id server, struct in6_addr *addr);

/*! \brief Finds or adds a greeting. */
known_id server_banner(struct baseline *baseline, const char *text, size_t size, bool add);

/*! \brief Finds or adds the hash of a key. */
known_id server_key(struct known *known, const uint8_t key[HISTORY_HASH_SIZE], bool add);

/*! \brief Returns KNOWN_IPV4 or KNOWN_IPV6 for an address. `network` receives the number of its
 *         network (baseline_network()). */
enum known_kind server_network(const struct baseline *baseline, const struct in6_addr *addr,
                               uint32_t *network);

/*! \brief Adds sightings of a value. \return NULL if there was no room. */
struct known_value *server_learn(struct baseline *baseline, known_id owner, enum known_kind kind,
                                 uint32_t number, const struct history_seen *seen);

/*! \brief Writes the label of an address, a key or a greeting as text. \return False if `wire` is
 *         no such label. */
bool server_text(const uint8_t *wire, size_t size, char text[BASELINE_TEXT_SIZE]);
