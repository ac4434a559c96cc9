/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Serves the counters to Prometheus, in a process of its own (`--metrics ADDR:PORT`).
 *
 * The process reads the shared counters, so a scrape does not slow down the capture, and a flood of
 * connections keeps only this process busy. Its only descriptors are the listening socket and
 * standard error, and it may use only the system calls of SANDBOX_METRICS. When it dies, it is
 * restarted. Limits: at most 16 connections, each of at most 10 s.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/metrics/counters.h"
#include "sensor/metrics/rule_hits.h"
#include "sensor/system/endpoint.h"

struct metrics {
	const struct counters *counters;   /*!< The counters, which are shared with the workers. */
	size_t sets;                       /*!< The number of sets, which are added up. */
	const struct rule_hits *rule_hits; /*!< The rules that had hits; borrowed. */
	struct counters_names names;       /*!< The names of the outputs. */
	const char *sensor;                /*!< The sensor's name. */
	/*! Called in the new process to wipe secrets; may be NULL. */
	void (*forget)(void *ctx);
	void *forget_ctx;
	bool (*confine)(void); /*!< Called in the new process to drop its rights; may be NULL. */

	int listener; /*!< The listening socket; -1: metrics are not served. */
	pid_t process;
	int64_t started_ns;
};

/*!
 * \brief Listens at the address. Call it before the privileges of root are dropped.
 *
 * \return False if the address cannot be used, which was logged. True if there is no address.
 */
bool metrics_listen(struct metrics *metrics, const struct endpoint *endpoint);

/*! \brief Starts the process if it does not run. If it has died, this is logged. */
void metrics_maintain(struct metrics *metrics);

/*! \brief Closes the listener in a child that does not serve metrics. */
void metrics_leave(struct metrics *metrics);

/*! \brief Ends the process and closes the listener. */
void metrics_stop(struct metrics *metrics);
