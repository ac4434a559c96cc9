/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in; incidents out. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/incidents/incident_hit.h"
#include "sensor/report/report_merge.h"
#include "sensor/report/report_model.h"
#include "tests/unit/sensor/report/dump.h"

#define LINES_MAX 8
#define TEXT_MAX  ((size_t)1 << 20)

/* In the lines, ' stands for ", and $A and $R for the ids of the incidents of a.example and of the
 * rule r. */

#define AT(time) "'@timestamp':'2020-05-30T00:00:" time "Z',"
#define HEAD(time, id, action)                                                                     \
	"{" AT(time) "'event':{'module':'nsmx','kind':'alert','id':'" id "','action':'" action     \
	             "','severity':75},"
#define RULE(id)      "'rule':{'id':'" id "','name':'alert " id "'},"
#define VALUE(value)  "'threat':{'enrichments':[{'matched':{'atomic':'" value "','field':'f'}}]},"
#define ENDS(c, p, s) "'client':{'ip':'" c "','port':" p "},'server':{'ip':'" s "','port':25},"

/* A name server of a name, which the resolver `client` gets for `ttl` seconds. */
#define NS(time, id, client, owner, value, incident)                                               \
	NS_OF(time, id, "r", client, owner, value, incident)
#define NS_OF(time, id, rule, client, owner, value, incident)                                      \
	HEAD(time, id, "ioc-match")                                                                \
	RULE(rule)                                                                                 \
	VALUE(value)                                                                               \
	ENDS(client, "5353", "192.0.2.1")                                                          \
	"'dns':{'header_flags':['AA'],'question':{'name':'" owner                                  \
	"'},'authorities':[{'name':'" owner "','type':'NS','ttl':30,'data':'" value                \
	"'}]},'nsmx':{'what':'ns','section':"                                                      \
	"'authority','owner':'" owner "','cached_until':'2020-05-30T00:01:00Z'" incident "}}"

#define OF(id) ",'incident':{'id':'" id "'}"

#define MAIL(time, id, action, kind, port, from, smtp, nsmx)                                       \
	HEAD(time, id, action)                                                                     \
	RULE("m")                                                                                  \
	VALUE("192.0.2.9")                                                                         \
	ENDS("10.0.0.9", port, "192.0.2.9")                                                        \
	"'smtp':{'helo':'h','mail_from':'" from "'" smtp "},'email':{'subject':'S" id              \
	"'},'nsmx':{'what':'" kind "','content':true,'incident':{'id':'$A'}" nsmx "}}"
#define RCPT(address, code, accepted)                                                              \
	"{'address':'" address "','reply_code':" code ",'accepted':" accepted "}"

#define INCIDENT(id, state, first, last, more)                                                     \
	"{" AT(last) "'event':{'module':'nsmx','kind':'alert','action':'incident'},'nsmx':{"       \
	             "'incident':{'id':'" id "','state':'" state                                   \
	             "','severity':99,'first':'2020-05-30T00:00:" first                            \
	             "Z','last':'2020-05-30T00:00:" last "Z'" more "}}}"

