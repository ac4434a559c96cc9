/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief `--metrics ADDR:PORT`: a process that answers Prometheus.
 *
 * It reads the counters where the others write them, so a scrape costs capture nothing,
 * and whoever floods the port keeps this process busy and no other. It keeps no
 * descriptor but its listener and standard error; its system calls are those of
 * SANDBOX_METRICS. At most 16 connections, 10 s each. When it dies, another takes its
 * place.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/metrics/counters.h"
#include "sensor/system/endpoint.h"

struct metrics {
	const struct counters *counters; /*!< Shared with the processes that count... */
	size_t sets;                     /*!< ...so many sets, which are added up. */
	const char *sensor;              /*!< The sensor's name. */
	bool (*confine)(void);           /*!< In the process: gives up its rights; may be NULL. */

	int listener; /*!< -1: no metrics. */
	pid_t process;
	int64_t started_ns;
};

/*!
 * \brief Takes the address, while there is a right to: before root is given up.
 *
 * \return False when it cannot be used; said. True, too, without an address.
 */
bool metrics_listen(struct metrics *metrics, const struct endpoint *endpoint);

/*! \brief Starts the process, also in place of one that has died, which is said. */
void metrics_maintain(struct metrics *metrics);

/*! \brief In another child: the address is none of its business. */
void metrics_leave(struct metrics *metrics);

/*! \brief Ends the process, and gives up the address. */
void metrics_stop(struct metrics *metrics);
