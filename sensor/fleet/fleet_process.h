/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that follows the set of rules in Redis (`nsmx-follow`). It has the only
 *        connection to that Redis, and none of the rights of the supervisor.
 *
 * The process reads a new set, copies it to memory that it shares with the supervisor, and sends
 * one octet to the supervisor. The supervisor answers with a verdict, which the process reports in
 * Redis. If the first line, the hash or the files of a set are not valid, the process refuses the
 * set itself.
 *
 * When the connection is broken, the process tries again after 0.1 s to 4 s. After an error of the
 * configuration it waits 30 s. It logs only changes of its state.
 */
#pragma once

#include <stdbool.h>

#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_report.h"
#include "sensor/fleet/fleet_set.h"

/*! \brief The answer of the supervisor. */
struct fleet_verdict {
	bool taken;
	/*! The reason why the set was refused. If it was taken, a warning or an empty text. */
	char reason[FLEET_REASON_MAX];
};

struct fleet_process {
	const struct fleet_place *place;
	const char *sensor;
	struct fleet_head in_force; /*!< The set that was in force when the process started. */
	int box;                    /*!< Descriptor of the shared memory: FLEET_SET_MAX octets. */
	int socket;                 /*!< The socket to the supervisor, SOCK_SEQPACKET. */
};

/*! \brief Runs until the supervisor closes its socket, or breaks the protocol of fleet_report.h, or
 *         does not judge a set in time. \return The exit status; 1: out of memory. */
int fleet_process_run(const struct fleet_process *process);
