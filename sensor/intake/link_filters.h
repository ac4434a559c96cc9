/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The user's filter, compiled for each link type that a capture file has packets of.
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

/*! \brief Whether the compiled filter, which there is, passes a packet. */
bool link_filter_run(const struct link_filter *filter, const struct savefile_packet *packet);

/*! \brief Whether a packet passes. */
static inline bool link_filter_passes(const struct link_filter *filter,
                                      const struct savefile_packet *packet)
{
	return !filter->rejects && (!filter->has_program || link_filter_run(filter, packet));
}

void link_filters_free(struct link_filters *filters);
