/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/param.h>
#include <sys/prctl.h>
#include <time.h>

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

void signals_install(void)
{
	/* SA_RESTART is not set, so that a signal interrupts waits. With SA_RESETHAND, the second
	 * signal kills. */
	install(SIGINT, ask_stop, (int)SA_RESETHAND);
	install(SIGTERM, ask_stop, (int)SA_RESETHAND);
	install(SIGPIPE, SIG_IGN, 0);
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

static void fill(sigset_t *set)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD };
	(void)sigemptyset(set);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
		(void)sigaddset(set, held[i]);
	}
}

void signals_hold_requests(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

void signals_hold(void)
{
	sigset_t set;
	fill(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	install(SIGPIPE, SIG_IGN, 0);
}

int signals_next(int timeout_ms)
{
	sigset_t set;
	const struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		                          .tv_nsec = timeout_ms % 1000 * 1000000L };
	fill(&set);
	int number = sigtimedwait(&set, NULL, &timeout);
	if (number == SIGINT || number == SIGTERM) {
		stop_asked = 1;
	}
	return MAX(number, 0);
}

void signals_install_worker(void)
{
	sigset_t set;
	/* ^C is sent to every process of the terminal, but only the parent decides when a worker
	 * stops. The parent may send SIGTERM more than once. */
	install(SIGINT, SIG_IGN, 0);
	install(SIGTERM, ask_stop, 0);
	install(SIGHUP, ask_reload, 0);
	install(SIGUSR1, SIG_IGN, 0);
	install(SIGPIPE, SIG_IGN, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	fill(&set);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void signals_leave_to_parent(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE };
	sigset_t none;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		install(ignored[i], SIG_IGN, 0);
	}
	install(SIGTERM, SIG_DFL, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
