/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the files of outputs.h share: the targets, their counters and publishers.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "sensor/outputs/local.h"
#include "sensor/outputs/outputs.h"
#include "sensor/redis/redis_url.h"

struct output {
	enum { OUTPUT_LOCAL, OUTPUT_REDIS } kind;
	enum local_form form;
	const char *path; /* local: a file; borrowed */
	struct local *local;
	bool dead; /* local: nothing can be written any more */
	struct redis_url *url;
	pid_t publisher; /* 0: none runs */
	time_t started;
	int wake_fd; /* write end of the publisher's pipe; -1: none */
	int read_fd; /* its other end, for the successor of a publisher that dies */
};

struct outputs {
	struct output list[OUTPUTS_MAX];
	size_t count;
	struct outputs_config config;
	struct journal *journal;
	char journal_dir[PATH_MAX];
	bool forked;       /* a worker's: the parent looks after the publishers */
	bool unkept;       /* a hit is in this process's memory only */
	bool lost;         /* an event could not be taken or delivered */
	bool gave_up;      /* the wait for room in the journal has failed */
	int64_t ended_ns;  /* when the publishers' pipes were closed; 0: not */
	int64_t stop_ns;   /* when the user asked to end a wait; 0: not */
	time_t complained; /* when a failure was logged last */
};

/*! \brief Frees what outputs_parse() and outputs_open_local() made. */
void outputs_free(struct outputs *outputs);

/* outputs_counts.c */

/*! \brief The counters of one output. */
struct counters_output *outputs_account(const struct outputs *outputs, const struct output *output);

/*! \brief Counts events that are to be delivered. */
void outputs_count_due(struct outputs *outputs, const struct output *output, uint64_t count);

/*! \brief Counts events that are lost; outputs_close() then returns false. */
void outputs_count_dropped(struct outputs *outputs, const struct output *output, uint64_t count);

/*! \brief Counts events in this process's memory, which its death would lose. */
void outputs_hold(struct outputs *outputs, const struct output *output, uint64_t count);
void outputs_release(struct outputs *outputs, const struct output *output, uint64_t count);

/*!
 * \brief Logs a failure, once a minute at most.
 *
 * \param effect  "events are dropped", "events wait".
 */
void outputs_complain(struct outputs *outputs, const char *name, const char *reason,
                      const char *effect);

/* outputs_local.c */

/*! \brief Sets how long the local targets are waited for, as the config asks. */
void outputs_limit_local(struct outputs *outputs);

void outputs_emit_local(struct outputs *outputs, const struct record *record);
void outputs_flush_local(struct outputs *outputs);

/*! \brief Writes what waits; what cannot be written is dropped. */
void outputs_close_local(struct outputs *outputs);

/* outputs_journal.c */

/*! \brief Opens the journal; `error` is set on failure. */
bool outputs_open_journal(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*! \brief Counts the events that an earlier run left for an output. */
void outputs_count_backlog(struct outputs *outputs, const struct output *output);

void outputs_emit_to_journal(struct outputs *outputs, const struct record *record);

/*! \brief Hands what was appended to the kernel; the flush logs a failure. */
void outputs_write_journal(struct outputs *outputs);
void outputs_flush_journal(struct outputs *outputs);

/*! \brief Ends the publishers and the journal; false when events wait in it, or are lost. */
bool outputs_close_journal(struct outputs *outputs);

/*! \brief In a worker that ends: drops what could not be written into the journal. */
void outputs_drop_held(struct outputs *outputs);

/* outputs_publishers.c */

/*! \brief Forks a publisher of the open journal; errno is set on failure. */
bool outputs_start_publisher(struct outputs *outputs, struct output *output);

/*! \brief Restarts a publisher that has ended, at least `pause` seconds after its last start. */
void outputs_revive_publisher(struct outputs *outputs, struct output *output, time_t pause);

/*! \brief Ends all publishers at once; true when they have delivered all. */
bool outputs_end_publishers(struct outputs *outputs);

/*! \brief One step of a wait for the publishers; false when it is to end. */
bool outputs_wait_step(const struct outputs *outputs);
