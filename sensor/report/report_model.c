/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/secret_hash.h"
#include "sensor/flow/domains.h"
#include "sensor/incidents/incident_hit.h"
#include "sensor/report/report_event.h"
#include "sensor/report/report_merge.h"
#include "sensor/report/report_set.h"

#define BUCKETS 16384
/* While events are read, so that there is room to complete the incidents. */
#define MEMORY_OF_EVENTS (REPORT_MEMORY / 8 * 7)
/* The lists of one event. */
#define EVENT_MEMORY ((size_t)64 << 20)

/* An incident ends when nothing was seen for an hour, and opens again with the same id. All events
 * of one such episode have a common time, and the numbers of the last one are the greatest. */
struct episode {
	int64_t first_ns, last_ns;
	uint64_t hits, sessions, clients;
};

struct entry {
	struct report_incident of_events, of_hits;
	struct episode *episodes;
	size_t episodes_count;
	unsigned state;   /* the rank of the latest state */
	int64_t state_ns; /* nsmx.incident.last of its event */
	struct entry *next;
};

struct report_model {
	struct report *report;
	struct domains *domains;
	struct report_set known; /* of hits, clients and sessions */
	struct report_totals totals;
	size_t count;
	struct entry *buckets[BUCKETS];
};

struct report_model *report_model_new(struct report *report)
{
	struct report_model *model = calloc(1, sizeof(*model));
	struct domains *domains = domains_new();
	if (model == NULL || domains == NULL) {
		free(model);
		domains_free(domains);
		return NULL;
	}
	*report = (struct report){ .memory = { .limit = MEMORY_OF_EVENTS } };
	model->report = report;
	model->domains = domains;
	return model;
}

const struct report_totals *report_model_totals(const struct report_model *model)
{
	return &model->totals;
}

/* Incidents by id */

static struct entry *find_entry(struct report_model *model, struct report_text id)
{
	struct report_memory *memory = &model->report->memory;
	struct entry **bucket = &model->buckets[secret_hash(id.text, id.size) % BUCKETS];
	for (struct entry *entry = *bucket; entry != NULL; entry = entry->next) {
		if (report_text_equal(entry->of_hits.id, id)) {
			return entry;
		}
	}
	struct entry *added =
	        model->count < REPORT_INCIDENTS_MAX ? report_alloc(memory, sizeof(*added)) : NULL;
	if (added == NULL || !report_set_text(memory, &added->of_hits.id, id)) {
		report_release(memory, added);
		return NULL;
	}
	added->next = *bucket;
	*bucket = added;
	model->count++;
	return added;
}

/* What was seen before */

enum role { ROLE_EVENT, ROLE_CLIENT, ROLE_SESSION };

static enum report_set_result add_known(struct report_model *model, enum role role,
                                        const struct entry *entry, const void *octets, size_t size)
{
	const uint64_t parts[] = { role, (uint64_t)(uintptr_t)entry, secret_hash(octets, size) };
	return report_set_add(&model->known, secret_hash(parts, sizeof(parts)));
}

/* Events of incidents */

static bool has_overlap(const struct episode *episode, const struct report_incident *incident)
{
	return incident->first_ns <= episode->last_ns && episode->first_ns <= incident->last_ns;
}

static struct episode *find_episode(struct report_memory *memory, struct entry *entry,
                                    const struct report_incident *incident)
{
	for (size_t i = entry->episodes_count; i-- > 0;) {
		if (has_overlap(&entry->episodes[i], incident)) {
			return &entry->episodes[i];
		}
	}
	struct episode *items = report_extend(memory, entry->episodes, entry->episodes_count,
	                                      sizeof(*items), SIZE_MAX);
	if (items == NULL) {
		return NULL;
	}
	entry->episodes = items;
	items[entry->episodes_count] =
	        (struct episode){ .first_ns = incident->first_ns, .last_ns = incident->last_ns };
	return &items[entry->episodes_count++];
}

static void count_episode(struct report_memory *memory, struct entry *entry,
                          const struct report_incident *incident)
{
	struct episode *episode = find_episode(memory, entry, incident);
	if (episode != NULL) {
		episode->first_ns = MIN(episode->first_ns, incident->first_ns);
		episode->last_ns = MAX(episode->last_ns, incident->last_ns);
		episode->hits = MAX(episode->hits, incident->hit_count);
		episode->sessions = MAX(episode->sessions, incident->mail_sessions);
		episode->clients = MAX(episode->clients, incident->clients_count);
	}
}

static unsigned rank_state(struct report_text state)
{
	static const char *const states[] = { "open", "update", "closed" };
	unsigned rank = 0;
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct report_text word = { states[i], strlen(states[i]) };
		rank = report_text_equal(state, word) ? i + 1 : rank;
	}
	return rank;
}

/* Events need not be read in order of time. A sensor that ends closes its incidents, and goes on
 * with them after its restart. */
