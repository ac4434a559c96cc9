/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The last labels of a name. Only these labels decide whether the name imitates another one.
 *
 * No entry of the Public Suffix List has more labels than TAIL_LABELS_MAX - 2, so a registrable
 * domain and the label before it are within the last TAIL_LABELS_MAX labels. The labels before
 * these are not read. If they were read, an attacker would need only 20 octets of a message to
 * cause the examination of 120 labels.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"

#define TAIL_LABELS_MAX DNS_LABELS_KEPT

struct tail {
	const uint8_t *wire; /*!< The last labels in wire format, within the name; borrowed. */
	size_t size;         /*!< Octets of `wire`, the final zero included. */
	/*! The number of labels; 0: the name is the root, or invalid. */
	size_t labels;
	uint8_t starts[TAIL_LABELS_MAX]; /*!< The offset of each label in `wire`. */
};

/*! \brief The labels of a tail without the dots between them. */
struct tail_text {
	uint8_t text[DNS_NAME_MAX];
	size_t size;
	/*! The hash of the text from each position to its end, indexed by the position. */
	uint64_t hashes[DNS_NAME_MAX];
};

/*! \brief Finds the last labels of a name; `labels` may be NULL. */
void tail_read(struct tail *tail, const uint8_t *wire, size_t size,
               const struct dns_labels *labels);

/*! \brief Writes the text of a tail and its hashes (deletion_key_hash_ends()). */
void tail_text_read(struct tail_text *text, const struct tail *tail, uint64_t seed);

/*! \brief Returns the part of a tail that begins with the label at this offset in `wire`. */
struct tail tail_from(const struct tail *tail, size_t offset);

/*!
 * \brief Converts the offset of a label in `wire` to the position of the label in the text of the
 *        tail.
 */
static inline size_t tail_text_at(const struct tail *tail, size_t offset)
{
	size_t label = 0;
	while (label < tail->labels && tail->starts[label] < offset) {
		label++;
	}
	return offset - label;
}
