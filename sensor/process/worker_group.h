/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the workers of one command share: options, rules as of the start, outputs,
 *        counters and watched addresses.
 *
 * Created by the process that forks the workers, or by the only process. Everything that
 * workers change is in shared memory.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/correlate/correlator_shared.h"
#include "sensor/metrics/counters.h"
#include "sensor/metrics/metrics.h"
#include "sensor/options/options.h"
#include "sensor/outputs/line_lock.h"
#include "sensor/outputs/outputs.h"
#include "sensor/system/exit_status.h"

struct worker_group {
	const struct options *options;
	unsigned workers;
	/*! Outputs and counters: one set for each worker, then one for each journal that an
	 *  earlier run with more workers left. */
	size_t sets;
	struct outputs *outputs[OPTIONS_WORKERS_MAX];
	struct counters *counters;
	_Atomic uint64_t *heartbeats; /*!< One for each worker: grows while it makes progress. */
	struct ruleset *rules;
	struct correlator_shared *correlation;
	struct line_lock *line_locks; /*!< OUTPUTS_MAX, one for each target; NULL: one writer. */
	bool can_wait; /*!< A replay: packets wait for room in the journal, and can be read again.
	                */
	struct metrics metrics;
	int64_t started_ns;
	int64_t stats_ns;          /*!< When the counters are logged next. */
	int64_t drops_reported_ns; /*!< 0: never. */
	uint64_t drops_before;
	int summary_fd; /*!< -1: none, or already saved. */
};

/*!
 * \brief Reads the rules and the targets; opens no file of an output yet.
 *
 * \param options  Borrowed until worker_group_finish() or worker_group_free().
 * \param forked   The workers will be processes of their own.
 *
 * \return EXIT_DONE, or the status to exit with; the reason was logged.
 */
int worker_group_new(struct worker_group **out, const struct options *options, bool forked);

/*! \brief Opens the local targets and the socket of --metrics, with the rights of the caller. */
bool worker_group_open(struct worker_group *group);

bool worker_group_needs_journal(const struct worker_group *group);

/*! \brief Call it when workers read different files. False when out of memory, which is logged. */
bool worker_group_share_watermarks(struct worker_group *group);

/*! \brief How publishers are started and awaited; see struct outputs_config. */
struct worker_group_delivery {
	const char *state; /*!< The journal of the first worker; it contains those of the others. */
	unsigned drain_ms;
	unsigned stall_ms;
	bool can_wait;
	bool (*waiting)(void *ctx);
	void *waiting_ctx;
	bool (*confine_publisher)(void); /*!< Called early in each publisher; may be NULL. */
	bool (*confine_metrics)(
	        void); /*!< Called early in the process that serves metrics; may be NULL. */
};

/*! \brief Opens the journals and starts the publishers. False on failure, which is logged. */
bool worker_group_start(struct worker_group *group, const struct worker_group_delivery *delivery);

/*! \brief Several times a second: restarts publishers, logs drops and statistics. */
void worker_group_tick(struct worker_group *group);

/*! \brief Adds up the counters of all workers. */
void worker_group_count(const struct worker_group *group, struct counters *sum);

/*! \brief Logs the counters. */
void worker_group_log_counters(const struct worker_group *group);

/*!
 * \brief In the process of a worker: closes the files of all others, and wipes passwords, so
 *        that an attacker who controls it has none of them.
 */
void worker_group_enter_worker(struct worker_group *group, unsigned number);

/*! \brief A worker has ended: the others no longer wait for its watermark. */
void worker_group_leave(struct worker_group *group, unsigned worker);

/*! \brief A worker has died: cleans up its counters. */
void worker_group_reap(struct worker_group *group, unsigned worker);

/*!
 * \brief Delivers the rest, writes summary and counters, frees.
 *
 * \return False when events could not be delivered, or the counters could not be saved.
 */
bool worker_group_finish(struct worker_group *group);

/*! \brief Frees without a summary, after a failed start. NULL is allowed. */
void worker_group_free(struct worker_group *group);
