/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/publisher.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/journal/journal.h"
#include "sensor/outputs/batch.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/transport.h"

#define BACKOFF_MIN_MS   100
#define BACKOFF_MAX_MS   30000
#define BACKOFF_DRAIN_MS 500 /* After the worker's end there is little time. */
#define HEARTBEAT_NS     (10000 * NS_PER_MS)
#define HEARTBEAT_EXPIRY "30"
#define ACK_NS           (200 * NS_PER_MS)
/* A slot has one home; while it moves, two nodes may each name the other. */
#define REDIRECTIONS_MAX 8

/* What was last said about the output. */
enum state { STATE_NEW, STATE_UP, STATE_DOWN, STATE_REFUSED };

struct publisher {
	const struct publisher_config *config;
	const struct redis_url *url;
	struct redis *redis;
	struct journal_reader *reader;
	struct batch *batch;
	enum state state;
	uint64_t position;      /* Redis has answered for all up to here. */
	uint64_t acked;         /* What the journal knows of it. */
	uint64_t damaged;       /* As last said. */
	bool heartbeat_refused; /* As said. */
	bool busy;              /* There may be more to send at once. */
	bool ended;             /* The worker has. */
	bool drained;           /* And all is delivered. */
	bool answered;          /* Redis has, in this run. */
	unsigned backoff_ms;
	unsigned redirections; /* Since something worked. */
	int64_t acked_ns;
	int64_t batch_ns; /* When the batch is due. */
	int64_t retry_ns;
	int64_t heartbeat_ns;
	int64_t ended_ns;
	int64_t alive_ns; /* The last sign of life, or the worker's end. */
	char id[JOURNAL_ID_SIZE];
	char key[64 + sizeof(((struct redis_url *)0)->tag)];
};

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	if (counter != NULL) {
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
	}
}

/* Counts `n` records, the last of which is `sequence`; none is counted twice, not by another
 * publisher either that takes our place before Redis's answer is noted in the journal. */
static void count_delivered(struct publisher *p, uint64_t n, uint64_t sequence)
{
	count(p->config->delivered, n);
	if (sequence > p->batch->counted) {
		p->batch->counted = sequence;
		if (p->config->counted != NULL) {
			atomic_store_explicit(p->config->counted, sequence, memory_order_relaxed);
		}
	}
}

/* After the worker's end: the moment to give up; 0: none. */
static int64_t give_up_ns(const struct publisher *p)
{
	const struct publisher_config *config = p->config;
	int64_t end = 0;
	if (config->drain_ms > 0) {
		end = p->ended_ns + config->drain_ms * NS_PER_MS;
	}
	if (config->stall_ms > 0) {
		bool longer = p->answered && config->return_ms > config->stall_ms;
		unsigned patience_ms = longer ? config->return_ms : config->stall_ms;
		int64_t stall = p->alive_ns + patience_ms * NS_PER_MS;
		end = end == 0 || stall < end ? stall : end;
	}
	return end;
}

static void set_deadline(struct publisher *p)
{
	redis_set_deadline(p->redis, p->ended ? give_up_ns(p) : 0);
}

static int reopen_journal(struct publisher *p, uint64_t position)
{
	journal_reader_close(p->reader);
	p->reader = NULL;
	p->damaged = 0;
	batch_clear(p->batch, position);
	return journal_reader_open(&p->reader, p->config->journal, position);
}

/* Says how things are, once. */
static void say(struct publisher *p, enum state state, const char *why)
{
	if (p->state == state) {
		return;
	}
	p->state = state;
	if (state == STATE_UP) {
		log_info("%s: connected", p->url->name);
	} else if (state == STATE_REFUSED) {
		log_error("%s: refused: %s; events wait in %s", p->url->name, why,
		          p->config->journal);
	} else {
		const char *how = redis_is_open(p->redis) ? "not ready" : "unreachable";
		log_warn("%s: %s: %s; events wait in %s", p->url->name, how, why,
		         p->config->journal);
	}
}

/* 75 to 125 % of `ms`, so that many sensors do not come back at one moment. */
static int64_t with_jitter_ns(unsigned ms)
{
	int64_t part = ms * NS_PER_MS / 4;
	return 3 * part + monotonic_ns() % (2 * part);
}

