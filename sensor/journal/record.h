/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A record: the JSON of an event, with the fields that outputs need in addition.
 *
 * Ownership: a record owns nothing; its texts are views. Texts that have a size need not be
 * terminated by NUL. Views from `record_decode()` live as long as the bytes that were decoded.
 *
 * Errors: negative errno values.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief The size of the longest encoded record, 1 MiB; a longer one is refused. */
#define RECORD_SIZE_MAX ((size_t)1 << 20)

enum record_kind {
	RECORD_HIT = 1, /*!< A hit: event.kind "alert". */
	RECORD_LOG = 2, /*!< A logged message: event.kind "event". */
	/*! Rows of the history (rows_output.h), which are not an event: `json` has any octets. */
	RECORD_ROWS = 3,
	RECORD_INCIDENT = 4, /*!< An incident: event.kind "alert", event.action "incident". */
	RECORD_KINDS = 4,    /*!< The number of kinds. */
};

struct record {
	enum record_kind kind;
	unsigned severity; /*!< 25, 50, 75 or 99 for a hit and an incident; 0 for others. */
	const char *id;    /*!< event.id; empty for rows. */
	size_t id_size;    /*!< Octets of `id`, at most 65535. */
	/*! rule.id of a hit, nsmx.incident.id of an incident; empty for a log event and for
	 * rows. */
	const char *rule;
	size_t rule_size; /*!< Octets of `rule`, at most 65535. */
	const char *json; /*!< The event: one JSON object without a line feed. */
	size_t json_size;
	/*! Texts for the output `text`. They are not part of the encoding; in a decoded record they
	 * are therefore NULL. */
	const char *time;   /*!< @timestamp, terminated by NUL. */
	const char *reason; /*!< event.reason, which may contain any octets from the wire. */
	size_t reason_size;
};

/*! \brief Returns the bytes that `record_encode()` needs. */
size_t record_size(const struct record *record);

/*!
 * \brief Encodes a record as bytes, in host byte order.
 *
 * \param out   Receives `record_size()` bytes.
 * \param size  Room in `out`.
 *
 * \retval 0          Written.
 * \retval -EMSGSIZE  A text or the whole record exceeds its limit, or `size` is too small.
 */
int record_encode(const struct record *record, uint8_t *out, size_t size);

/*!
 * \brief Decodes a record. Its texts are views into `bytes`.
 *
 * \retval 0         Decoded.
 * \retval -EBADMSG  The bytes are not exactly one record.
 */
int record_decode(struct record *record, const uint8_t *bytes, size_t size);
