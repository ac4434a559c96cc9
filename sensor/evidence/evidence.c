/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/evidence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/queue.h>

#include "base/secret_hash.h"
#include "base/writer.h"
#include "sensor/evidence/evidence_file.h"
#include "sensor/evidence/frame_ring.h"

#define BUCKETS 2048
/* Files of one worker that are open at a time, because sessions in them continue. */
#define FILES_MAX 4
/* Hits between two calls of evidence_settle(), and the options with their comments. */
#define NOTES_MAX    64
#define COMMENTS_MAX ((size_t)256 << 10)
/* Options of the packet that is written last. */
#define HELD_MAX ((size_t)64 << 10)
/* Packets that are examined for the one at a given time. */
#define WALK_MAX 4096

/* A mail session whose packets are written until it ends. */
struct session {
	TAILQ_ENTRY(session) by_age;
	struct session *next_in_bucket;
	uint64_t group;
	struct evidence_file *file;
	uint64_t held;          /* the place of the latest packet; 0: no packet is held */
	struct writer comments; /* the options of that packet */
};

TAILQ_HEAD(sessions_head, session);

/* A hit of which the packets are not yet written. */
struct note {
	uint64_t group;
	enum evidence_extent extent;
	int64_t time_ns;
	struct evidence_file *file;
	bool end;                     /* no hit: the session has ended */
	size_t comment, comment_size; /* in `comments` */
};

struct evidence {
	struct evidence_config config;
	struct frame_ring *ring;
	struct evidence_writer writer;
	struct evidence_file files[FILES_MAX];
	struct evidence_file *file; /* the current one; NULL: none */
	uint64_t group; /* of the packet that was taken last; 0: none since the last call */
	struct note notes[NOTES_MAX];
	size_t notes_count;
	struct writer comments; /* of the notes */
	struct sessions_head sessions;
	size_t sessions_count;
	struct session *buckets[BUCKETS];
};

static uint64_t group_of(const struct flow_key *key)
{
	const struct flow_key sorted = flow_key_sorted(key);
	return secret_hash(&sorted, sizeof(sorted)) | 1;
}

static uint64_t group_of_fragments(const struct flow_key *key, uint32_t id)
{
	struct {
		struct flow_key key;
		uint64_t id;
	} both = { *key, (uint64_t)1 << 32 | id };
	both.key.sport = both.key.dport = 0;
	return secret_hash(&both, sizeof(both)) | 1;
}

/* Packets */

static void drop(struct evidence *evidence)
{
	counter_add(&evidence->config.counters->evidence_dropped, 1);
}

static void write_packet(struct evidence *evidence, struct evidence_file *file, uint64_t place,
                         const char *options, size_t options_size)
{
	struct packet packet;
	frame_ring_get(evidence->ring, place, &packet);
	frame_ring_set_written(evidence->ring, place);
	if (evidence_file_add(file, &evidence->writer, &packet, options, options_size)) {
		counter_add(&evidence->config.counters->evidence_packets, 1);
	} else {
		drop(evidence);
	}
}

/* The oldest packet of the group after which all are unwritten, `last` included. */
static uint64_t first_unwritten(const struct evidence *evidence, uint64_t last)
{
	uint64_t first = 0;
	for (uint64_t place = last; place != 0 && !frame_ring_is_written(evidence->ring, place);
	     place = frame_ring_before(evidence->ring, place)) {
		first = place;
	}
	return first;
}

/* Writes the unwritten packets up to `last`, which gets the options. */
static void write_up_to(struct evidence *evidence, struct evidence_file *file, uint64_t last,
                        const char *options, size_t options_size)
{
	uint64_t place = first_unwritten(evidence, last);
	while (place != 0) {
		uint64_t after = place != last ? frame_ring_after(evidence->ring, place) : 0;
		write_packet(evidence, file, place, options, after == 0 ? options_size : 0);
		place = after;
	}
}

/* Sessions */

static struct session **find_link(struct evidence *evidence, uint64_t group)
{
	struct session **link = &evidence->buckets[group / 2 % BUCKETS];
	while (*link != NULL && (*link)->group != group) {
		link = &(*link)->next_in_bucket;
	}
	return link;
}

static void write_held(struct evidence *evidence, struct session *session)
{
	if (session->held != 0) {
		write_up_to(evidence, session->file, session->held, session->comments.start,
		            writer_size(&session->comments));
	}
	session->held = 0;
	writer_restart(&session->comments);
}

static void end_session(struct evidence *evidence, struct session *session)
{
	write_held(evidence, session);
	*find_link(evidence, session->group) = session->next_in_bucket;
	TAILQ_REMOVE(&evidence->sessions, session, by_age);
	evidence->sessions_count--;
	writer_free(&session->comments);
	free(session);
}

static struct session *add_session(struct evidence *evidence, const struct note *note)
{
	struct session *session = calloc(1, sizeof(*session));
	if (session == NULL) {
		return NULL;
	}
	if (evidence->sessions_count == EVIDENCE_SESSIONS_MAX) {
		end_session(evidence, TAILQ_FIRST(&evidence->sessions));
	}
	session->group = note->group;
	session->file = note->file;
	writer_init_growing(&session->comments, HELD_MAX);
	*find_link(evidence, note->group) = session;
	TAILQ_INSERT_TAIL(&evidence->sessions, session, by_age);
	evidence->sessions_count++;
	return session;
}

