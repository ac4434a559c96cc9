/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/changes.h"

#include <string.h>

#include "base/time_ns.h"
#include "rules/keywords.h"
#include "sensor/hits/hits.h"

/* The texts of a change. */
struct texts {
	const char *reasons[SCORE_REASON_COUNT];
	struct event_known known[BASELINE_KNOWN_MAX];
	char values[BASELINE_KNOWN_MAX][BASELINE_TEXT_SIZE];
};

static size_t list_reasons(const struct baseline_change *change, struct texts *texts)
{
	size_t count = 0;
	for (int i = 0; i < SCORE_REASON_COUNT; i++) {
		if ((change->reasons & RULE_BIT(i)) != 0) {
			texts->reasons[count++] = score_reason_text((enum score_reason)i);
		}
	}
	return count;
}

static void list_known(const struct baseline_change *change, struct texts *texts)
{
	for (size_t i = 0; i < change->known_count; i++) {
		const struct baseline_known *known = &change->known[i];
		baseline_text(known, texts->values[i]);
		texts->known[i] = (struct event_known){
			.value = texts->values[i],
			.first_ns = known->first * NS_PER_S,
			.last_ns = known->last * NS_PER_S,
			.count = known->count,
		};
	}
}

static const char *field_of_mail(const struct baseline_change *change)
{
	return change->kind == LEARN_CERTIFICATE ? "nsmx.certificate_key"
	                                         : observation_kind_field(change->seen.kind);
}

static const char *field_of(const struct baseline_change *change)
{
	static const char *const names[DNS_SECTIONS] = {
		"dns.question.name",
		"dns.answers.name",
		"dns.authorities.name",
		"dns.additionals.name",
	};
	static const char *const data[DNS_SECTIONS] = {
		"dns.question.name",
		"dns.answers.data",
		"dns.authorities.data",
		"dns.additionals.data",
	};
	if (change->section < 0) {
		return field_of_mail(change);
	}
	return change->kind == LEARN_DS ? names[change->section] : data[change->section];
}

void changes_emit(void *hits, const struct baseline_change *change)
{
	struct texts texts;
	const struct event_change about = {
		.kind = KEYWORD_LEARNED[change->kind],
		.score = change->score,
		.reasons = texts.reasons,
		.reasons_count = list_reasons(change, &texts),
		.known = texts.known,
		.known_count = change->known_count,
	};
	enum rule_severity severity = score_severity(change->score);
	list_known(change, &texts);
	hits_change(hits, &change->learn.hit, &change->seen,
	            &(struct hits_change){
	                    .change = &about,
	                    .field = field_of(change),
	                    .section = change->section,
	                    .severity = change->learn.rated ? -1 : (int)severity,
	            });
}
