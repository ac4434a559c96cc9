/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The data that the workers of one command share: options, the rules that were read at the
 *        start, outputs, counters and watched addresses.
 *
 * The process that forks the workers creates the group. If a command has only one worker, the
 * worker may be in that process. Everything that workers change is in shared memory.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/baseline/asn.h"
#include "sensor/baseline/known/known.h"
#include "sensor/correlate/correlator_shared.h"
#include "sensor/evidence/evidence_folder.h"
#include "sensor/incidents/incident_feed.h"
#include "sensor/metrics/counters.h"
#include "sensor/metrics/metrics.h"
#include "sensor/options/options.h"
#include "sensor/outputs/line_lock.h"
#include "sensor/outputs/outputs.h"
#include "sensor/process/history_writer.h"
#include "sensor/process/pushed_rules.h"
#include "sensor/system/exit_status.h"

/*! \brief The largest number of sets of outputs and counters. */
#define WORKER_GROUP_SETS (OPTIONS_WORKERS_MAX + 1)

/*! \brief For each worker, how many sets of rules it has taken over. */
struct reload_counts {
	uint64_t of[OPTIONS_WORKERS_MAX];
};

struct worker_group {
	const struct options *options;
	unsigned workers;
	/*! The number of elements of `outputs` and `counters` that are in use: one for each worker;
	 *  one for the process that keeps the incidents, if workers are forked; and one for each
	 *  further journal that an earlier run has left. */
	size_t sets;
	struct outputs *outputs[WORKER_GROUP_SETS];
	struct counters *counters;
	struct rule_hits *rule_hits;
	/*! One count for each worker, which grows while the worker makes progress. */
	_Atomic uint64_t *heartbeats;
	struct ruleset *rules;
	struct correlator_shared *correlation;
	struct asn_db *asns;             /*!< NULL: without --asn-db. */
	struct known *known;             /*!< What baselines know; NULL: no rule learns. */
	struct evidence_folder evidence; /*!< Not open if no packets of hits are written. */
	struct history_writer *history;  /*!< NULL: no history is kept. */
	/*! The sockets to the process that keeps the incidents. NULL: the only worker keeps the
	 * incidents itself, or worker_group_end_incidents() has closed the sockets. */
	struct incident_sockets *incidents;
	/*! The folder in which the open incidents are stored, see incident_log.h; -1: none. */
	int incidents_folder;
	/*! Text output on a terminal shows incidents, and leaves out their hits. */
	bool groups_hits;
	/*! A separate process keeps the incidents. Its number is `workers`. */
	bool keeps_incidents;
	/*! OUTPUTS_MAX locks, one for each target; NULL: there is only one writer. */
	struct line_lock *line_locks;
	/*! True in a replay, which can wait for room in the journal before it reads on. */
	bool can_wait;
	struct pushed_rules *pushed; /*!< Rules that come from Redis; NULL: none. */
	bool reloading; /*!< Rules were sent, and it is not yet logged that all workers use them. */
	struct reload_counts reload_counts; /*!< The counts before the rules were sent. */
	struct metrics metrics;
	int64_t started_ns;
	int64_t stats_ns;          /*!< The time at which the counters are logged next. */
	int64_t drops_reported_ns; /*!< The time at which drops were logged last; 0: never. */
	uint64_t drops_before;     /*!< The number of drops that the last log message stated. */
	int summary_fd;            /*!< The file of --summary; -1: none, or already written. */
};

/*!
 * \brief Creates the group: reads the rules, and parses the targets of --output without opening
 *        them.
 *
 * \param options  Borrowed until worker_group_finish() or worker_group_free().
 * \param forked   The workers will be processes of their own.
 *
 * \return EXIT_DONE, or the exit status of the program after a failure, which was logged.
 */
int worker_group_new(struct worker_group **out, const struct options *options, bool forked);

/*!
 * \brief Prepares for learned baselines if there are `learn` rules, which need --history.
 *
 * \return EXIT_DONE, or the exit status of the program after a failure, which was logged.
 */
int worker_group_learn(struct worker_group *group);

/*!
 * \brief Checks the options of a group, and logs every mistake.
 *
 * \param rules  Receives the number of rules.
 *
 * \return False if there is a mistake.
 */
bool worker_group_check(const struct options *options, size_t *rules);

/*!
 * \brief If there are `learn` rules, reads from the history what their baselines know. The call
 *        starts processes that open files, so it must come before sandbox_enter() and
 *        worker_group_start().
 *
 * \return False on failure, which was logged.
 */
bool worker_group_load(struct worker_group *group);

/*! \brief Returns what --history-keep and --history-max state; see struct history_keep. */
struct history_keep worker_group_keep(const struct options *options, bool by_traffic);

