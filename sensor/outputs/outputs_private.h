/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The state and the functions that the files outputs*.c share. Private to them. */
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "sensor/outputs/local.h"
#include "sensor/outputs/outputs.h"
#include "sensor/redis/redis_url.h"
#include "sensor/syslog/syslog_url.h"

/*! \brief One target. */
struct output {
	enum { OUTPUT_LOCAL, OUTPUT_NETWORK } kind;
	/* OUTPUT_LOCAL. */
	enum local_form form;
	char *path; /*!< The file; NULL: standard output. */
	struct local_rights rights;
	struct local *local;
	bool dead;         /*!< The target has failed permanently. */
	time_t complained; /*!< The time at which its failure was logged last; 0: never. */
	/* OUTPUT_NETWORK: the target has a publisher, which reads the journal. */
	const char *name;          /*!< The target without its password, for messages. */
	uint64_t hash;             /*!< Identifies the target in the journal. */
	struct redis_url *url;     /*!< NULL: the target is `syslog`. */
	struct syslog_url *syslog; /*!< NULL: the target is `url`. */
	pid_t publisher;           /*!< Process id of the publisher; 0: it is not running. */
	time_t started;            /*!< The time at which the publisher was started. */
	int wake_fd;               /*!< Write end of the publisher's pipe; -1: none. */
	int read_fd;               /*!< Read end of the pipe, kept open for the next publisher. */
};

struct outputs {
	struct output list[OUTPUTS_MAX];
	size_t count;
	size_t dead_count; /*!< The number of outputs that are `dead`. */
	struct outputs_config config;
	struct journal *journal;
	char journal_dir[PATH_MAX];
	bool forked;       /*!< This is a forked worker; its parent restarts publishers. */
	bool unkept;       /*!< At least one hit is only in the memory of this process. */
	bool lost;         /*!< An event could not be written or delivered. */
	bool gave_up;      /*!< The wait for room in the journal has failed. */
	int64_t ended_ns;  /*!< The time at which the publishers' pipes were closed; 0: not yet. */
	int64_t stop_ns;   /*!< The time at which the user asked to end a wait; 0: never. */
	time_t complained; /*!< The time at which a failure of the journal was logged last; 0:
	                      never. */
};

/*! \brief Returns whether a target in the network receives records of a kind. */
static inline bool outputs_take_kind(const struct output *output, enum record_kind kind)
{
	return output->kind == OUTPUT_NETWORK &&
	       (kind != RECORD_ROWS || (output->url != NULL && output->url->rows_key[0] != '\0'));
}

/*! \brief Frees what outputs_parse() and outputs_open_local() made. */
void outputs_free(struct outputs *outputs);

/* outputs_counts.c */

/*! \brief Returns the counters of one output. */
struct counters_output *outputs_account(const struct outputs *outputs, const struct output *output);

/*! \brief Adds to the number of events to deliver. */
void outputs_count_due(struct outputs *outputs, const struct output *output, uint64_t count);

/*! \brief Adds to the number of dropped events; outputs_close() then returns false. */
void outputs_count_dropped(struct outputs *outputs, const struct output *output, uint64_t count);

/*!
 * \brief Adds to the number of events that exist only in the memory of this process, and that would
 *        be lost with it.
 */
void outputs_hold(struct outputs *outputs, const struct output *output, uint64_t count);
/*! \brief Subtracts from the number that outputs_hold() adds to. */
void outputs_release(struct outputs *outputs, const struct output *output, uint64_t count);

/*!
 * \brief Logs a failure of an output or of the journal, at most once a minute for each.
 *
 * \param complained  When its failure was logged last; receives the time of the log message.
 * \param effect  What happens to events, such as "events are dropped" or "events wait".
 */
void outputs_complain(time_t *complained, const char *name, const char *reason, const char *effect);

/* outputs_local.c */

/*! \brief Sets the configured time limits for writing to local targets. */
void outputs_limit_local(struct outputs *outputs);

/*! \brief Adds an event to all local targets. */
void outputs_emit_local(struct outputs *outputs, const struct record *record);
/*! \brief Writes the events in memory to the local targets. */
void outputs_flush_local(struct outputs *outputs);

/*! \brief Writes the events in memory, and drops those that cannot be written. */
void outputs_close_local(struct outputs *outputs);

/* outputs_journal.c */

/*! \brief Opens the journal. \return False on failure, with `error` set. */
bool outputs_open_journal(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*! \brief Counts the events that an earlier run left for an output. */
void outputs_count_backlog(struct outputs *outputs, const struct output *output);

/*! \brief Appends an event to the journal. */
void outputs_emit_to_journal(struct outputs *outputs, const struct record *record);

/*!
 * \brief Passes the appended events to the kernel with write(2). Errors are ignored here: unwritten
 *        events stay in the buffer, and the next outputs_flush_journal() tries again and logs a
 *        failure.
 */
void outputs_write_journal(struct outputs *outputs);
/*!
 * \brief Passes the appended events to the kernel with write(2), and syncs them to the disk if that
 *        is due. Logs a failure.
 */
void outputs_flush_journal(struct outputs *outputs);

/*!
 * \brief Ends the publishers and closes the journal. \return False if the journal has undelivered
 *        events, or if events were lost.
 */
bool outputs_close_journal(struct outputs *outputs);

/*!
 * \brief Drops the events that could not be written to the journal. A worker calls it when it ends.
 */
void outputs_drop_held(struct outputs *outputs);

/* outputs_publishers.c */

/*! \brief Forks a publisher for the open journal. \return False on failure, with errno set. */
bool outputs_start_publisher(struct outputs *outputs, struct output *output);

/*! \brief Restarts a publisher that has ended, at least `pause` seconds after its last start. */
void outputs_revive_publisher(struct outputs *outputs, struct output *output, time_t pause);

/*!
 * \brief Asks all publishers to end and waits for them. \return True if they have delivered all
 *        events.
 */
bool outputs_end_publishers(struct outputs *outputs);

/*!
 * \brief Sleeps briefly; to be called in each iteration of a loop that waits for publishers.
 *        \return False if the loop must end.
 */
bool outputs_wait_step(const struct outputs *outputs);
