/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the files behind outputs.h share: the targets, and their publishers.
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
	bool dead;
	struct redis_url *url;
	pid_t publisher; /* 0: none runs */
	time_t started;
	int wake_fd; /* write end of its pipe, -1: none */
	int read_fd; /* its other end: who comes after a publisher that died goes on with it */
};

struct outputs {
	struct output list[OUTPUTS_MAX];
	size_t count;
	struct outputs_config config;
	struct journal *journal;
	char journal_dir[PATH_MAX];
	bool apart;   /* a worker's: the publishers are its parent's */
	bool unkept;  /* a hit lies in this process's memory alone */
	bool lost;    /* an event could not be taken or delivered */
	bool gave_up; /* the wait for room in the journal was in vain */
	time_t asked; /* when the user was found to ask for an end of a wait; 0: not */
	time_t complained;
};

/*! \brief Frees what outputs_parse() and outputs_open_local() made. */
void outputs_free(struct outputs *outputs);

/*! \brief Writes their names into the counters that all processes share. */
void outputs_name(struct outputs *outputs);

/*! \brief The counters of one output. */
struct counters_output *outputs_account(const struct outputs *outputs, const struct output *output);

/*! \brief Forks a publisher, on the journal that is open; errno is set on failure. */
bool outputs_start_publisher(struct outputs *outputs, struct output *output);

/*! \brief Forks another if it has ended, `pause` seconds after the last at the earliest. */
void outputs_look_after(struct outputs *outputs, struct output *output, time_t pause);

/*! \brief Ends all at once; true when they have delivered all. */
bool outputs_end_publishers(struct outputs *outputs);

/*! \brief One step of a wait for the publishers; false when it is to end. */
bool outputs_wait_a_little(const struct outputs *outputs);
