/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The user's filter, compiled for each link type that a capture has packets of.
 *
 * It is compiled for IP as well: a packet passes if it matches as captured, or from its
 * innermost IP header on. `port 53` thus matches inside of tags and tunnels.
 */
#pragma once

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>

#include "parsers/link/savefile.h"
#include "sensor/intake/capture.h"

/*! \brief Link types that are remembered. Further ones are read without warnings. */
#define LINK_FILTERS_MAX 64

struct link_filter {
	int dlt;
	bool rejects; /*!< The filter cannot be compiled for this link type: nothing passes. */
	bool has_program;
	struct bpf_program program;
};

/*! \brief All zeros, but for `text`, before the first packet. */
struct link_filters {
	const char *text; /*!< In libpcap's language, borrowed; NULL: everything passes. */
	size_t count;
	bool inner_compiled; /*!< `inner` was tried. */
	bool has_inner;      /*!< False also for a filter that needs a link layer. */
	struct bpf_program inner;
	struct link_filter
	        *last; /*!< Filter of the previous packet: most files have one link type. */
	struct link_filter items[LINK_FILTERS_MAX];
};

/*! \return NULL for a link type that is not known yet. */
struct link_filter *link_filters_search(struct link_filters *filters, int dlt);

/*! \brief As link_filters_search(), faster for the link type of the previous packet. */
static inline struct link_filter *link_filters_find(struct link_filters *filters, int dlt)
{
	bool same = filters->last != NULL && filters->last->dlt == dlt;
	return same ? filters->last : link_filters_search(filters, dlt);
}

/*! \brief Whether the next new link type replaces the last one. */
bool link_filters_full(const struct link_filters *filters);

/*!
 * \brief Adds a link type.
 *
 * \param error  Set when the filter cannot be compiled for this link type.
 */
struct link_filter *link_filters_add(struct link_filters *filters, int dlt,
                                     char error[CAPTURE_ERROR_MAX]);

/*! \brief Whether a packet passes the user's filter, which there is. */
bool link_filters_run(const struct link_filters *filters, const struct link_filter *filter,
                      const uint8_t *bytes, uint32_t captured, uint32_t length);

/*! \brief Whether a packet passes. */
static inline bool link_filters_pass(const struct link_filters *filters,
                                     const struct link_filter *filter, const uint8_t *bytes,
                                     uint32_t captured, uint32_t length)
{
	return filters->text == NULL || link_filters_run(filters, filter, bytes, captured, length);
}

void link_filters_free(struct link_filters *filters);
