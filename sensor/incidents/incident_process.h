/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The main function of the process that keeps the incidents of all workers.
 *
 * In a live capture the process takes notes as they come. In a replay, workers read packets of
 * different times. Their notes are stored in a temporary file for each worker. When all workers
 * have ended, the process takes the notes in the order of their times, so that the incidents are
 * the same as with one worker.
 *
 * The process trusts no worker: the first invalid note in a message and all octets after it are
 * dropped.
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
	/*! The file with the open incidents of an earlier run, which a live capture continues;
	 * NULL: incidents are neither continued nor stored. */
	struct incident_log *log;
	const char *sensor;
	struct incident_sockets *sockets;
	struct outputs *outputs;
	struct counters *counters; /*!< The counters of this process. */
};

/*! \brief Runs until all workers have closed their sockets. \return False if the process could not
 *         start, which was logged, or if a note of a replay could not be stored. */
bool incident_process_run(const struct incident_process *process);
