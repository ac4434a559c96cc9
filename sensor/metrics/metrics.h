/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief `--metrics ADDR:PORT`: a process that serves Prometheus.
 *
 * It reads the shared counters, so a scrape costs capture nothing, and a flood of the port
 * keeps only this process busy. It has no descriptor but its listener and standard
 * error, and the system calls of SANDBOX_METRICS. Limits: 16 connections, 10 s each. It is
 * restarted when it dies.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/metrics/counters.h"
#include "sensor/system/endpoint.h"

struct metrics {
	const struct counters *counters; /*!< Shared with the workers. */
	size_t sets;                     /*!< The number of sets, which are added up. */
	struct counters_names names;     /*!< Of the outputs. */
	const char *sensor;              /*!< The sensor's name. */
	void (*forget)(void *ctx);       /*!< Called in the process: wipes secrets; may be NULL. */
	void *forget_ctx;
	bool (*confine)(void); /*!< Called in the process: drops its rights; may be NULL. */

	int listener; /*!< -1: no metrics. */
	pid_t process;
	int64_t started_ns;
};

/*!
 * \brief Listens at the address. Call it before the privileges of root are dropped.
 *
 * \return False when the address cannot be used, which was logged. True without an address.
 */
bool metrics_listen(struct metrics *metrics, const struct endpoint *endpoint);

/*! \brief Starts the process, or restarts it when it has died, which is logged. */
void metrics_maintain(struct metrics *metrics);

/*! \brief Closes the listener in a child that does not serve metrics. */
void metrics_leave(struct metrics *metrics);

/*! \brief Ends the process and closes the listener. */
void metrics_stop(struct metrics *metrics);
