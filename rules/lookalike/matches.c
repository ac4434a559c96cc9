/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/matches.h"

static bool is_closer(const struct lookalike_match *a, const struct lookalike_match *b)
{
	if (a->how != b->how) {
		return a->how < b->how;
	}
	return a->near_suffix != b->near_suffix ? a->near_suffix : a->name < b->name;
}

void lookalike_matches_add(struct lookalike_matches *matches, struct lookalike_match proposed)
{
	const uint32_t name = proposed.name;
	uint32_t at = 0;
	while (at < matches->count && !is_closer(&proposed, &matches->names[at])) {
		if (matches->names[at++].name == name) {
			return;
		}
	}
	for (; at < LOOKALIKE_MATCHES_MAX; at++) {
		struct lookalike_match moved = matches->names[at];
		matches->names[at] = proposed;
		if (at == matches->count) {
			matches->count++;
			return;
		}
		if (moved.name == name) {
			return;
		}
		proposed = moved;
	}
}
