/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The main function of the process that keeps the incidents of all workers.
 *
 * In a live capture it takes notes as they come. Workers of a replay read different times; their
 * notes are stored in a temporary file for each worker, and taken in the order of their times when
 * all workers have ended, so that the incidents are those of one worker.
 *
 * It trusts no worker: a message that is not a sequence of whole, valid notes is dropped from its
 * first wrong octet on.
 */
#pragma once

#include <stdbool.h>

#include "sensor/incidents/incident_feed.h"
#include "sensor/incidents/incident_log.h"
#include "sensor/metrics/counters.h"
#include "sensor/outputs/outputs.h"

struct incident_process {
	unsigned workers;
	bool live;
	bool quiet_end; /*!< The incidents are not logged at the end. */
	bool report;    /*!< Events of incidents go to the outputs. */
	/*! The file from which a live capture continues the incidents of an earlier run; NULL:
	 * it does not. */
	struct incident_log *log;
	const char *sensor;
	struct incident_sockets *sockets;
	struct outputs *outputs;
	struct counters *counters; /*!< The counters of this process. */
};

/*! \brief Runs until all workers have closed their sockets. \return False if notes or events were
 *         lost, which was logged. */
bool incident_process_run(const struct incident_process *process);
