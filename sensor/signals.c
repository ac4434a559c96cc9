/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t reload_asked;

static void ask_stop(int number)
{
	(void)number;
	stop_asked = 1;
}

static void ask_reload(int number)
{
	(void)number;
	reload_asked = 1;
}

static void install(int number, void (*handler)(int), int flags)
{
	struct sigaction action;
	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	(void)sigaction(number, &action, NULL); /* fails for bad numbers only */
}

void signals_install(bool reload)
{
	/* No SA_RESTART: a wait must end. One shot: the second signal kills. */
	install(SIGINT, ask_stop, (int)SA_RESETHAND);
	install(SIGTERM, ask_stop, (int)SA_RESETHAND);
	install(SIGPIPE, SIG_IGN, 0);
	if (reload) {
		install(SIGHUP, ask_reload, 0);
	}
}

bool signals_stop(void)
{
	return stop_asked != 0;
}

bool signals_reload(void)
{
	bool asked = reload_asked != 0;
	reload_asked = 0;
	return asked;
}
