/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of passive DNS: what is read of each member, and why a line is refused. */
#include "history/import/cof_line.h"

#include <stdio.h>
#include <string.h>

#include "history/rows/cof.h"
#include "tests/unit/unit.h"

/* What was read, as `type origin data first/last/count/ttl_min/ttl_max`, and the sensors. */
struct result {
	char rows[512];
	char sensors[64];
};

static void add_row(void *ctx, const struct history_row *row, const struct history_seen *seen)
{
	struct result *result = ctx;
	static char data[HISTORY_DATA_TEXT_MAX];
	size_t size = strlen(result->rows);
	(void)history_data_text(row, data);
	(void)snprintf(result->rows + size, sizeof(result->rows) - size,
	               "%s%u %s %s %u/%u/%u/%u/%u", size > 0 ? "; " : "", row->type,
	               history_origin_text(row->origin), data, (unsigned)seen->first,
	               (unsigned)seen->last, (unsigned)seen->count, seen->ttl_min, seen->ttl_max);
}

static void add_record(void *ctx, const struct history_record *record)
{
	struct result *result = ctx;
	struct writer w;
	writer_init(&w, result->rows, sizeof(result->rows));
	history_put_texts(&w, record, " ");
	(void)writer_text(&w);
	(void)snprintf(w.at, writer_left(&w), " %u/%u/%u", (unsigned)record->seen.first,
	               (unsigned)record->seen.last, (unsigned)record->seen.count);
}

static void add_sensor(void *ctx, const char *name, size_t size)
{
	struct result *result = ctx;
	size_t used = strlen(result->sensors);
	(void)snprintf(result->sensors + used, sizeof(result->sensors) - used, "[%.*s]", (int)size,
	               name);
}

/* Reads a line that has apostrophes in place of quotation marks. */
static int read_line(const char *line, struct result *result, const char **reason)
{
	char text[1024];
	const struct cof_target target = { add_row, add_record, add_sensor, result };
	*result = (struct result){ .rows = "" };
	assert_true(strlen(line) < sizeof(text));
	(void)strcpy(text, line);
	for (char *at = text; *at != '\0'; at++) {
		*at = *at == '\'' ? '"' : *at;
	}
	return cof_line_read(text, strlen(text), &target, reason);
}

#define TIMES "'time_first':10,'time_last':20"
#define A     "'rrname':'a.b','rrtype':'A','rdata':'192.0.2.1'"
#define NS    "'rrname':'a.b','rrtype':'NS','rdata':'c'"

