/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A process that compiles and judges one set of rules (`nsmx-judge`). A set that
 *        exploits a fault of the compiler controls only a process that has no rights.
 *
 * Limits: FLEET_JUDGE_S seconds of real time and of processor time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/fleet/fleet.h"

#define FLEET_JUDGE_S 60

struct fleet_judge {
	pid_t pid; /*!< 0: none runs. */
	int pipe;  /*!< Receives the verdict; -1: none. */
	int64_t started_ns;
};

/*!
 * \brief Starts the process.
 *
 * \param bundle  All rules with the new set.
 *
 * \return False on failure, with errno set.
 */
bool fleet_judge_start(struct fleet_judge *judge, const struct fleet_config *config, int bundle);

/*! \brief Takes the verdict. The call does not wait. \return False if there is none yet. */
bool fleet_judge_take(struct fleet_judge *judge, struct fleet_verdict *verdict);

/*! \brief Ends the process, if it runs. */
void fleet_judge_stop(struct fleet_judge *judge);
