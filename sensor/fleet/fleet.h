/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Rules that `nsmx rules push` sends, in the supervisor of a live capture.
 *
 *     Redis ─▶ nsmx-follow ─▶ supervisor ─▶ nsmx-judge (compiles the set, judges it)
 *                                       └▶ folder of --state, all workers
 *
 * The supervisor has no connection to Redis. Its two child processes have neither its rights nor
 * those of each other. It trusts neither of them: it copies at most FLEET_SET_MAX octets from
 * nsmx-follow (fleet_process.h) and checks them, and the workers check the rules again when they
 * load them. A set is first stored and then put in force, so that it is also in force after a
 * restart.
 *
 * If nsmx-follow dies, another process replaces it after 1 to 30 s.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/fleet/fleet_process.h"

struct fleet;

/*! \brief Texts and pointers are borrowed. */
struct fleet_config {
	const char *url;
	const char *state; /*!< The folder of `--state`. */
	const char *sensor;

	/*! Returns the descriptor of a bundle (bundle.h) of all rules of the sensor, with `set`; -1
	 * on failure, which was logged. */
	int (*bundle)(void *ctx, const struct fleet_set *set);
	/*! Loads the bundle, and writes the verdict. It is called in nsmx-judge. */
	void (*judge)(void *ctx, int bundle, struct fleet_verdict *verdict);
	/*! Returns true when all workers have the rules that fleet_maintain() has announced. */
	bool (*is_loaded)(void *ctx);
	/*! Wipes all passwords except those in `keep`. It is called in each new process. */
	void (*forget)(void *ctx, const struct redis_url *keep);
	void *ctx;
	bool (*confine_link)(void);  /*!< Called in nsmx-follow to drop its rights. */
	bool (*confine_judge)(void); /*!< Called in nsmx-judge to drop its rights. */

	_Atomic uint64_t *version; /*!< Receives the version in force. */
	_Atomic uint64_t *refused; /*!< Counts sets that were refused. */
};

/*!
 * \brief Parses the URL, and finds out which version is in force. No process is started before
 *        fleet_maintain().
 *
 * \return NULL on failure, which was logged.
 */
struct fleet *fleet_new(const struct fleet_config *config);

enum fleet_event {
	FLEET_NOTHING,
	FLEET_RELOAD, /*!< A new set is stored: all workers must load the rules. */
};

/*! \brief Starts nsmx-follow if it does not run, and does the next step with a new set. Call it
 *         several times a second. */
enum fleet_event fleet_maintain(struct fleet *fleet);

/*! \brief Wipes the password in a child, unless it is that of `keep`. NULL is allowed. */
void fleet_forget(struct fleet *fleet, const struct redis_url *keep);

/*! \brief Closes the descriptors in a child. NULL is allowed. */
void fleet_leave(struct fleet *fleet);

/*! \brief Ends both processes, and frees the object. NULL is allowed. */
void fleet_stop(struct fleet *fleet);