/* Writes all packets but the latest one. */
static void advance(struct evidence *evidence, struct session *session)
{
	uint64_t latest = frame_ring_latest(evidence->ring, session->group);
	if (latest == 0 || latest == session->held ||
	    frame_ring_is_written(evidence->ring, latest)) {
		return;
	}
	write_held(evidence, session);
	write_up_to(evidence, session->file, frame_ring_before(evidence->ring, latest), NULL, 0);
	session->held = latest;
	frame_ring_hold(evidence->ring, latest);
	TAILQ_REMOVE(&evidence->sessions, session, by_age);
	TAILQ_INSERT_TAIL(&evidence->sessions, session, by_age);
}

/* The ring needs the memory of a packet that is held. */
static void lose(void *ctx, uint64_t place)
{
	struct evidence *evidence = ctx;
	struct session *session = NULL;
	TAILQ_FOREACH(session, &evidence->sessions, by_age)
	{
		if (session->held == place) {
			write_held(evidence, session);
			return;
		}
	}
}

/* A file that no session needs, else the one in which sessions have continued longest. */
static struct evidence_file *free_file(struct evidence *evidence)
{
	struct evidence_file *oldest = &evidence->files[0];
	struct session *next;
	for (size_t i = 1; i < FILES_MAX; i++) {
		if (evidence->files[i].number < oldest->number) {
			oldest = &evidence->files[i];
		}
	}
	for (struct session *session = TAILQ_FIRST(&evidence->sessions); session != NULL;
	     session = next) {
		next = TAILQ_NEXT(session, by_age);
		if (session->file == oldest) {
			end_session(evidence, session);
		}
	}
	evidence_file_close(oldest);
	return oldest;
}

static struct evidence_file *current_file(struct evidence *evidence, int64_t time_ns)
{
	struct evidence_file *file = evidence->file;
	if (file == NULL || evidence_file_is_full(file, &evidence->writer)) {
		file = free_file(evidence);
		bool begun = evidence_file_begin(file, &evidence->writer, time_ns);
		evidence->file = begun ? file : NULL;
	}
	return evidence->file;
}

/* Hits */

/* The packet of the group at this time, which is mostly the latest one. */
static uint64_t find_at(const struct evidence *evidence, uint64_t group, int64_t time_ns)
{
	struct packet packet;
	uint64_t place = frame_ring_latest(evidence->ring, group);
	for (int i = 0; place != 0 && i < WALK_MAX; i++) {
		frame_ring_get(evidence->ring, place, &packet);
		if (packet.time_ns == time_ns) {
			return place;
		}
		place = frame_ring_before(evidence->ring, place);
	}
	return 0;
}

/* Writes the packets of a datagram, of which one was found. The last one gets the options. */
static void write_datagram(struct evidence *evidence, const struct note *note, const char *options)
{
	uint64_t place = find_at(evidence, note->group, note->time_ns);
	uint64_t unit = place != 0 ? frame_ring_unit(evidence->ring, place) : 0;
	uint64_t before = place;
	if (place == 0) {
		drop(evidence);
		return;
	}
	while ((before = frame_ring_before(evidence->ring, before)) != 0 &&
	       frame_ring_unit(evidence->ring, before) == unit) {
		place = before;
	}
	while (place != 0 && frame_ring_unit(evidence->ring, place) == unit) {
		uint64_t after = frame_ring_after(evidence->ring, place);
		bool last = after == 0 || frame_ring_unit(evidence->ring, after) != unit;
		if (!frame_ring_is_written(evidence->ring, place)) {
			write_packet(evidence, note->file, place, options,
			             last ? note->comment_size : 0);
		}
		place = after;
	}
}

static void follow(struct evidence *evidence, const struct note *note, const char *options)
{
	struct session *session = *find_link(evidence, note->group);
	if (session == NULL && !note->end) {
		session = add_session(evidence, note);
	}
	if (session == NULL) {
		return;
	}
	advance(evidence, session);
	size_t size = writer_size(&session->comments);
	writer_put(&session->comments, options, note->comment_size);
	if (session->comments.failed) {
		writer_recover(&session->comments, size);
	}
	if (note->end) {
		end_session(evidence, session);
	}
}

static void write_note(struct evidence *evidence, const struct note *note)
{
	const char *options = evidence->comments.start + note->comment;
	if (note->comment_size == 0 && !note->end) {
		return; /* the hit was not reported, but counted in the event of other hits */
	}
	if (note->extent == EVIDENCE_SESSION) {
		follow(evidence, note, options);
	} else if (note->extent == EVIDENCE_DATAGRAM) {
		write_datagram(evidence, note, options);
	} else {
		write_up_to(evidence, note->file, frame_ring_latest(evidence->ring, note->group),
		            options, note->comment_size);
	}
}

