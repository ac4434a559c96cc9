/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The child process that reads a feed from its server. It may use the network, but must not
 *        write files.
 */
#pragma once

#include <stdbool.h>

#include "sensor/fetch/fetch_config.h"
#include "sensor/fetch/fetch_state.h"
#include "sensor/fetch/report.h"

/*! \brief The longest token, in octets. */
#define FETCHER_TOKEN_MAX 4096

struct fetcher {
	const struct fetch_feed *feed;
	/*! The state of the last fetch; NULL: the whole feed is read. */
	const struct fetch_state *last;
	/*! TAXII, MISP: descriptor of the objects of the last fetch; -1: there are none. */
	int objects;
	/*! TAXII, MISP: the objects are written to `to` even if the server has nothing new, because
	 * new rules must be made from them. */
	bool anew;
	int to; /*!< Descriptor of memory that receives the file, or the objects. */
	struct fetch_report *report; /*!< Shared with the program. */
	char token[FETCHER_TOKEN_MAX];
};

/*! \brief Reads the token, with the rights of the program. It can be used as a child_work_t. */
bool fetcher_prepare(void *fetcher);

/*! \brief Limits the files that the process can open. It can be used as a child_work_t. */
bool fetcher_confine(void *fetcher);

/*! \brief Reads the feed, and writes the result to `report`. It can be used as a child_work_t. */
bool fetcher_work(void *fetcher);