static void fail(struct publisher *p, int trouble)
{
	if (trouble == TROUBLE_MOVED && p->redirections++ < REDIRECTIONS_MAX) {
		redis_close(p->redis);
		p->busy = false;
		p->retry_ns = 0;
		return;
	}
	count(p->config->errors, 1);
	if (trouble == TROUBLE_WAIT && strncmp(redis_error(p->redis), "LOADING", 7) == 0) {
		count(p->config->loading, 1);
		p->alive_ns = monotonic_ns();
	}
	if (trouble == TROUBLE_CONFIG) {
		p->backoff_ms = BACKOFF_MAX_MS;
		say(p, STATE_REFUSED, redis_error(p->redis));
	} else {
		unsigned most = p->ended ? BACKOFF_DRAIN_MS : BACKOFF_MAX_MS;
		p->backoff_ms = p->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * p->backoff_ms;
		if (p->backoff_ms > most) {
			p->backoff_ms = most;
		}
		say(p, STATE_DOWN, redis_error(p->redis));
	}
	redis_close(p->redis);
	p->busy = false;
	p->retry_ns = monotonic_ns() + with_jitter_ns(p->backoff_ms);
}

/* Events go through, or there are none that could not. */
static void settle(struct publisher *p)
{
	p->backoff_ms = 0;
	p->redirections = 0;
	say(p, STATE_UP, "");
}

/* The journal cannot be read: as with Redis, later may be better. */
static void fail_journal(struct publisher *p, int error)
{
	char why[128];
	(void)snprintf(why, sizeof(why), "the journal: %s", strerror(-error));
	fail(p, redis_fail(p->redis, TROUBLE_WAIT, why));
}

/*
 * Brings the position of Redis and ours together. When Redis is ahead, the last
 * batch went in though its answer was lost. When it is behind, Redis has lost
 * what it had (a crash, a fail-over), the position with the events.
 */
static int take_position(struct publisher *p)
{
	uint64_t position = p->position;
	int ret = batch_position(p->batch, p->redis, &position);
	if (ret != 0) {
		return ret;
	}
	if (position < p->position) {
		log_warn("%s: has lost events; those still in %s are sent again", p->url->name,
		         p->config->journal);
		memset(p->batch->passed, 0, sizeof(p->batch->passed));
		p->position = position;
	}
	int error = reopen_journal(p, p->position);
	if (error != 0) {
		return redis_fail(p->redis, TROUBLE_WAIT, strerror(-error));
	}
	if (position > p->position && p->url->wait > 0) {
		/* In Redis, but on enough replicas? Only a write can be waited for. */
		batch_clear(p->batch, position);
		ret = batch_deliver(p->batch, p->redis, position);
	}
	if (ret == 0) {
		/* The reader stands at the old one, to count what lies between. */
		p->position = position;
		batch_clear(p->batch, position);
	}
	return ret;
}

static void attempt(struct publisher *p)
{
	set_deadline(p);
	int ret = redis_open(p->redis);
	if (ret == 0) {
		ret = take_position(p);
	}
	p->answered = p->answered || ret == 0 || ret == TROUBLE_WAIT;
	if (ret != 0) {
		fail(p, ret);
	}
}

static void acknowledge(struct publisher *p)
{
	if (p->position == p->acked) {
		return;
	}
	int ret = journal_ack(p->config->journal, p->url->hash, p->position);
	if (ret != 0) {
		log_warn("%s: cannot note what is delivered: %s", p->config->journal,
		         strerror(-ret));
	}
	/* Either way not again before the next batch: Redis has the position. */
	p->acked = p->position;
	p->acked_ns = monotonic_ns();
}

static void report_damage(struct publisher *p)
{
	uint64_t damaged = journal_damaged(p->reader);
	if (damaged > p->damaged) {
		log_warn("%s: skipped %" PRIu64 " damaged records", p->config->journal,
		         damaged - p->damaged);
		p->damaged = damaged;
	}
}

/* Moves records from the journal to the batch; 1 full, 0 no more, or an error. */
static int collect(struct publisher *p, int *trouble)
{
	struct record record;
	uint64_t sequence;
	while (!batch_is_full(p->batch)) {
		int ret = journal_next(p->reader, &record, &sequence);
		if (ret <= 0) {
			return ret;
		}
		if (sequence <= p->position) {
			count_delivered(p, sequence > p->batch->counted, sequence);
			continue;
		}
		if (p->batch->last == p->position) {
			p->batch_ns = monotonic_ns() + p->url->flush_ms * NS_PER_MS;
		}
		*trouble = batch_add(p->batch, p->redis, &record, sequence);
		if (*trouble != 0) {
			return 0;
		}
	}
	return 1;
}

