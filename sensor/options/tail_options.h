/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The command line of `nsmx tail`.
 *
 * Ownership: views into argv, but for the target, which is a copy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

#define TAIL_ERROR_MAX 1280

struct tail_options {
	struct redis_url url;
	const char *group;    /*!< NULL: no consumer group. */
	const char *consumer; /*!< The host's name, if not given. */
	bool from_now;        /*!< Only what comes from now on. */
	int64_t since_ms;     /*!< Else: what Redis took since then; 0: all. */
	bool json;
	unsigned severity; /*!< At least. */
	uint32_t kinds;    /*!< A bit for each enum observation_kind; 0: every kind. */
	const char *rule;  /*!< Pattern of shells; NULL: every rule. */
};

/*!
 * \brief Reads the words behind the command's name.
 *
 * A password in the target is overwritten in argv, so that no process title shows it.
 *
 * \return False on bad usage: `error` says what is wrong.
 */
bool tail_options_parse(struct tail_options *options, int argc, char **argv,
                        char error[TAIL_ERROR_MAX]);
