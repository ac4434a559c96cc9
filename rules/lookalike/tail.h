/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The last labels of a name, which decide whether it imitates another name.
 *
 * No entry of the Public Suffix List has more labels than TAIL_LABELS_MAX - 2, so a registrable
 * domain and the label before it are within the last TAIL_LABELS_MAX labels. Labels before them
 * are not read: an attacker could have 120 of them judged for 20 octets of a message.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"

#define TAIL_LABELS_MAX DNS_LABELS_KEPT

struct tail {
	const uint8_t *wire;             /*!< Wire format, within the name; borrowed. */
	size_t size;                     /*!< Octets of `wire`, the final zero included. */
	size_t labels;                   /*!< 0: the root, or not a valid name. */
	uint8_t starts[TAIL_LABELS_MAX]; /*!< The offset of each label in `wire`. */
};

/*! \brief The labels of a tail without the dots between them. */
struct tail_text {
	uint8_t text[DNS_NAME_MAX];
	size_t size;
	uint64_t hashes[DNS_NAME_MAX]; /*!< Of the text from each octet to its end. */
};

/*! \brief Finds the last labels of a name; `labels` may be NULL. */
void tail_read(struct tail *tail, const uint8_t *wire, size_t size,
               const struct dns_labels *labels);

/*! \brief Writes the text of a tail and its hashes (deletion_key_hash_ends()). */
void tail_text_read(struct tail_text *text, const struct tail *tail, uint64_t seed);

/*! \brief The end of a tail from the label at this offset on. */
struct tail tail_from(const struct tail *tail, size_t offset);

/*! \brief Where in the text the label at an offset of `wire` starts. */
static inline size_t tail_text_at(const struct tail *tail, size_t offset)
{
	size_t label = 0;
	while (label < tail->labels && tail->starts[label] < offset) {
		label++;
	}
	return offset - label;
}