static int send_batch(struct publisher *p)
{
	set_deadline(p);
	int ret = batch_deliver(p->batch, p->redis, p->position);
	if (ret != 0) {
		return ret;
	}
	count_delivered(p, p->batch->fresh, p->batch->last);
	p->position = p->batch->last;
	p->alive_ns = monotonic_ns();
	batch_clear(p->batch, p->position);
	settle(p);
	if (p->alive_ns - p->acked_ns >= ACK_NS) {
		acknowledge(p);
	}
	return 0;
}

static int add_counters(struct publisher *p)
{
	const char *names[PUBLISHER_COUNTERS_MAX];
	uint64_t values[PUBLISHER_COUNTERS_MAX];
	char texts[PUBLISHER_COUNTERS_MAX][24];
	char key[320 + sizeof(p->url->tag)];
	const char *argv[2 + 2 * PUBLISHER_COUNTERS_MAX] = { "HSET", key };
	int argc = 2;

	size_t n =
	        p->config->counters(p->config->counters_ctx, names, values, PUBLISHER_COUNTERS_MAX);
	(void)snprintf(key, sizeof(key), "nsmx:sensor:%s%s", p->config->sensor, p->url->tag);
	for (size_t i = 0; i < n && i < PUBLISHER_COUNTERS_MAX; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, values[i]);
		argv[argc++] = names[i];
		argv[argc++] = texts[i];
	}
	int ret = redis_add(p->redis, argc, argv, NULL);
	const char *expire[] = { "EXPIRE", key, HEARTBEAT_EXPIRY };
	return ret == 0 ? redis_add(p->redis, 3, expire, NULL) : ret;
}

/* A server that refuses the hash may still take events. */
static int heartbeat(struct publisher *p)
{
	p->heartbeat_ns = monotonic_ns() + HEARTBEAT_NS;
	if (p->config->sensor == NULL || p->config->counters == NULL) {
		return 0;
	}
	set_deadline(p);
	int ret = add_counters(p);
	if (ret == 0) {
		ret = redis_send(p->redis);
	}
	for (int i = 0; i < 2 && ret == 0; i++) {
		int refused = redis_expect_ok(p->redis);
		ret = redis_is_open(p->redis) && refused != TROUBLE_MOVED ? 0 : refused;
		if (refused != 0 && ret == 0 && !p->heartbeat_refused) {
			p->heartbeat_refused = true;
			log_warn("%s: refuses the sensor's counters: %s", p->url->name,
			         redis_error(p->redis));
		}
	}
	return ret;
}

static bool is_due(const struct publisher *p)
{
	int64_t now = monotonic_ns();
	return p->ended || now >= p->batch_ns || now >= p->heartbeat_ns;
}

/* Sends a batch if one is due; 0 or enum trouble. */
static int deliver(struct publisher *p)
{
	int trouble = 0;
	int more = collect(p, &trouble);
	p->busy = false;
	if (more < 0) {
		fail_journal(p, more);
		return 0;
	}
	report_damage(p);
	if (trouble != 0) {
		return trouble;
	}
	if (p->batch->last == p->position) {
		settle(p);
		acknowledge(p);
		p->drained = p->ended;
		return 0;
	}
	if (more == 0 && !is_due(p)) {
		return 0;
	}
	p->busy = true;
	return send_batch(p);
}

static void work(struct publisher *p)
{
	if (!redis_is_open(p->redis) && monotonic_ns() >= p->retry_ns) {
		attempt(p);
	}
	if (!redis_is_open(p->redis)) {
		return;
	}
	int trouble = deliver(p);
	/* The pipeline is shared: no heartbeat while it holds a part of a batch. */
	if (trouble == 0 && redis_is_open(p->redis) && p->batch->last == p->position &&
	    monotonic_ns() >= p->heartbeat_ns) {
		trouble = heartbeat(p);
	}
	if (trouble != 0) {
		p->drained = false;
		fail(p, trouble);
	}
}

/* When there is something to do, unless the worker calls before. */
static int64_t next_ns(const struct publisher *p)
{
	int64_t next = p->retry_ns;
	if (p->busy) {
		return 0;
	}
	if (redis_is_open(p->redis)) {
		next = p->heartbeat_ns;
		if (p->batch->last != p->position && p->batch_ns < next) {
			next = p->batch_ns;
		}
	}
	int64_t end = p->ended ? give_up_ns(p) : 0;
	return end != 0 && end < next ? end : next;
}