/*! \brief Opens the files of --output and the socket of --metrics with the rights that the process
 * has at the moment. \return False on failure, which was logged. */
bool worker_group_open(struct worker_group *group);

/*! \brief Opens the files of --output again, for this process and for the workers; see
 *         outputs_open_files_again(). */
size_t worker_group_open_files_again(struct worker_group *group, int fds[OUTPUTS_MAX]);

/*! \brief Returns true if a target of --output needs the journal. */
bool worker_group_needs_journal(const struct worker_group *group);

/*!
 * \brief Adds watermarks, which are necessary if workers read different files. \return False when
 *         out of memory, which was logged.
 */
bool worker_group_share_watermarks(struct worker_group *group);

/*! \brief The configuration of delivery. struct outputs_config describes the fields. */
struct worker_group_delivery {
	/*! Directory of the first worker's journal, which contains the directories of the other
	 * journals. */
	const char *state;
	/*! The open incidents of a live capture are stored in a subfolder of this folder; NULL:
	 * they are not stored, and end with the sensor. */
	const char *incidents;
	unsigned drain_ms;
	unsigned stall_ms;
	bool can_wait;
	bool (*waiting)(void *ctx);
	void *waiting_ctx;
	bool (*confine_publisher)(void); /*!< Called at the start of each publisher; may be NULL. */
	bool (*confine_metrics)(
	        void); /*!< Called at the start of the process that serves metrics; may be NULL. */
	/*! Called at the start of the process that writes the history, with an open descriptor of
	 * its folder; may be NULL. */
	bool (*confine_history)(int folder);
};

/*! \brief Opens the journals and starts the publishers. \return False on failure, which was
 *         logged. */
bool worker_group_start(struct worker_group *group, const struct worker_group_delivery *delivery);

/*! \brief Returns how many sets of rules each worker has taken over until now. */
struct reload_counts worker_group_reloads(const struct worker_group *group);

/*! \brief Returns true if every worker has taken over a set of rules since `before`. */
bool worker_group_reloaded_since(const struct worker_group *group,
                                 const struct reload_counts *before);

/*! \brief Lets worker_group_tick() log when all workers use the new rules. Call it before the rules
 *         are sent. */
void worker_group_expect_reload(struct worker_group *group);

/*! \brief Restarts publishers that have died, and logs reloads, drops and statistics when these are
 * due. Call it several times a second. */
void worker_group_tick(struct worker_group *group);

/*! \brief Writes the sums of all workers' counters to `sum`. */
void worker_group_count(const struct worker_group *group, struct counters *sum);

/*! \brief Logs the counters. */
void worker_group_log_counters(const struct worker_group *group);

/*!
 * \brief Closes the files of all other workers, and wipes passwords, so that an attacker who
 *        controls this worker gets neither. Call it in the process of a worker.
 */
void worker_group_enter_worker(struct worker_group *group, unsigned number);

/*! \brief Returns the number of processes that a supervisor starts. */
static inline unsigned worker_group_processes(const struct worker_group *group)
{
	return group->workers + (group->keeps_incidents ? 1 : 0);
}

/*!
 * \brief Keeps the incidents. Call it in the process that was forked for this purpose.
 *
 * \param restarted  The process replaces one that has died.
 * \param ready  Called when the process has opened all that it needs; returns false on failure.
 *
 * \return The exit status of the process.
 */
int worker_group_keep_incidents(struct worker_group *group, bool restarted,
                                bool (*ready)(void *ctx, int journal), void *ctx);

/*! \brief Closes the sockets between the workers and the process that keeps the incidents. That
 *         process then ends after the last worker. Call it when no worker will be started any
 *         more. */
void worker_group_end_incidents(struct worker_group *group);

/*!
 * \brief Removes the watermark of a worker, so that the other workers no longer wait for it. Call
 *        it when the worker has ended.
 */
void worker_group_leave(struct worker_group *group, unsigned worker);

/*!
 * \brief Counts events and history rows as dropped: those that a worker had in memory when it died.
 *        Call it after the death of the worker.
 */
void worker_group_reap(struct worker_group *group, unsigned worker);

/*!
 * \brief Delivers the remaining history rows and events. The next call is worker_group_free().
 *
 * \return False when rows or events could not be delivered.
 */
bool worker_group_deliver(struct worker_group *group);

/*!
 * \brief Delivers the remaining events, logs the summary, writes the file of --summary, and frees
 *        the group.
 *
 * \return False when events could not be delivered, or the counters could not be saved.
 */
bool worker_group_finish(struct worker_group *group);

/*! \brief Frees the group without a summary. Call it after a failed start, or after
 *         worker_group_deliver(). NULL is allowed. */
void worker_group_free(struct worker_group *group);