static const struct {
	const char *name;
	const char *lines[LINES_MAX];
	const char *expected;
} TABLE[] = {
	{ "one hit",
	  { NS("01", "1", "10.0.0.1", "www.a.example", "ns.evil", OF("$A")) },
	  "[a.example 75 1-1; hits 1/1; seen ns.evil; reasons ioc-match; rules r; clients "
	  "10.0.0.1=1; resolver 10.0.0.1 1-60; rogue www.a.example NS ns.evil 1-1 x1]" },
	{ "the same hit twice counts once",
	  { NS("01", "1", "10.0.0.1", "a.example", "ns.evil", OF("$A")),
	    NS("01", "1", "10.0.0.1", "a.example", "ns.evil", OF("$A")) },
	  "[a.example 75 1-1; hits 1/1; seen ns.evil; reasons ioc-match; rules r; clients "
	  "10.0.0.1=1; resolver 10.0.0.1 1-60; rogue a.example NS ns.evil 1-1 x1]" },
	{ "hits of one incident are sorted and joined",
	  { NS("05", "2", "10.0.0.2", "a.example", "ns.evil", OF("$A")),
	    NS("01", "1", "10.0.0.1", "a.example", "ns.evil", OF("$A")) },
	  "[a.example 75 1-5; hits 2/2; seen ns.evil; reasons ioc-match; rules r; clients "
	  "10.0.0.2,10.0.0.1=2; resolver 10.0.0.2 5-60; resolver 10.0.0.1 1-60; rogue a.example "
	  "NS ns.evil 1-5 x2]" },
	{ "a response that two rules match is one answer, also if repeats are gathered",
	  { NS("01", "1", "10.0.0.1", "a.example", "ns.evil", OF("$A")),
	    NS_OF("01", "2", "q", "10.0.0.1", "a.example", "ns.evil", OF("$A")),
	    NS("01", "3", "10.0.0.1", "a.example", "ns.evil", ",'count':4" OF("$A")),
	    NS_OF("01", "4", "q", "10.0.0.1", "a.example", "ns.evil", ",'count':4" OF("$A")) },
	  "[a.example 75 1-1; hits 10/4; seen ns.evil; reasons ioc-match; rules r,q; clients "
	  "10.0.0.1=1; resolver 10.0.0.1 1-60; rogue a.example NS ns.evil 1-1 x5]" },
	{ "a hit without an incident belongs to its name",
	  { NS("01", "1", "10.0.0.1", "a.example", "ns.evil", ""),
	    NS("02", "2", "10.0.0.1", "a.example", "ns2.evil", OF("$A")) },
	  "[a.example 75 1-2; hits 2/2; seen ns.evil,ns2.evil; reasons ioc-match; rules r; clients "
	  "10.0.0.1=1; resolver 10.0.0.1 1-60; rogue a.example NS ns.evil 1-1 x1; rogue a.example "
	  "NS ns2.evil 2-2 x1]" },
	{ "a name that the id is not derived from is no owner",
	  { NS("01", "1", "10.0.0.1", "a.example", "ns.evil", OF("$R")) },
	  "[rule 75 1-1; hits 1/1; seen ns.evil; reasons ioc-match; rules r; clients 10.0.0.1=1; "
	  "resolver 10.0.0.1 1-60; rogue a.example NS ns.evil 1-1 x1]" },
	{ "an event of an incident",
	  { INCIDENT("$A", "open", "01", "02",
	             ",'owner':'a.example','expected':['e'],'seen':['s'],'reasons':['r'],"
	             "'clients_count':7,'clients':['c'],'rules':['x'],'hits':9,'mail_sessions':2,"
	             "'resolvers':[{'ip':'i','cached_until':'2020-05-30T00:00:09Z'}],'mails':[{"
	             "'time':'2020-05-30T00:00:02Z','from':'f','rcpt':['t'],'accepted':true,"
	             "'content':false,'tls':true}]") },
	  "[a.example open 99 1-2; hits 9/0; expected e; seen s; reasons r; rules x; clients c=7; "
	  "resolver i 0-9; sessions 2; mail 2 from f to t 0 taken accepted tls]" },
	{ "the latest event of an incident counts, in any order",
	  { INCIDENT("$A", "closed", "01", "09", ",'hits':9,'seen':['s','t']"),
	    INCIDENT("$A", "open", "01", "01", ",'hits':1,'seen':['s']"),
	    INCIDENT("$A", "update", "01", "05", ",'hits':5,'seen':['s']") },
	  "[rule closed 99 1-9; hits 9/0; seen s,t=0]" },
	{ "an incident that opens again",
	  { INCIDENT("$A", "closed", "01", "09", ",'hits':9"),
	    INCIDENT("$A", "open", "20", "21", ",'hits':2") },
	  "[rule open 99 1-21; hits 11/0=0]" },
	{ "an incident that goes on after a restart of the sensor",
	  { INCIDENT("$A", "update", "01", "12", ",'hits':12"),
	    INCIDENT("$A", "closed", "01", "09", ",'hits':9"),
	    INCIDENT("$A", "open", "01", "01", ",'hits':1") },
	  "[rule update 99 1-12; hits 12/0=0]" },
	{ "hits add what the event does not have",
	  { INCIDENT("$A", "open", "01", "01", ",'owner':'a.example','hits':1,'seen':['s']"),
	    NS("02", "2", "10.0.0.1", "a.example", "ns.evil", OF("$A")),
	    NS("03", "3", "10.0.0.1", "a.example", "s", OF("$A")) },
	  "[a.example open 99 1-3; hits 2/2; seen s,ns.evil; reasons ioc-match; rules r; clients "
	  "10.0.0.1=1; resolver 10.0.0.1 2-60; rogue a.example NS ns.evil 2-2 x1; rogue a.example "
	  "NS s 3-3 x1]" },
	{ "a mail from its hits: replies, subject, client",
	  { MAIL("01", "1", "mail-intercepted", "server", "1", "f",
	         ",'rcpt_to':[{'address':'t@a.example'}]", ""),
	    MAIL("01", "2", "ioc-match", "rcpt", "1", "f",
	         ",'rcpt_to':[" RCPT("t@a.example", "250", "true") "]", ""),
	    "{" AT("02") "'event':{'module':'nsmx','kind':'alert','id':'3','action':"
	                 "'mail-intercepted','type':['info','end'],'severity':99},"
	                 "'client':{'ip':'10.0.0.9','port':1},'server':{'ip':'192.0.2.9','port':25}"
	                 ","
	                 "'smtp':{'mail_from':'f','starttls':false,'rcpt_to':[" RCPT(
	                         "t@a.example", "250",
	                         "true") "," RCPT("u@a.example", "550",
	                                          "false") "]},'email':{'subject':'Hi'},'nsmx':{'"
	                                                   "what':'server','content':true,"
	                                                   "'incident':{'id':'$A'}}}" },
	  "[a.example 99 1-2; hits 3/3; seen 192.0.2.9; reasons mail-intercepted,ioc-match; rules "
	  "m; "
	  "clients 10.0.0.9=1; sessions 1; mail 1 from f client 10.0.0.9 to t@a.example 250 taken "
	  "to "
	  "u@a.example 550 subject Hi accepted content]" },
	{ "mails of the event get what hits know; two sessions of one sender",
	  { INCIDENT("$A", "closed", "01", "09",
	             ",'owner':'a.example','mail_sessions':2,'hits':2,'mails':[{'time':"
	             "'2020-05-30T00:00:01Z','from':'f','rcpt':['t@a.example']},{'time':"
	             "'2020-05-30T00:00:05Z','from':'f','rcpt':['t@a.example']}]"),
	    MAIL("05", "2", "ioc-match", "rcpt", "2", "f",
	         ",'rcpt_to':[" RCPT("t@a.example", "550", "false") "]", ""),
	    MAIL("01", "1", "ioc-match", "rcpt", "1", "f",
	         ",'rcpt_to':[" RCPT("t@a.example", "250", "true") "]", "") },
	  "[a.example closed 99 1-9; hits 2/2; seen 192.0.2.9; reasons ioc-match; rules m; clients "
	  "10.0.0.9=1; sessions 2; mail 1 from f client 10.0.0.9 to t@a.example 250 taken accepted "
	  "content; mail 5 from f client 10.0.0.9 to t@a.example 550 content]" },
	{ "a gathered repeat: its number and its clients",
	  { HEAD("09", "1", "lookalike") RULE("r")
	            VALUE("ns.evil") "'client':{'ip':'c'},'nsmx':{'what':'ns','count':500,'clients'"
	                             ":['a','b'],"
	                             "'imitates':'good','expected':['e'],'reasons':['q'],'known':[{"
	                             "'value':'k'}],"
	                             "'incident':{'id':'$A'}}}" },
	  "[rule 75 9-9; hits 500/1; expected e,k,good; seen ns.evil; reasons lookalike,q; rules "
	  "r; "
	  "clients a,b,c=3]" },
	{ "rows of a history: their mails, and the domain of a recipient",
	  { HEAD("09", "1", "hunt-match") RULE("m")
	            VALUE("a.example") "'server':{'ip':'s'},'nsmx':{'what':'rcpt','count':2,'mails'"
	                               ":[{'time':"
	                               "'2020-05-30T00:00:05Z','client':'c','server':'s','from':'f'"
	                               ",'rcpt':['t'],"
	                               "'accepted':true},{'time':'2020-05-30T00:00:05Z','client':'"
	                               "c','server':'s','from':'f',"
	                               "'rcpt':['u'],'accepted':false},{'start':'2020-05-30T00:00:"
	                               "05Z','domain':'d'}]}}" },
	  "[a.example 75 9-9; hits 2/1; seen a.example; reasons hunt-match; rules m=0; mail 5 from "
	  "f "
	  "client c to t 0 taken to u 0 accepted]" },
	{ "severe incidents come first, then earlier ones",
	  { NS("05", "1", "c", "b.example", "v", ""), NS("01", "2", "c", "c.example", "v", ""),
	    INCIDENT("$A", "open", "09", "09", "") },
	  "[rule open 99 9-9; hits 0/0=0][c.example 75 1-1; hits 1/1; seen v; reasons ioc-match; "
	  "rules r; clients c=1; resolver c 1-60; rogue c.example NS v 1-1 x1][b.example 75 5-5; "
	  "hits 1/1; seen v; reasons ioc-match; rules r; clients c=1; resolver c 5-60; rogue "
	  "b.example NS v 5-5 x1]" },
	{ "members of other types are left out",
	  { "{" AT("01") "'event':{'module':'nsmx','kind':'alert','action':'x','id':1,'severity':"
	                 "'high'},'rule':[],'threat':{'enrichments':{}},'client':'c','dns':[1],"
	                 "'smtp':7,'nsmx':{'what':{},'clients':[1,null,'d'],'count':-5,"
	                 "'cached_until':'soon','incident':{'id':'$A'}}}" },
	  "[rule 0 1-1; hits 1/1; reasons x; clients d=1]" },
};

