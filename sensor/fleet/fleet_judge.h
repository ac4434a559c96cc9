/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A process that compiles and judges one set of rules (`nsmx-judge`). If the set exploits a
 *        fault of the code that compiles rules, it controls only this process, which has no rights.
 *
 * Limits: the process is killed after FLEET_JUDGE_S seconds of real time or of processor time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/fleet/fleet.h"

#define FLEET_JUDGE_S 60

struct fleet_judge {
	pid_t pid; /*!< 0: no process runs. */
	int pipe;  /*!< The pipe from which the verdict is read; -1: no process runs. */
	int64_t started_ns;
};

/*!
 * \brief Starts the process.
 *
 * \param bundle  The descriptor of a bundle (bundle.h) of the sensor's rules, with the new set.
 *
 * \return False on failure, with errno set.
 */
bool fleet_judge_start(struct fleet_judge *judge, const struct fleet_config *config, int bundle);

/*! \brief Takes the verdict. The call does not wait. \return False if there is none yet. */
bool fleet_judge_take(struct fleet_judge *judge, struct fleet_verdict *verdict);

/*! \brief Ends the process, if it runs. */
void fleet_judge_stop(struct fleet_judge *judge);
