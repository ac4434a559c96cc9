/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The labels of names: each is stored once below its parent. Private to
 *        sensor/baseline/known/.
 */
#pragma once

#include "sensor/baseline/known/known_private.h"

/*! \brief A label with its length. */
struct known_label {
	const uint8_t *octets;
	/*! True: with its length, the label fits in KNOWN_LABEL_HERE octets. `parts` then has these
	 * octets as numbers, filled with zeros as in struct known_name. */
	bool is_short;
	uint64_t parts[2];
};

/*! \brief The octets of a name, with room to read a label in one step. */
struct known_octets {
	uint8_t starts[DNS_NAME_LABELS_MAX];
	size_t labels;
	uint8_t wire[DNS_NAME_MAX + KNOWN_LABEL_HERE];
};

/*! \brief Splits the octets of a name into labels; none if the octets are not exactly one name. */
void known_read_octets(struct known_octets *octets, const uint8_t *wire, size_t size);

/*! \brief Returns a label of at most 63 octets that is followed by KNOWN_LABEL_HERE readable ones.
 */
struct known_label known_label_of(const uint8_t octets[DNS_LABEL_MAX + 1 + KNOWN_LABEL_HERE]);

/*! \brief Returns the i-th label of a name. */
struct known_label known_label_at(const struct known_octets *octets, size_t i);

/*! \brief Returns the head of the chain in which a label below this parent is. */
known_id *known_bucket(const struct known *known, known_id parent, const struct known_label *label);

/*! \brief Returns the unit with the octets of a long label that are not in the name itself. */
known_id known_rest(const struct known_name *name);

/*! \brief Copies a label with its length. \return Its size; 0 if the memory is damaged. */
size_t known_read_label(const struct known *known, const struct known_name *name,
                        uint8_t label[DNS_LABEL_MAX + 1]);

/*! \brief Finds the name with this label below a parent. \return 0 if there is none. */
known_id known_find_label(const struct known *known, known_id parent,
                          const struct known_label *label);
