/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure REPORT COMMAND...
 *
 * Runs the command on one core and writes to REPORT what it and its children
 * cost: "status cpu_seconds wall_seconds peak_kib". A separate program, because
 * the kernel never reports a child's peak memory below that of its parent.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The last one that is ours: the first takes most interrupts. */
static int pin_to_one_core(void)
{
	cpu_set_t ours, one;
	int last = -1;
	if (sched_getaffinity(0, sizeof(ours), &ours) != 0) {
		return -1;
	}
	for (int i = 0; i < CPU_SETSIZE; i++) {
		last = CPU_ISSET(i, &ours) ? i : last;
	}
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	return sched_setaffinity(0, sizeof(one), &one);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	if (argc < 3 || pin_to_one_core() != 0) {
		(void)fputs("usage: measure REPORT COMMAND...\n", stderr);
		return 2;
	}
	double start = now();
	pid_t child = fork();
	if (child == 0) {
		(void)execvp(argv[2], argv + 2);
		(void)fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("measure");
		return EXIT_FAILURE;
	}
	double wall = now() - start;
	FILE *report = fopen(argv[1], "w");
	if (report == NULL) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	(void)fprintf(report, "%d %.6f %.6f %ld\n",
	              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	              seconds(&usage.ru_utime) + seconds(&usage.ru_stime), wall, usage.ru_maxrss);
	return fclose(report) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
