/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the files of the pipeline have in common. Private to pipeline*.c. */
#pragma once

#include "sensor/detect/copy_sample.h"
#include "sensor/detect/dedup.h"
#include "sensor/detect/dns_detector.h"
#include "sensor/detect/network_numbers.h"
#include "sensor/detect/pipeline.h"
#include "sensor/mail/mail_session.h"
#include "sensor/reassembly/fragments.h"
#include "sensor/reassembly/streams.h"

struct pipeline {
	struct pipeline_config config;
	struct dns_detector dns;
	struct dns_name_memo names;
	struct mail_host_budget hosts;
	struct mail_rows rows;
	struct mail_session_config mail;
	struct memory_share sessions; /*!< the memory of both pools */
	struct memory_share texts;    /*!< the memory of texts of mail sessions */
	struct dns_incomplete incomplete;
	struct pool dns_connections, mail_sessions;
	struct streams *streams;
	struct fragments *fragments;
	struct copy_sample copies;
	struct dedup *dedup;              /*!< NULL: off */
	struct network_numbers *networks; /*!< NULL: networks are not separate */
	int64_t ticked_ns;
	struct { /*!< the counts of ended workers that had the number of this worker */
		uint64_t streams, evicted, refused, fragments, lost;
		uint64_t watch_evicted, ambiguous, readings_evicted, networks_merged;
		uint64_t copies_ignored, copies_chosen, copies_found, no_memory;
	} before;
	const char *interface; /*!< the interface of the current packet */
	unsigned nested;       /*!< the depth of fragmented datagrams inside fragmented datagrams */
	bool ambiguous;        /*!< the current datagram is one of two readings of its fragments */
};

/*! \brief Opens, feeds and closes the DNS connection or mail session of a TCP stream. */
extern const struct streams_handler PIPELINE_CONNECTIONS;

/*! \brief Processes a datagram that was reassembled from fragments. `ctx` is the pipeline. */
void pipeline_take_datagram(void *ctx, const struct fragment *datagram);
