/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/verdicts.h"

#include "base/memory/resident.h"

/* A match in 32 bits: the number, then how the names differ, then whether the suffixes are near. */
#define HOW_SHIFT  28
#define NEAR_SHIFT 31

_Static_assert(LOOKALIKE_NOT < 1 << (NEAR_SHIFT - HOW_SHIFT), "three bits");
_Static_assert(LOOKALIKE_MATCHES_MAX < 1 << 4, "four bits");

bool verdicts_init(struct verdicts *verdicts)
{
	*verdicts = (struct verdicts){
		.places = resident_new(VERDICTS * sizeof(*verdicts->places)),
		.tags = resident_new(VERDICTS * sizeof(*verdicts->tags)),
	};
	return verdicts->places != NULL && verdicts->tags != NULL;
}

void verdicts_deinit(struct verdicts *verdicts)
{
	resident_free(verdicts->places, VERDICTS * sizeof(*verdicts->places));
	resident_free(verdicts->tags, VERDICTS * sizeof(*verdicts->tags));
}

struct verdict *verdicts_keep(struct verdicts *verdicts, const struct verdict *fresh)
{
	size_t place = fresh->hash % VERDICTS;
	struct verdict_tags *tags = &verdicts->tags[place];
	uint16_t tag = verdicts_tag(fresh->hash);
	bool placed = verdicts_have_place(verdicts, fresh->hash);
	tags->passed = tag;
	if (!placed) {
		return NULL;
	}
	tags->placed = tag;
	verdicts->places[place] = *fresh;
	return &verdicts->places[place];
}

void verdict_set_matches(struct verdict *verdict, const struct lookalike_matches *matches)
{
	verdict->matches = matches->count & 15;
	for (uint32_t i = 0; i < matches->count; i++) {
		const struct lookalike_match *match = &matches->names[i];
		verdict->packed[i] = match->name | (uint32_t)match->how << HOW_SHIFT |
		                     (uint32_t)match->near_suffix << NEAR_SHIFT;
	}
}

void verdict_get_matches(const struct verdict *verdict, struct lookalike_matches *matches)
{
	matches->count = verdict->matches;
	for (uint32_t i = 0; i < matches->count; i++) {
		uint32_t packed = verdict->packed[i];
		matches->names[i] = (struct lookalike_match){
			.name = packed & VERDICT_NAME_MAX,
			.how = packed >> HOW_SHIFT & 7,
			.near_suffix = packed >> NEAR_SHIFT != 0,
		};
	}
}
