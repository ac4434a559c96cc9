/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match CAPTURE ROUNDS RULES RULES
 *
 * What a packet costs under one set of rules and under another, reading, decoding
 * and matching: two numbers, nanoseconds of CPU time. The capture is gone through by
 * blocks that the sets take in turns, each block under both, so that a machine whose
 * speed changes changes both numbers; loading is no part of either.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sensor/detect/pipeline.h"
#include "sensor/process/rules_source.h"

#define BLOCK  100000 /* packets: long enough for caches to fill with a set's indexes */
#define WARMUP 10000  /* packets of it until they have */

struct match {
	struct ruleset *sets[2];
	struct hits *hits;
	struct pipeline *pipeline;
	uint64_t packets[2];
	double seconds[2];
};

static void take_record(void *ctx, const struct record *record)
{
	(void)ctx;
	(void)record;
}

static double cpu_seconds(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool load(struct ruleset **set, const char *path)
{
	struct ruleset_stats stats;
	const struct options given = { .rules = { .items = { path }, .count = 1 } };
	*set = rules_source_load(&given, &stats);
	return *set != NULL;
}

static bool open_pipeline(struct match *match)
{
	static struct ports ports;
	char error[256];
	struct counters *counters = counters_new(1);
	struct correlator_shared *shared = correlator_shared_new(1, 1);
	struct correlator *correlator = shared != NULL ? correlator_new(shared, 0, NULL) : NULL;
	if (counters == NULL || correlator == NULL ||
	    !ports_parse(&ports, PORTS_DEFAULT, error, sizeof(error))) {
		return false;
	}
	const struct hits_config hits = { .rules = match->sets[0],
		                          .counters = counters,
		                          .sensor = "bench",
		                          .emit = take_record };
	match->hits = hits_new(&hits);
	const struct pipeline_config config = {
		.ports = &ports, .hits = match->hits, .correlator = correlator, .counters = counters
	};
	return match->hits != NULL && pipeline_new(&match->pipeline, &config) == 0;
}

/* Up to that many packets; how many there were. */
static uint64_t feed(struct match *match, struct capture *capture, uint64_t most)
{
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	uint64_t packets = 0;
	while (packets < most) {
		enum capture_status status = capture_next(capture, &packet, error);
		if (status == CAPTURE_PACKET) {
			pipeline_packet(match->pipeline, &packet);
			packets++;
		} else if (status != CAPTURE_NONE) {
			break;
		}
	}
	return packets;
}

/* Once through the capture; `first` is the set that has the first block. */
static bool go_through(struct match *match, const char *path, int first)
{
	char error[CAPTURE_ERROR_MAX];
	struct capture *capture = capture_open_file(path, NULL, error);
	if (capture == NULL) {
		(void)fprintf(stderr, "%s\n", error);
		return false;
	}
	uint64_t packets = BLOCK - WARMUP;
	for (int which = first; packets == BLOCK - WARMUP; which ^= 1) {
		hits_set_rules(match->hits, match->sets[which]);
		(void)feed(match, capture, WARMUP);
		double begun = cpu_seconds();
		packets = feed(match, capture, BLOCK - WARMUP);
		match->seconds[which] += cpu_seconds() - begun;
		match->packets[which] += packets;
	}
	capture_close(capture);
	return true;
}

int main(int argc, char **argv)
{
	struct match match = { .hits = NULL };
	if (argc != 5 || !load(&match.sets[0], argv[3]) || !load(&match.sets[1], argv[4]) ||
	    !open_pipeline(&match)) {
		(void)fputs("usage: match CAPTURE ROUNDS RULES RULES\n", stderr);
		return 2;
	}
	for (int i = 0; i < 2 * atoi(argv[2]); i++) {
		if (!go_through(&match, argv[1], i & 1)) {
			return EXIT_FAILURE;
		}
	}
	for (int i = 0; i < 2; i++) {
		(void)printf("%.1f ", match.seconds[i] / (double)match.packets[i] * 1e9);
	}
	(void)puts("");
	return EXIT_SUCCESS;
}