static void lines_are_read(void **state)
{
	static const struct {
		const char *line;
		const char *rows;
		const char *sensors;
	} tests[] = {
		{ "{" A "," TIMES "}", "1 cache 192.0.2.1 10/20/1/0/0", "" },
		{ "{" A "," TIMES ",'count':7,'ttl_min':3,'ttl_max':9,'origin':'glue'}",
		  "1 glue 192.0.2.1 10/20/7/3/9", "" },
		{ "{" A "," TIMES ",'ttl_min':3}", "1 cache 192.0.2.1 10/20/1/3/3", "" },
		{ "{" A "," TIMES ",'sensor_id':'x,y,,z'}", "1 cache 192.0.2.1 10/20/1/0/0",
		  "[x][y][z]" },
		{ "{" A "," TIMES ",'origin':'https://origin.example','more':[1,{}]}",
		  "1 cache 192.0.2.1 10/20/1/0/0", "" },
		/* numbers and times */
		{ "{" A ",'time_first':'10','time_last':20.9,'count':'4'}",
		  "1 cache 192.0.2.1 10/20/4/0/0", "" },
		{ "{" A ",'time_first':0.5,'time_last':0.9}", "1 cache 192.0.2.1 0/0/1/0/0", "" },
		{ "{" A ",'time_first':'1970-01-01T00:00:10Z','time_last':'1970-01-01 00:00:20'}",
		  "1 cache 192.0.2.1 10/20/1/0/0", "" },
		{ "{" A ",'time_first':'1970-01-01','time_last':'1970-01-01T01:00:20+01:00'}",
		  "1 cache 192.0.2.1 0/20/1/0/0", "" },
		{ "{" A ",'zone_time_first':5,'zone_time_last':30}",
		  "1 parent 192.0.2.1 5/30/1/0/0", "" },
		{ "{" A "," TIMES ",'zone_time_first':5,'zone_time_last':15}",
		  "1 cache 192.0.2.1 5/20/1/0/0", "" },
		/* bailiwick */
		{ "{" NS "," TIMES ",'bailiwick':'b.'}", "2 parent c 10/20/1/0/0", "" },
		{ "{" NS "," TIMES ",'bailiwick':'A.B.'}", "2 child c 10/20/1/0/0", "" },
		{ "{" A "," TIMES ",'bailiwick':'b.'}", "1 cache 192.0.2.1 10/20/1/0/0", "" },
		{ "{" NS "," TIMES ",'bailiwick':null}", "2 cache c 10/20/1/0/0", "" },
		/* types and data */
		{ "{'rrname':'.','rrtype':16,'rdata':['x','\\'y\\' \\'z\\'']," TIMES "}",
		  "16 cache \"x\" 10/20/1/0/0; 16 cache \"y\" \"z\" 10/20/1/0/0", "" },
		{ "{'rrname':'a','rrtype':'NS','rdata':'NXDOMAIN'," TIMES "}",
		  "2 cache NXDOMAIN 10/20/1/0/0", "" },
		{ "{'rrname':'a','rrtype':'NS','rdata':'nxdomain.'," TIMES "}",
		  "2 cache nxdomain 10/20/1/0/0", "" },
		{ "{'rrname':'a','rrtype':'NSEC','rdata':'NODATA'," TIMES "}",
		  "47 cache NODATA 10/20/1/0/0", "" },
		/* nothing to keep */
		{ "{'rrname':'a','rrtype':'NSEC','rdata':'b A'," TIMES "}", "", "" },
		{ "{'rrname':'a','rrtype':'RRSIG','rdata':'?'," TIMES "}", "", "" },
		{ "", "", "" },
		{ " \t\r", "", "" },
		/* DNSDB's stream */
		{ "{'cond':'begin'}", "", "" },
		{ "{'obj':{" A "," TIMES "}}", "1 cache 192.0.2.1 10/20/1/0/0", "" },
		/* folded zones, mail and clients */
		{ "{'rrname':'*.A.b','rrtype':'FOLDED','rdata':'x','names':7," TIMES ",'count':9}",
		  "*.a.b FOLDED 7 names seen once 10/20/9", "" },
		{ "{" A "," TIMES ",'client':'2001:db8::1','count':3}", "a.b 0 A 192.0.2.1 10/20/3",
		  "" },
		{ "{'rrname':'A.b','rrtype':'MAIL','rdata':'192.0.2.1','accepted':3,'tls':1," TIMES
		  ",'sensor_id':'x'}",
		  "a.b MAIL 192.0.2.1 accepted 3, with TLS 1 10/20/1", "[x]" },
		{ "{'rrname':'192.0.2.1','rrtype':'BANNER','rdata':'MX.a'," TIMES "}",
		  "192.0.2.1 BANNER mx.a 10/20/1", "" },
		{ "{'rrname':'::1','rrtype':'STARTTLS','rdata':'not offered'," TIMES "}",
		  "::1 STARTTLS not offered 10/20/1", "" },
		{ "{'rrname':'::1','rrtype':'STARTTLS','rdata':'overwritten'," TIMES "}",
		  "::1 STARTTLS overwritten 10/20/1", "" },
		{ "{'rrname':'::1','rrtype':'TLS','rdata':'yes'," TIMES ",'count':4}",
		  "::1 TLS yes 10/20/4", "" },
		{ "{'rrname':'::1','rrtype':'CERTIFICATE-KEY','rdata':'"
		  "AB00000000000000000000000000000000000000000000000000000000000001'," TIMES "}",
		  "::1 CERTIFICATE-KEY "
		  "ab00000000000000000000000000000000000000000000000000000000000001 10/20/1",
		  "" },
		{ "{'rrname':'U@a.B','rrtype':'RCPT','rdata':'::1','client':'::2','from':'v@c',"
		  "'reply_code':250,'content':true,'time_first':10,'time_last':10}",
		  "u@a.b RCPT ::1 from <v@c> at ::2, reply 250, with content 10/10/1", "" },
		{ "{'rrname':'u@[::1]','rrtype':'RCPT','rdata':'::1','client':'::2','from':'',"
		  "'tls':true,'time_first':10,'time_last':10}",
		  "u@[::1] RCPT ::1 from <> at ::2, no content, TLS 10/10/1", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct result result;
		const char *reason = NULL;
		int rows = read_line(tests[i].line, &result, &reason);
		if (rows < 0 || strcmp(result.rows, tests[i].rows) != 0 ||
		    strcmp(result.sensors, tests[i].sensors) != 0) {
			fail_msg("%s: %d %s %s %s", tests[i].line, rows, result.rows,
			         result.sensors, reason);
		}
	}
}

static void bad_lines_are_refused(void **state)
{
	static const struct {
		const char *line;
		const char *reason;
	} tests[] = {
		{ "{", "JSON" },
		{ "[]", "JSON" },
		{ "{" A "," TIMES "} x", "JSON" },
		{ "{" A "," A "," TIMES "}", "JSON" },
		{ "{'rrtype':'A','rdata':'1.2.3.4'," TIMES "}", "rrname" },
		{ "{'rrname':'a..b','rrtype':'A','rdata':'1.2.3.4'," TIMES "}", "rrname" },
		{ "{'rrname':'a','rrtype':'B','rdata':'1.2.3.4'," TIMES "}", "rrtype" },
		{ "{'rrname':'a','rrtype':65536,'rdata':'1.2.3.4'," TIMES "}", "rrtype" },
		{ "{'rrname':'a','rrtype':'A','rdata':'x'," TIMES "}", "rdata" },
		{ "{'rrname':'a','rrtype':'A','rdata':['1.2.3.4','x']," TIMES "}", "rdata" },
		{ "{'rrname':'a','rrtype':'A','rdata':[]," TIMES "}", "rdata" },
		{ "{'rrname':'a','rrtype':'A','rdata':5," TIMES "}", "rdata" },
		{ "{'rrname':'a','rrtype':'A'," TIMES "}", "rdata" },
		{ "{" A "}", "time" },
		{ "{" A ",'time_first':10}", "time" },
		{ "{" A ",'time_first':20,'time_last':10}", "time" },
		{ "{" A ",'time_first':-1,'time_last':10}", "time" },
		{ "{" A ",'time_first':'x','time_last':10}", "time" },
		{ "{" A "," TIMES ",'zone_time_first':1}", "time" },
		{ "{" A "," TIMES ",'count':0}", "count" },
		{ "{" A "," TIMES ",'count':-1}", "count" },
		{ "{" A "," TIMES ",'count':'1x'}", "count" },
		{ "{" A "," TIMES ",'ttl_min':4294967296}", "ttl_min" },
		{ "{" A "," TIMES ",'ttl_min':2,'ttl_max':1}", "ttl_max" },
		{ "{" A "," TIMES ",'bailiwick':'a..b'}", "bailiwick" },
		{ "{" A "," TIMES ",'bailiwick':1}", "bailiwick" },
		{ "{" A "," TIMES ",'client':'x'}", "client" },
		{ "{'rrname':'a','rrtype':'MAIL','rdata':'x'," TIMES "}", "rdata" },
		{ "{'rrname':'a..b','rrtype':'MAIL','rdata':'::1'," TIMES "}", "rrname" },
		{ "{'rrname':'a','rrtype':'MAIL','rdata':'::1','accepted':-1," TIMES "}",
		  "accepted" },
		{ "{'rrname':'a','rrtype':'MAIL','rdata':'::1','tls':4294967296," TIMES "}",
		  "tls" },
		{ "{'rrname':'a','rrtype':'MAIL','rdata':'::1'}", "time" },
		{ "{'rrname':'a','rrtype':'TLS','rdata':'yes'," TIMES "}", "rrname" },
		{ "{'rrname':'::1','rrtype':'TLS','rdata':'offered'," TIMES "}", "rdata" },
		{ "{'rrname':'::1','rrtype':'STARTTLS','rdata':'yes'," TIMES "}", "rdata" },
		{ "{'rrname':'::1','rrtype':'BANNER','rdata':''," TIMES "}", "rdata" },
		{ "{'rrname':'::1','rrtype':'BANNER'," TIMES "}", "rdata" },
		{ "{'rrname':'a.b','rrtype':'FOLDED','names':7," TIMES "}", "rrname" },
		{ "{'rrname':'*.a.b','rrtype':'FOLDED','names':'x'," TIMES "}", "names" },
		{ "{'rrname':'::1','rrtype':'CERTIFICATE-KEY','rdata':'ab'," TIMES "}", "rdata" },
		{ "{'rrname':1,'rrtype':'RCPT','rdata':'::1'," TIMES "}", "rrname" },
		{ "{'rrname':'a','rrtype':'RCPT','rdata':'::1'," TIMES "}", "from" },
		{ "{'rrname':'a','rrtype':'RCPT','rdata':'::1','from':''," TIMES "}", "client" },
		{ "{'rrname':'a','rrtype':'RCPT','rdata':'::1','from':'','client':'::1',"
		  "'reply_code':1000," TIMES "}",
		  "reply_code" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct result result;
		const char *reason = NULL;
		int rows = read_line(tests[i].line, &result, &reason);
		if (rows != -1 || result.rows[0] != '\0' ||
		    strstr(reason, tests[i].reason) == NULL) {
			fail_msg("%s: %d %s %s", tests[i].line, rows, result.rows, reason);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(bad_lines_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
