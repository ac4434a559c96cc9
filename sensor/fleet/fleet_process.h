/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that follows the set of rules in Redis (`nsmx-follow`). It has the only
 *        connection to that Redis, and none of the rights of the supervisor.
 *
 * It reads a new set, copies it to memory that it shares with the supervisor, and sends an octet.
 * The supervisor answers with a verdict, which the process reports in Redis. A set that cannot be
 * read at all it refuses itself.
 *
 * After a broken connection it tries again after 0.1 s to 4 s, after an error of the configuration
 * after 30 s. Only changes of its state are logged.
 */
#pragma once

#include <stdbool.h>

#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_report.h"
#include "sensor/fleet/fleet_set.h"

/*! \brief What the supervisor answers. */
struct fleet_verdict {
	bool taken;
	char reason[FLEET_REASON_MAX]; /*!< Why the set was refused; a warning; or empty. */
};

struct fleet_process {
	const struct fleet_place *place;
	const char *sensor;
	struct fleet_head in_force; /*!< The set that was in force when the process started. */
	int box;                    /*!< The shared memory: a file of FLEET_SET_MAX octets. */
	int socket;                 /*!< The socket to the supervisor, SOCK_SEQPACKET. */
};

/*! \brief Runs until the supervisor closes its socket. \return The exit status. */
int fleet_process_run(const struct fleet_process *process);