static void write_line(struct writer *out, const char *line)
{
	char a[INCIDENT_ID_MAX], r[INCIDENT_ID_MAX];
	incident_id_of(a, "a.example", strlen("a.example"), NULL, 0);
	incident_id_of(r, NULL, 0, "r", 1);
	for (; *line != '\0'; line++) {
		if (*line == '$') {
			writer_string(out, *++line == 'A' ? a : r);
		} else {
			writer_char(out, *line == '\'' ? '"' : *line);
		}
	}
}

static bool take(struct report_model *model, const char *line)
{
	struct writer text;
	writer_init_growing(&text, TEXT_MAX);
	write_line(&text, line);
	json_t *json = json_loadb(text.start, writer_size(&text), JSON_ALLOW_NUL, NULL);
	assert_non_null(json);
	bool good = report_model_take(model, json);
	json_decref(json);
	writer_free(&text);
	return good;
}

static void check_row(size_t row)
{
	struct report report;
	struct writer out;
	struct report_model *model = report_model_new(&report);
	assert_non_null(model);
	for (size_t i = 0; i < LINES_MAX && TABLE[row].lines[i] != NULL; i++) {
		assert_true(take(model, TABLE[row].lines[i]));
	}
	report_model_end(model);
	writer_init_growing(&out, TEXT_MAX);
	for (size_t i = 0; i < report.incident_count; i++) {
		dump_incident(&out, &report.incidents[i]);
	}
	print_message("%s\n", TABLE[row].name);
	assert_string_equal(writer_text(&out), TABLE[row].expected);
	writer_free(&out);
	report_free(&report);
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
		check_row(i);
	}
}

