/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds values in the JSON of an event. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief A text or a number; borrowed from the JSON. */
struct event_member {
	const char *text; /*!< NULL: the value is a number. */
	size_t size;
	uint64_t number;
};

/*!
 * \brief Finds a value.
 *
 * \param path  The names of the members with dots between them, such as "client.ip"; a number is
 *              the index of an element of an array.
 *
 * \return False unless the value is a text, or a number of at least 0.
 */
bool event_member(const json_t *event, const char *path, struct event_member *value);

/*! \brief Reads a text that is a time in UTC (RFC 3339), in nanoseconds since 1970. */
bool event_member_time(const struct event_member *value, int64_t *time_ns);