static void set_state(struct report_memory *memory, struct entry *entry,
                      const struct report_incident *incident)
{
	struct report_text *state = &entry->of_events.state;
	unsigned rank = rank_state(incident->state);
	if (incident->last_ns > entry->state_ns ||
	    (incident->last_ns == entry->state_ns && rank > entry->state)) {
		report_release(memory, state->text);
		*state = (struct report_text){ NULL, 0 };
		entry->state = rank;
		entry->state_ns = incident->last_ns;
		(void)report_set_text(memory, state, incident->state);
	}
}

static void take_incident(struct report_model *model, const struct report_incident *incident)
{
	struct report_memory *memory = &model->report->memory;
	struct entry *entry = find_entry(model, incident->id);
	model->totals.incidents++;
	if (entry == NULL) {
		model->totals.incidents_omitted++;
		return;
	}
	set_state(memory, entry, incident);
	count_episode(memory, entry, incident);
	report_merge(memory, &entry->of_events, incident, REPORT_MAILS_OF_INCIDENTS);
}

/* Hits */

static struct report_text registered(struct report_model *model, struct report_text name)
{
	const char *domain =
	        name.size > 0 ? domains_registered(model->domains, name.text, name.size) : NULL;
	return domain != NULL
	               ? (struct report_text){ domain, name.size - (size_t)(domain - name.text) }
	               : name;
}

/* Whether a name is the one whose incident has this id. */
static bool is_owner(struct report_text name, struct report_text id)
{
	char of_name[INCIDENT_ID_MAX];
	incident_id_of(of_name, name.text, name.size, NULL, 0);
	return report_text_equal((struct report_text){ of_name, strlen(of_name) }, id);
}

static struct report_text domain_of(struct report_text mailbox)
{
	const char *at = mailbox.size > 0 ? memrchr(mailbox.text, '@', mailbox.size) : NULL;
	return at != NULL ? (struct report_text){ at + 1,
		                                  mailbox.size - (size_t)(at + 1 - mailbox.text) }
	                  : (struct report_text){ NULL, 0 };
}

/* A hit does not name the owner of its incident, but its id is derived from the owner. */
static void find_owner(struct report_model *model, struct report_event *event)
{
	struct report_incident *incident = &event->incident;
	struct report_text names[3] = { event->record_owner, event->question };
	if (incident->mail_count > 0 && incident->mails[0].rcpt_count > 0) {
		names[2] = domain_of(incident->mails[0].rcpts[0].address);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct report_text owner = registered(model, names[i]);
		/* With --separate the network is in the id, too. */
		if (owner.size > 0 && (is_owner(owner, incident->id) ||
		                       (incident->network.text != NULL && !event->of_rule))) {
			incident->owner = owner;
			return;
		}
	}
}

/* A hit that names no incident */
static void find_incident(struct report_model *model, struct report_event *event,
                          char id[INCIDENT_ID_MAX])
{
	struct report_incident *incident = &event->incident;
	struct report_text rule = incident->hits[0].rule_id;
	struct report_text mailbox = incident->hits[0].value;
	if (!event->of_rule && event->record_owner.size > 0) {
		incident->owner = registered(model, event->record_owner);
	} else if (event->is_rcpt) {
		struct report_text domain = domain_of(mailbox);
		incident->owner = registered(model, domain.size > 0 ? domain : mailbox);
	}
	incident_id_of(id, incident->owner.text, incident->owner.size,
	               rule.text != NULL ? rule.text : "", rule.size);
	incident->id = (struct report_text){ id, strlen(id) };
}

static void count_hit(struct report_model *model, struct entry *entry,
                      const struct report_event *event)
{
	const struct report_incident *incident = &event->incident;
	struct report_incident *to = &entry->of_hits;
	to->hit_count += incident->hit_count;
	for (size_t i = 0; i < incident->clients.count; i++) {
		struct report_text client = incident->clients.items[i];
		to->clients_count += add_known(model, ROLE_CLIENT, entry, client.text,
		                               client.size) == REPORT_SET_NEW;
	}
	to->mail_sessions +=
	        event->session != 0 && add_known(model, ROLE_SESSION, entry, &event->session,
	                                         sizeof(event->session)) == REPORT_SET_NEW;
}

static void take_hit(struct report_model *model, struct report_event *event)
{
	char id[INCIDENT_ID_MAX];
	struct report_text event_id = event->incident.hits[0].event_id;
	model->totals.hits++;
	if (event_id.size > 0 &&
	    add_known(model, ROLE_EVENT, NULL, event_id.text, event_id.size) == REPORT_SET_KNOWN) {
		model->totals.repeated++;
		return;
	}
	if (event->incident.id.size == 0) {
		find_incident(model, event, id);
	}
	struct entry *entry = find_entry(model, event->incident.id);
	if (entry == NULL) {
		model->totals.incidents_omitted++;
		return;
	}
	if (entry->of_hits.owner.text == NULL) {
		find_owner(model, event);
	}
	count_hit(model, entry, event);
	report_merge(&model->report->memory, &entry->of_hits, &event->incident,
	             REPORT_MAILS_OF_HITS);
}