static void others_are_no_events(void **state)
{
	static const char *const lines[] = {
		"{}",
		"[]",
		"{'event':{'module':'nsmx','kind':'alert','action':'x'}}",
		"{'@timestamp':'yesterday','event':{'module':'nsmx','kind':'alert','action':'x'}}",
		"{" AT("01") "'event':{'module':'suricata','kind':'alert','action':'x'}}",
		"{" AT("01") "'event':{'module':'nsmx','kind':'alert','action':'incident'}}",
	};
	struct report report;
	struct report_model *model = report_model_new(&report);
	(void)state;
	assert_non_null(model);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(take(model, lines[i]));
	}
	assert_true(take(model, "{" AT("07") "'event':{'module':'nsmx','kind':'event'},"
	                                     "'observer':{'name':'s1'}}"));
	report_model_end(model);
	assert_int_equal(report.incident_count, 0);
	assert_int_equal(report.sensors.count, 1);
	assert_string_equal(report.sensors.items[0].text, "s1");
	assert_int_equal(report.first_ns / NS_PER_S % 86400, 7);
	report_free(&report);
}

/* Many different hits of one incident */
static void bounds(void **state)
{
	enum { COMMON = 1200, CRITICAL = 300 };
	struct report report;
	struct report_model *model = report_model_new(&report);
	(void)state;
	assert_non_null(model);
	for (int i = 0; i < COMMON + CRITICAL; i++) {
		char line[1024];
		(void)snprintf(
		        line, sizeof(line),
		        "{" AT("01") "'event':{'module':'nsmx','kind':'alert','action':'x','id':"
		                     "'%d','severity':%d},'client':{'ip':'c%d'},'nsmx':{'what':"
		                     "'ns','incident':{'id':'$A'}}}",
		        i, i < COMMON ? 75 : 99, i);
		assert_true(take(model, line));
	}
	report_model_end(model);
	const struct report_incident *incident = &report.incidents[0];
	assert_int_equal(incident->hit_count, COMMON + CRITICAL);
	assert_int_equal(incident->hits_listed, REPORT_HITS_MAX);
	assert_int_equal(incident->clients_count, COMMON + CRITICAL);
	assert_int_equal(incident->clients.count, REPORT_CLIENTS_MAX);
	assert_int_equal(incident->omitted, COMMON + CRITICAL - REPORT_HITS_MAX + COMMON +
	                                            CRITICAL - REPORT_CLIENTS_MAX);
	report_free(&report);
}

/* Incidents beyond the bound are counted, and the memory has its limit. */
static void many_incidents(void **state)
{
	enum { MORE = 5 };
	struct report report;
	struct report_model *model = report_model_new(&report);
	(void)state;
	assert_non_null(model);
	for (int i = 0; i < REPORT_INCIDENTS_MAX + MORE; i++) {
		char line[1024];
		(void)snprintf(line, sizeof(line),
		               INCIDENT("%d", "open", "01", "02", ",'seen':['a','b'],'hits':%d"), i,
		               i);
		assert_true(take(model, line));
	}
	assert_int_equal(report_model_totals(model)->incidents_omitted, MORE);
	report_model_end(model);
	assert_int_equal(report.incident_count, REPORT_INCIDENTS_MAX);
	assert_true(report.memory.used <= REPORT_MEMORY);
	report_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(others_are_no_events),
		cmocka_unit_test(bounds),
		cmocka_unit_test(many_incidents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
