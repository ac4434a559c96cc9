/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/hit_packets.h"

#include <netinet/in.h>

#include "base/printable.h"
#include "sensor/evidence/pcapng_output.h"

static enum evidence_extent extent_of(const struct event_subject *subject)
{
	if (subject->dns != NULL) {
		return subject->flow->key.protocol == IPPROTO_TCP ? EVIDENCE_STREAM
		                                                  : EVIDENCE_DATAGRAM;
	}
	return EVIDENCE_SESSION;
}

/* A session has a hit later than its first packet. */
static int64_t time_of(const struct event_subject *subject, const struct observation *seen)
{
	return subject->dns != NULL ? subject->flow->time_ns : seen->time_ns;
}

const char *hit_packets_choose(struct evidence *evidence, const struct event_subject *subject,
                               const struct observation *seen)
{
	if (evidence == NULL || subject->row != NULL) {
		return NULL;
	}
	return evidence_choose(evidence, &subject->flow->key, extent_of(subject),
	                       time_of(subject, seen));
}

void hit_packets_comment(struct evidence *evidence, const struct event_subject *subject,
                         const struct event_hit *hit, const char *event_id)
{
	char text[2 * EVENT_VALUE_MAX];
	char value[EVENT_VALUE_MAX];
	struct writer out;
	if (evidence == NULL || subject->row != NULL) {
		return;
	}
	size_t size = event_value(hit->seen, value, sizeof(value));
	writer_init(&out, text, sizeof(text));
	writer_literal(&out, "nsmx event.id=");
	writer_string(&out, event_id);
	writer_literal(&out, " rule=");
	printable_put(&out, hit->rule->id, strlen(hit->rule->id));
	writer_literal(&out, " what=");
	writer_string(&out, observation_kind_text(hit->seen->kind));
	size_t before = writer_size(&out);
	writer_literal(&out, " value=");
	printable_put(&out, value, size);
	if (out.failed) {
		writer_recover(&out, before);
	}
	evidence_comment(evidence, &subject->flow->key, extent_of(subject),
	                 time_of(subject, hit->seen), text, writer_size(&out));
}
