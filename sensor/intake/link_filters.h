/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Compiles the user's filter for each link type of the packets in a capture, and runs it.
 *
 * The filter is compiled a second time for packets that begin with an IP header. A packet passes if
 * the filter matches the whole frame, or the part that begins with the innermost IP header. Thus
 * `port 53` also matches inside VLAN tags and tunnels.
 */
#pragma once

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>

#include "parsers/link/savefile.h"
#include "sensor/intake/capture.h"

/*! \brief The largest number of link types that are remembered. */
#define LINK_FILTERS_MAX 64

/*! \brief The filter for one link type. */
struct link_filter {
	int dlt;
	/*! No packet passes, because the filter can be compiled neither for this link type nor
	 * for IP. */
	bool rejects;
	bool has_program; /*!< `program` has the compiled filter. */
	struct bpf_program program;
};

/*! \brief The filters of a file. Before the first packet all fields except `text` are zero. */
struct link_filters {
	/*! The filter in the syntax of libpcap, borrowed; NULL: all packets pass. */
	const char *text;
	size_t count;
	bool inner_compiled; /*!< Compiling `inner` was attempted. */
	/*! `inner` has the compiled filter; false if the filter examines the link layer. */
	bool has_inner;
	struct bpf_program inner; /*!< The filter for packets that begin with an IP header. */
	/*! The filter of the previous packet. Most files have only one link type. */
	struct link_filter *last;
	struct link_filter items[LINK_FILTERS_MAX];
};

/*! \brief Finds the filter for a link type. \return NULL if link_filters_add() was not called for
 *         it. */
struct link_filter *link_filters_search(struct link_filters *filters, int dlt);

/*!
 * \brief Does the same as link_filters_search(), but faster if the previous packet had the same
 *        link type.
 */
static inline struct link_filter *link_filters_find(struct link_filters *filters, int dlt)
{
	bool same = filters->last != NULL && filters->last->dlt == dlt;
	return same ? filters->last : link_filters_search(filters, dlt);
}

/*!
 * \brief Returns true if LINK_FILTERS_MAX is reached, so that link_filters_add() would replace a
 *        link type.
 */
bool link_filters_full(const struct link_filters *filters);

/*!
 * \brief Adds a link type, and compiles the filter for it.
 *
 * \param error  Receives the reason if the filter cannot be compiled for this link type.
 *
 * \return The filter for this link type. It lives as long as `filters`.
 */
struct link_filter *link_filters_add(struct link_filters *filters, int dlt,
                                     char error[CAPTURE_ERROR_MAX]);

/*! \brief Runs the user's filter, which must exist. \return True if the packet passes. */
bool link_filters_run(const struct link_filters *filters, const struct link_filter *filter,
                      const uint8_t *bytes, uint32_t captured, uint32_t length);

/*! \brief Returns whether a packet passes. If the user gave no filter, every packet passes. */
static inline bool link_filters_pass(const struct link_filters *filters,
                                     const struct link_filter *filter, const uint8_t *bytes,
                                     uint32_t captured, uint32_t length)
{
	return filters->text == NULL || link_filters_run(filters, filter, bytes, captured, length);
}

void link_filters_free(struct link_filters *filters);
