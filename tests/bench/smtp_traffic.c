/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/smtp_traffic.h"

#include <stdlib.h>

#include "tests/bench/smtp_dialogue.h"

struct smtp_traffic {
	struct rng rng;
	uint32_t begun, total;
	uint32_t open; /* of the dialogues, those in use come first */
	struct dialogue *dialogues;
	uint32_t room;
};

static bool may_begin(const struct smtp_traffic *traffic)
{
	return traffic->total == 0 || traffic->begun < traffic->total;
}

struct smtp_traffic *smtp_traffic_new(uint64_t seed, uint32_t open, uint32_t total, size_t mail_max)
{
	struct smtp_traffic *traffic = calloc(1, sizeof(*traffic));
	if (traffic == NULL) {
		return NULL;
	}
	traffic->rng.state = seed;
	traffic->total = total;
	traffic->room = open;
	traffic->dialogues = calloc(open, sizeof(*traffic->dialogues));
	if (traffic->dialogues == NULL) {
		smtp_traffic_free(traffic);
		return NULL;
	}
	for (; traffic->open < open && may_begin(traffic); traffic->open++) {
		traffic->dialogues[traffic->open].mail_max = mail_max;
		dialogue_compose(&traffic->dialogues[traffic->open], &traffic->rng,
		                 traffic->begun++);
	}
	return traffic;
}

void smtp_traffic_free(struct smtp_traffic *traffic)
{
	if (traffic == NULL) {
		return;
	}
	for (uint32_t i = 0; traffic->dialogues != NULL && i < traffic->room; i++) {
		dialogue_clear(&traffic->dialogues[i]);
	}
	free(traffic->dialogues);
	free(traffic);
}

/* A dialogue is over: another begins in its place, or the last one moves there. */
static void replace(struct smtp_traffic *traffic, uint32_t which)
{
	struct dialogue *over = &traffic->dialogues[which];
	if (may_begin(traffic)) {
		dialogue_compose(over, &traffic->rng, traffic->begun++);
		return;
	}
	struct dialogue *last = &traffic->dialogues[--traffic->open];
	struct dialogue kept = *over;
	*over = *last;
	*last = kept;
}

bool smtp_traffic_step(struct smtp_traffic *traffic, struct writer *writer)
{
	while (traffic->open > 0) {
		uint32_t which = rng_below(&traffic->rng, traffic->open);
		struct dialogue *dialogue = &traffic->dialogues[which];
		if (dialogue->failed) {
			return false;
		}
		writer_wait(writer, 1 + rng_below(&traffic->rng, 18));
		if (dialogue_step(dialogue, writer)) {
			return true;
		}
		replace(traffic, which);
	}
	return false;
}
