/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief `--metrics ADDR:PORT`: a process that answers Prometheus.
 *
 * It reads the counters where the others write them, so a scrape costs capture nothing,
 * and whoever floods the port keeps this process busy and no other. It is forked
 * before capture is open, gives up root, and keeps no descriptor but its listener
 * and standard error; its system calls are those of SANDBOX_METRICS. At most 16 connections, 10 s
 * each.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sensor/counters.h"
#include "sensor/endpoint.h"
#include "sensor/privileges.h"

struct metrics_config {
	const struct endpoint *endpoint;     /*!< Without an address: no metrics. */
	const struct counters *counters;     /*!< Shared with the processes that count... */
	size_t sets;                         /*!< ...so many sets, which are added up. */
	const char *sensor;                  /*!< The sensor's name. */
	const struct privileges *privileges; /*!< To drop; NULL: none. */
};

/*!
 * \brief Listens, and forks the process. It ends with its parent.
 *
 * \param process  Set on success; 0 where there is nothing to do.
 *
 * \return False when the address cannot be used; said.
 */
bool metrics_start(const struct metrics_config *config, pid_t *process);

/*! \brief Says it when the process has ended by itself, which sets it to 0. */
void metrics_check(pid_t *process);

/*! \brief Ends the process; 0 is none. */
void metrics_stop(pid_t process);
