/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watch_cause.h"

#include <stdio.h>
#include <string.h>

static void copy_text(char to[WATCH_TEXT_MAX], const char *text)
{
	size_t size = text != NULL ? strnlen(text, WATCH_TEXT_MAX - 1) : 0;
	memcpy(to, text != NULL ? text : "", size);
	to[size] = '\0';
}

void watch_cause_set(struct watch_cause *cause, const struct rule_view *rule, const char *event_id,
                     const uint8_t *owner, size_t owner_size)
{
	(void)snprintf(cause->event_id, sizeof(cause->event_id), "%s", event_id);
	copy_text(cause->rule_id, rule->id);
	copy_text(cause->rule_text, rule->text);
	copy_text(cause->indicator, rule->indicator);
	copy_text(cause->feed, rule->feed);
	copy_text(cause->ref, rule->ref);
	copy_text(cause->note, rule->note);
	copy_text(cause->tags, rule->tags);
	cause->form = rule->form;
	cause->confidence = rule->confidence;
	cause->owner.size = 0;
	if (owner != NULL && owner_size <= sizeof(cause->owner.wire)) {
		cause->owner.size = (uint8_t)owner_size;
		memcpy(cause->owner.wire, owner, owner_size);
	}
}

void watch_cause_check(struct watch_cause *cause)
{
	char *const texts[] = { cause->rule_id, cause->rule_text, cause->indicator, cause->feed,
		                cause->ref,     cause->note,      cause->tags };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		texts[i][WATCH_TEXT_MAX - 1] = '\0';
	}
	cause->event_id[WATCH_ID_MAX - 1] = '\0';
	if (!dns_name_is_whole(cause->owner.wire, cause->owner.size)) {
		cause->owner.size = 0;
	}
	if ((unsigned)cause->form >= FORM_COUNT) {
		cause->form = FORM_NAME;
	}
}

void watch_cause_rule(const struct watch_cause *cause, struct rule_view *rule)
{
	*rule = (struct rule_view){
		.verb = RULE_ALERT,
		.severity = SEVERITY_CRITICAL,
		.form = cause->form,
		.confidence = cause->confidence,
		.id = cause->rule_id,
		.text = cause->rule_text,
		.indicator = cause->indicator,
		.feed = cause->feed,
		.ref = cause->ref,
		.tags = cause->tags,
		.note = cause->note,
	};
}