static void take_time(struct report *report, int64_t time_ns)
{
	bool first = report->first_ns == 0 && report->last_ns == 0;
	report->first_ns = first ? time_ns : MIN(report->first_ns, time_ns);
	report->last_ns = MAX(report->last_ns, time_ns);
}

bool report_model_take(struct report_model *model, const json_t *json)
{
	struct report_memory lists = { .limit = EVENT_MEMORY };
	struct report_event event;
	struct report *report = model->report;
	bool good = report_event_read(&event, json, &lists);
	if (good) {
		take_time(report, event.time_ns);
		if (event.sensor.text != NULL) {
			(void)report_add_text(&report->memory, &report->sensors, REPORT_WORDS_MAX,
			                      event.sensor);
		}
	}
	if (good && event.kind == REPORT_EVENT_INCIDENT) {
		take_incident(model, &event.incident);
	} else if (good && event.kind == REPORT_EVENT_HIT) {
		take_hit(model, &event);
	}
	report->memory.refused += lists.refused;
	report_memory_free(&lists);
	return good;
}

/* The end */

static int compare_hits(const void *a, const void *b)
{
	const struct report_hit *x = a, *y = b;
	int order = report_compare_times(x->time_ns, y->time_ns);
	return order != 0 ? order : report_compare_texts(x->event_id, y->event_id);
}

static int compare_incidents(const void *a, const void *b)
{
	const struct report_incident *x = a, *y = b;
	int order = x->severity != y->severity ? (x->severity > y->severity ? -1 : 1)
	                                       : report_compare_times(x->first_ns, y->first_ns);
	return order != 0 ? order : report_compare_texts(x->id, y->id);
}

static void set_numbers(const struct entry *entry, struct report_incident *incident)
{
	uint64_t hits = 0, sessions = 0, clients = 0;
	for (size_t i = 0; i < entry->episodes_count; i++) {
		hits += entry->episodes[i].hits;
		sessions += entry->episodes[i].sessions;
		clients = MAX(clients, entry->episodes[i].clients);
	}
	incident->hit_count = MAX(hits, entry->of_hits.hit_count);
	incident->mail_sessions = MAX(sessions, entry->of_hits.mail_sessions);
	incident->clients_count = MAX(clients, entry->of_hits.clients_count);
}

/* Lists that only hits have are moved. */
static void complete_with_hits(struct report_memory *memory, struct report_incident *incident,
                               struct report_incident *of_hits)
{
	incident->hits = of_hits->hits;
	incident->hits_listed = of_hits->hits_listed;
	incident->answers = of_hits->answers;
	incident->answer_count = of_hits->answer_count;
	of_hits->hits_listed = of_hits->answer_count = 0;
	of_hits->hits = NULL;
	of_hits->answers = NULL;
	report_merge(memory, incident, of_hits, REPORT_MAILS_CORRELATE);
	report_release_incident(memory, of_hits);
}

static void finish(struct report_memory *memory, struct entry *entry,
                   struct report_incident *incident)
{
	bool has_events = entry->of_events.id.text != NULL;
	*incident = has_events ? entry->of_events : entry->of_hits;
	set_numbers(entry, incident);
	if (has_events) {
		complete_with_hits(memory, incident, &entry->of_hits);
	}
	incident->clients_count = MAX(incident->clients_count, incident->clients.count);
	report_sort_mails(incident);
	if (incident->hits_listed > 1) {
		qsort(incident->hits, incident->hits_listed, sizeof(*incident->hits), compare_hits);
	}
	report_sort_answers(incident);
	report_release(memory, entry->episodes);
	report_release(memory, entry);
}

static void finish_all(struct report_model *model)
{
	struct report *report = model->report;
	size_t size = model->count * sizeof(*report->incidents);
	report->memory.limit = REPORT_MEMORY + size;
	report->incidents = report_alloc(&report->memory, size);
	for (size_t i = 0; i < BUCKETS && report->incidents != NULL; i++) {
		struct entry *next;
		for (struct entry *entry = model->buckets[i]; entry != NULL; entry = next) {
			next = entry->next;
			finish(&report->memory, entry,
			       &report->incidents[report->incident_count++]);
		}
	}
	if (report->incident_count < 2) {
		return;
	}
	qsort(report->incidents, report->incident_count, sizeof(*report->incidents),
	      compare_incidents);
}

void report_model_end(struct report_model *model)
{
	if (model->count > 0) {
		finish_all(model);
	}
	report_set_free(&model->known);
	domains_free(model->domains);
	free(model);
}
