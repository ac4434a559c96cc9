/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Awaits and prints what sensors did with a set of rules that was pushed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/fleet/fleet_redis.h"

/*!
 * \brief Waits until all sensors that are listed in Redis have answered, at most `wait_s` seconds,
 *        and prints a line for each on standard output.
 *
 * It stops waiting when another pusher has sent another set. Sensors that have not reported for 7
 * days are removed from the list.
 *
 * \return False if a sensor has refused the set or has not answered, if another set has replaced
 *         this one, or if the answers cannot be read.
 */
bool push_answers_await(const struct fleet_link *link, const struct fleet_head *head,
                        uint32_t wait_s);