static void await_worker(struct publisher *p)
{
	char bytes[4096];
	struct pollfd fd = { .fd = p->ended ? -1 : p->config->wake_fd, .events = POLLIN };
	int64_t left_ns = next_ns(p) - monotonic_ns();
	int timeout = left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
	if (poll(&fd, 1, timeout) <= 0) {
		return;
	}
	ssize_t got = read(p->config->wake_fd, bytes, sizeof(bytes));
	if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) {
		return;
	}
	p->ended = true;
	/* A wait may have noticed it first, and used up the time since. */
	int64_t noticed_ns = redis_hung_up_ns(p->redis);
	p->ended_ns = p->alive_ns = noticed_ns != 0 ? noticed_ns : monotonic_ns();
	/* One more attempt at once, unless somebody would have to change something. */
	if (p->state != STATE_REFUSED) {
		p->retry_ns = 0;
	}
}

/* Whether there is a record that Redis has not answered for. */
static bool has_waiting(const struct publisher *p)
{
	struct journal_reader *reader;
	struct record record;
	uint64_t sequence;
	if (journal_reader_open(&reader, p->config->journal, p->position) != 0) {
		return true;
	}
	int ret = journal_next(reader, &record, &sequence);
	journal_reader_close(reader);
	return ret != 0;
}

/* After the worker's end: whether it makes no sense to go on. */
static bool is_over(struct publisher *p)
{
	if (!p->ended) {
		return false;
	}
	if (p->drained) {
		return true;
	}
	int64_t end = give_up_ns(p);
	return (end != 0 && monotonic_ns() >= end) ||
	       (p->state == STATE_REFUSED && !redis_is_open(p->redis)) ||
	       (!redis_is_open(p->redis) && !has_waiting(p));
}

/* What Redis has said at each PUBLISH; of a cluster, its subscribers at that node. */
static void tell_reached(const struct publisher *p)
{
	if (p->url->form == REDIS_URL_CHANNEL) {
		log_info("%s: %" PRIu64 " events published, %" PRIu64
		         " of them to nobody; they reached subscribers %" PRIu64 " times",
		         p->url->name, p->batch->published, p->batch->unheard, p->batch->reached);
	}
}

static int finish(struct publisher *p)
{
	tell_reached(p);
	if (p->drained) {
		/* The last word of the counters; without it they just expire. */
		redis_set_deadline(p->redis, monotonic_ns() + 1000 * NS_PER_MS);
		(void)heartbeat(p);
		return 0;
	}
	acknowledge(p);
	uint64_t waiting = 0;
	int ret = journal_backlog(p->config->journal, p->position, &waiting);
	if (ret == 0 && waiting == 0) {
		return 0;
	}
	log_error("%s: %" PRIu64 " events not delivered (%s); they wait in %s", p->url->name,
	          waiting, redis_error(p->redis), p->config->journal);
	return 1;
}

static int start(struct publisher *p, const struct publisher_config *config)
{
	*p = (struct publisher){ .config = config, .url = config->url };
	p->redis = redis_new(config->url);
	p->batch = calloc(1, sizeof(*p->batch));
	if (p->redis == NULL || p->batch == NULL) {
		return -ENOMEM;
	}
	int ret = journal_id(config->journal, p->id);
	if (ret == 0) {
		ret = journal_position(config->journal, config->url->hash, &p->position);
	}
	if (ret == 0) {
		ret = reopen_journal(p, p->position);
	}
	(void)snprintf(p->key, sizeof(p->key), "nsmx:journal:%s:%016" PRIx64 "%s", p->id,
	               config->url->hash, config->url->tag);
	p->acked = p->position;
	p->batch->url = config->url;
	p->batch->position_key = p->key;
	p->batch->counted = config->counted != NULL ? atomic_load(config->counted) : 0;
	int64_t grace_ms = config->drain_ms > 0 ? config->drain_ms : config->stall_ms;
	redis_set_hangup(p->redis, grace_ms > 0 ? config->wake_fd : -1, grace_ms * NS_PER_MS);
	return ret;
}

static void ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		(void)signal(signals[i], SIG_IGN);
	}
}

int publisher_run(const struct publisher_config *config)
{
	struct publisher p;
	ignore_signals();
	int ret = start(&p, config);
	if (ret != 0) {
		log_error("%s: %s", config->journal, strerror(-ret));
		ret = 1;
	} else {
		for (work(&p); !is_over(&p); work(&p)) {
			await_worker(&p);
		}
		ret = finish(&p);
	}
	journal_reader_close(p.reader);
	redis_free(p.redis);
	free(p.batch);
	return ret;
}

void publisher_wake(int fd)
{
	ssize_t written = write(fd, "", 1);
	(void)written;
}