void evidence_settle(struct evidence *evidence)
{
	if (evidence->group != 0 && evidence->sessions_count > 0) {
		struct session *session = *find_link(evidence, evidence->group);
		if (session != NULL) {
			advance(evidence, session);
		}
	}
	evidence->group = 0;
	for (size_t i = 0; i < evidence->notes_count; i++) {
		write_note(evidence, &evidence->notes[i]);
	}
	evidence->notes_count = 0;
	writer_restart(&evidence->comments);
}

static bool is_of(const struct note *note, uint64_t group, enum evidence_extent extent,
                  int64_t time_ns)
{
	return note->group == group && !note->end &&
	       (extent != EVIDENCE_DATAGRAM || note->time_ns == time_ns);
}

/* A message may have many hits; their comments are one after the other. */
static struct note *last_note(struct evidence *evidence, uint64_t group,
                              enum evidence_extent extent, int64_t time_ns)
{
	struct note *last =
	        evidence->notes_count > 0 ? &evidence->notes[evidence->notes_count - 1] : NULL;
	return last != NULL && is_of(last, group, extent, time_ns) ? last : NULL;
}

static struct note *add_note(struct evidence *evidence)
{
	if (evidence->notes_count == NOTES_MAX) {
		evidence_settle(evidence);
	}
	struct note *note = &evidence->notes[evidence->notes_count++];
	*note = (struct note){ .comment = writer_size(&evidence->comments) };
	return note;
}

const char *evidence_choose(struct evidence *evidence, const struct flow_key *key,
                            enum evidence_extent extent, int64_t time_ns)
{
	uint64_t group = group_of(key);
	const struct session *session =
	        extent == EVIDENCE_SESSION ? *find_link(evidence, group) : NULL;
	struct note *note = last_note(evidence, group, extent, time_ns);
	if (note == NULL) {
		struct evidence_file *file =
		        session != NULL ? session->file : current_file(evidence, time_ns);
		if (file == NULL) {
			drop(evidence);
			return NULL;
		}
		note = add_note(evidence);
		note->group = group;
		note->extent = extent;
		note->time_ns = time_ns;
		note->file = file;
	}
	return note->file->name;
}

void evidence_comment(struct evidence *evidence, const struct flow_key *key,
                      enum evidence_extent extent, int64_t time_ns, const char *text, size_t size)
{
	struct note *note = last_note(evidence, group_of(key), extent, time_ns);
	if (note == NULL) {
		return;
	}
	pcapng_put_comment(&evidence->comments, text, size);
	if (evidence->comments.failed) {
		writer_recover(&evidence->comments, note->comment + note->comment_size);
	}
	note->comment_size = writer_size(&evidence->comments) - note->comment;
}

void evidence_end(struct evidence *evidence, const struct flow_key *key)
{
	if (evidence->sessions_count == 0 && evidence->notes_count == 0) {
		return;
	}
	struct note *note = add_note(evidence);
	note->group = group_of(key);
	note->extent = EVIDENCE_SESSION;
	note->end = true;
}

/* Packets that may be needed */

static void take(struct evidence *evidence, const struct packet *packet, uint64_t group)
{
	frame_ring_add(evidence->ring, packet, group);
	evidence->group = group;
}

void evidence_take(struct evidence *evidence, const struct packet *packet,
                   const struct flow_key *key)
{
	take(evidence, packet, group_of(key));
}

void evidence_take_fragment(struct evidence *evidence, const struct packet *packet,
                            const struct flow_key *key, uint32_t id)
{
	take(evidence, packet, group_of_fragments(key, id));
}

void evidence_take_datagram(struct evidence *evidence, const struct flow_key *fragments,
                            uint32_t id, const struct flow_key *key)
{
	evidence->group = group_of(key);
	frame_ring_copy(evidence->ring, group_of_fragments(fragments, id), evidence->group);
}

struct evidence *evidence_new(const struct evidence_config *config)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));
	if (evidence == NULL) {
		return NULL;
	}
	evidence->config = *config;
	TAILQ_INIT(&evidence->sessions);
	writer_init_growing(&evidence->comments, COMMENTS_MAX);
	evidence_writer_init(&evidence->writer, &evidence->config);
	for (size_t i = 0; i < FILES_MAX; i++) {
		evidence->files[i].fd = -1;
	}
	evidence->ring = frame_ring_new(EVIDENCE_MEMORY, lose, evidence);
	if (evidence->ring == NULL) {
		evidence_free(evidence);
		return NULL;
	}
	return evidence;
}

void evidence_free(struct evidence *evidence)
{
	if (evidence == NULL) {
		return;
	}
	if (evidence->ring != NULL) {
		evidence_settle(evidence);
	}
	while (!TAILQ_EMPTY(&evidence->sessions)) {
		end_session(evidence, TAILQ_FIRST(&evidence->sessions));
	}
	for (size_t i = 0; i < FILES_MAX; i++) {
		evidence_file_close(&evidence->files[i]);
	}
	frame_ring_free(evidence->ring);
	writer_free(&evidence->comments);
	evidence_writer_end(&evidence->writer);
	free(evidence);
}
