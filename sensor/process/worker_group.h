/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the workers of one command have in common: options, rules as they are at the
 *        start, outputs, counters, watched addresses, and the end of it all.
 *
 * Made by the process that forks the workers, or that is the only one. What workers
 * change lies in memory that forked processes share.
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
	_Atomic uint64_t *heartbeats; /*!< Of each worker: grows while it makes progress. */
	struct ruleset *rules;
	struct correlator_shared *correlation;
	struct line_lock
	        *line_locks; /*!< One for each target, OUTPUTS_MAX; NULL: there is one writer. */
	bool can_wait; /*!< A replay: packets wait for room in the journal, and can be read again.
	                */
	struct metrics metrics;
	int64_t started_ns;
	int64_t stats_ns;          /*!< When counters are told next. */
	int64_t drops_reported_ns; /*!< 0: never. */
	uint64_t drops_before;
	int summary_fd; /*!< -1: none, or saved. */
};

/*!
 * \brief Reads the rules and the targets; opens nothing that others could see.
 *
 * \param options  Borrowed until the end.
 * \param forked   The workers will be processes of their own.
 *
 * \return EXIT_DONE, or the status to exit with; the reason was logged.
 */
int worker_group_new(struct worker_group **out, const struct options *options, bool forked);

/*! \brief Opens local targets and the address of metrics, with the rights of the caller. */
bool worker_group_open(struct worker_group *group);

bool worker_group_needs_journal(const struct worker_group *group);

/*! \brief The workers will read different files. False: no memory; said. */
bool worker_group_share_watermarks(struct worker_group *group);

/*! \brief How publishers are started and waited for; see outputs_config. */
struct worker_group_delivery {
	const char *state; /*!< The first worker's journal; others have theirs in it. */
	unsigned drain_ms;
	unsigned stall_ms;
	bool can_wait;
	bool (*waiting)(void *ctx);
	void *waiting_ctx;
	bool (*confine_publisher)(void); /*!< In each publisher, early; may be NULL. */
	bool (*confine_metrics)(void); /*!< In the process that answers Prometheus; may be NULL. */
};

/*! \brief Opens the journals and starts the publishers. False: said. */
bool worker_group_start(struct worker_group *group, const struct worker_group_delivery *delivery);

/*! \brief Several times a second: looks after publishers, tells of drops and statistics. */
void worker_group_tick(struct worker_group *group);

/*! \brief All counters added up. */
void worker_group_count(const struct worker_group *group, struct counters *sum);

/*! \brief The counters, on standard error. */
void worker_group_log_counters(const struct worker_group *group);

/*! \brief A worker has ended: nobody is to wait for it. */
void worker_group_leave(struct worker_group *group, unsigned worker);

/*! \brief A worker has died: what it had in memory is lost. */
void worker_group_reap(struct worker_group *group, unsigned worker);

/*!
 * \brief Delivers the rest, writes summary and counters, frees.
 *
 * \return False when events could not be delivered or the counters not be saved.
 */
bool worker_group_finish(struct worker_group *group);

/*! \brief Frees without a summary, after a failed start. NULL is nothing. */
void worker_group_free(struct worker_group *group);
