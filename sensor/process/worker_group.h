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
#include "sensor/correlate/incident_summary.h"
#include "sensor/correlate/watch.h"
#include "sensor/correlate/watermarks.h"
#include "sensor/metrics/counters.h"
#include "sensor/metrics/metrics.h"
#include "sensor/options/options.h"
#include "sensor/outputs/line_lock.h"
#include "sensor/outputs/outputs.h"

/*! \brief Exit statuses of the program. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /*!< Something could not be read or delivered; it was named. */
	EXIT_USAGE = 2,  /*!< Bad usage, rules or configuration. */
};

struct team {
	const struct options *options;
	unsigned workers;
	/*! Outputs and counters: a set for each worker, then one for each journal that a run
	 *  with more workers has left. */
	size_t sets;
	struct outputs *outputs[OPTIONS_WORKERS_MAX];
	struct counters *counters;
	struct incident_summary *incident_summary[OPTIONS_WORKERS_MAX];
	_Atomic uint64_t *beats; /*!< Of each worker: they grow while it gets on. */
	struct ruleset *rules;
	struct watch *watch;
	struct watermarks *watermarks; /*!< NULL: workers see the same moment. */
	struct line_lock
	        *line_locks; /*!< One for each target, OUTPUTS_MAX; NULL: there is one writer. */
	bool patient;        /*!< Packets come again, if need be: a replay. */
	struct metrics metrics;
	int64_t started_ns;
	int64_t stats_ns;      /*!< When counters are told next. */
	int64_t drops_said_ns; /*!< 0: never. */
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
int worker_group_new(struct team **out, const struct options *options, bool forked);

/*! \brief Opens local targets and the address of metrics, with the rights of the caller. */
bool worker_group_open(struct team *team);

bool worker_group_needs_journal(const struct team *team);

/*! \brief The workers will read different files. False: no memory; said. */
bool worker_group_share_watermarks(struct team *team);

/*! \brief How publishers are started and waited for; see outputs_config. */
struct worker_group_delivery {
	const char *state; /*!< The first worker's journal; others have theirs in it. */
	unsigned drain_ms;
	unsigned stall_ms;
	bool patient;
	bool (*waiting)(void *ctx);
	void *waiting_ctx;
	bool (*confine_publisher)(void); /*!< In each publisher, early; may be NULL. */
	bool (*confine_metrics)(void); /*!< In the process that answers Prometheus; may be NULL. */
};

/*! \brief Opens the journals and starts the publishers. False: said. */
bool worker_group_start(struct team *team, const struct worker_group_delivery *delivery);

/*! \brief Several times a second: looks after publishers, tells of drops and statistics. */
void worker_group_tick(struct team *team);

/*! \brief All counters added up. */
void worker_group_count(const struct team *team, struct counters *sum);

/*! \brief The counters, on standard error. */
void worker_group_log_counters(const struct team *team);

/*! \brief A worker has ended: nobody is to wait for it. */
void worker_group_leave(struct team *team, unsigned worker);

/*! \brief A worker has died: what it had in memory is lost. */
void worker_group_reap(struct team *team, unsigned worker);

/*!
 * \brief Delivers the rest, writes summary and counters, frees.
 *
 * \return False when events could not be delivered or the counters not be saved.
 */
bool worker_group_finish(struct team *team);

/*! \brief Frees without a summary, after a failed start. NULL is nothing. */
void worker_group_free(struct team *team);
