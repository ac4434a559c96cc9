/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/report/formats/formats.h"
#include "sensor/report/html/html.h"
#include "sensor/report/html/html_assets.h"
#include "tests/unit/sensor/report/html/sample.h"

static char *page_of(const struct report *report)
{
	char *page = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);
	assert_true(report_write_html(report, out));
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(page), size);
	return page;
}

static size_t count(const char *page, const char *part)
{
	size_t found = 0;
	while ((page = strstr(page, part)) != NULL) {
		found++;
		page += strlen(part);
	}
	return found;
}

static void contents(void **state)
{
	(void)state;
	static const char *const PARTS[] = {
		"<title>Incident report: coincheck.com</title>",
		"<dd><bdi>tap-tokyo-1</bdi></dd>",
		"<h2 id=\"h1\"><bdi>coincheck.com</bdi></h2>",
		"<span class=\"severity critical\">critical</span>",
		"<dt>hits</dt><dd>1,119</dd>",
		">2020-06-05 07:05:12</time>",
		"<li><bdi>ns-405.awsdns-50.com</bdi></li>",
		"R\xc3\xbc"
		"cksetzung",
		"\xe6\x9c\xac\xe4\xba\xba",
		"<li class=\"refused\"><bdi>nobody@coincheck.com</bdi> <span>not accepted, "
		"550</span></li>",
		"<td class=\"good\">yes</td>",
		"<td class=\"name\"><bdi>20200530-150512-0001.pcapng</bdi></td><td "
		"class=\"number\">13</td>",
		"<div class=\"sub\"><bdi>20200530-150512-0001.pcapng</bdi></div>",
		"<pre tabindex=\"0\"><bdi>45.77.24.250</bdi></pre>",
		"<li><bdi>The kernel dropped 1,204 packets.</bdi></li>",
		"</html>\n",
	};
	char *page = page_of(&sample);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		if (strstr(page, PARTS[i]) == NULL) {
			fail_msg("not on the page: %s", PARTS[i]);
		}
	}
	/* One incident needs no list; the mailbox of a victim is no indicator. */
	assert_null(strstr(page, "<h2>Incidents</h2>"));
	assert_null(strstr(page, "Mailboxes"));
	free(page);
}

/* Expected and rogue values, their caches, and mails are in the picture. */
static void picture(void **state)
{
	(void)state;
	char *page = page_of(&sample);
	assert_int_equal(count(page, "<rect class=\"expected\""), 3);
	assert_int_equal(count(page, "<rect class=\"rogue\""), 4);
	assert_int_equal(count(page, "<rect class=\"tail rogue\""), 4);
	assert_int_equal(count(page, "<path class=\"mail accepted\""), 2);
	assert_int_equal(count(page, "<path class=\"mail\""), 1);
	assert_int_equal(count(page, "<path class=\"mail unseen\""), 1);
	/* What was accepted is above what was not. */
	assert_true(strstr(page, "<path class=\"mail unseen\"") <
	            strstr(page, "<path class=\"mail\""));
	assert_true(strstr(page, "<path class=\"mail\"") <
	            strstr(page, "<path class=\"mail accepted\""));
	assert_int_equal(count(page, "<td class=\"none\">not seen</td>"), 1);
	assert_int_equal(count(page, "class=\"phase\""), 3);
	assert_non_null(strstr(page, "expected answers again from 2020-06-01T10:05:12.025846Z"));
	assert_non_null(strstr(page, "The scale of time changes"));
	free(page);
}

/*
 * The picture has 928 pixels from x = 16. The months before take what the least shares of the
 * hijack, 42 percent from x = 350, and of the time after it, 22 percent from x = 740, leave.
 */
static void places(void **state)
{
	(void)state;
	static const char *const PARTS[] = {
		"<rect class=\"band before\" x=\"16\" y=\"4\" width=\"334\" height=\"252\"/>",
		"<rect class=\"band during\" x=\"350\" y=\"4\" width=\"390\" height=\"252\"/>",
		"<rect class=\"band after\" x=\"746\" y=\"4\" width=\"198\" height=\"252\"/>",
		/* 40 of 40 hours; then 96 of 110 hours */
		"<rect class=\"rogue\" x=\"350\" y=\"112\" width=\"390\" height=\"8\" rx=\"2\"/>",
		"<rect class=\"tail rogue\" x=\"740\" y=\"112\" width=\"178\" height=\"8\" "
		"rx=\"2\"/>",
		/* 5 to 40 hours */
		"<rect class=\"rogue\" x=\"399\" y=\"172\" width=\"341\" height=\"8\" rx=\"2\"/>",
		/* two bars of one value are in one lane */
		"<rect class=\"expected\" x=\"16\" y=\"52\" width=\"333\" height=\"8\" rx=\"2\"/>"
		"<rect class=\"expected\" x=\"746\" y=\"52\" width=\"198\" height=\"8\" "
		"rx=\"2\"/></g>",
		"<text x=\"363\" y=\"197\" class=\"name\"><tspan class=\"kind rogue\">A</tspan> "
		"<tspan class=\"iso\">45.77.24.250</tspan><tspan class=\"owner\"> of "
		"<tspan class=\"iso\">mail.coincheck.com</tspan></tspan></text>",
		/* 2, 11, 30 and 33 of 40 hours */
		"<path class=\"mail accepted\" d=\"M370 230l",
		"<path class=\"mail accepted\" d=\"M457 230l",
		"<path class=\"mail\" d=\"M643 230l",
		"<path class=\"mail unseen\" d=\"M672 230l",
		"<text x=\"350\" y=\"276\" class=\"tick\" text-anchor=\"middle\" "
		"data-t=\"2020-05-30T15:05:12.025846Z\" data-d=\"5 19\">05-30 15:05:12</text>",
		"<text x=\"944\" y=\"276\" class=\"tick\" text-anchor=\"end\" "
		"data-t=\"2020-06-05T21:05:12.025846Z\" data-d=\"5 19\">06-05 21:05:12</text>",
		"<desc id=\"d1\">6 values in answers and 4 mails. Rogue answers from "
		"2020-05-30T15:05:12.025846Z to 2020-06-01T07:05:12.025846Z, expected answers "
		"again from "
		"2020-06-01T10:05:12.025846Z, in caches until 2020-06-05T07:05:12.025846Z.</desc>",
	};
	char *page = page_of(&sample);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		if (strstr(page, PARTS[i]) == NULL) {
			fail_msg("not in the picture: %s", PARTS[i]);
		}
	}
	free(page);
}

/* A label that would leave the picture ends with it; a long value is cut; a short part has
 * milliseconds. */
static void labels(void **state)
{
	(void)state;
	static const char LONG[] =
	        "a-name-of-seventy-octets.a-name-of-seventy-octets.a-name-of-seventy-oc";
	struct report_answer answers[] = {
		{ REPORT_ROGUE, .value = { LONG, sizeof(LONG) - 1 }, .first_ns = HOURS(2),
		  .last_ns = HOURS(2) + NS_PER_S },
	};
	struct report_incident incident = {
		.owner = { "o", 1 },
		.first_ns = HOURS(2),
		.last_ns = HOURS(2) + NS_PER_S,
		.answers = answers,
		.answer_count = 1,
	};
	struct report report = { .incidents = &incident, .incident_count = 1 };
	char *page = page_of(&report);
	assert_non_null(strstr(page, "<text x=\"19\" y=\"47\" class=\"name\">"));
	assert_non_null(strstr(page, ".a-name-of-&hellip;</tspan>"));
	assert_non_null(strstr(page, "data-d=\"5 23\">05-30 17:05:12.025</text>"));
	assert_null(strstr(page, "The scale of time changes"));
	assert_non_null(strstr(page, "viewBox=\"0 0 960 120\"")); /* One lane, and no mails. */
	free(page);

	incident.last_ns = HOURS(2) + 12 * NS_PER_S; /* 17:05:12.025 to 17:05:24.025 */
	page = page_of(&report);
	assert_non_null(strstr(
	        page, "<text x=\"246\" y=\"96\" class=\"tick\" text-anchor=\"middle\" "
	              "data-t=\"2020-05-30T17:05:15.000000Z\" data-d=\"11 19\">17:05:15</text>"));
	free(page);

	incident.first_ns = HOURS(0);
	page = page_of(&report); /* 944 - 60 octets of 8 pixels - 40 pixels for the type */
	assert_non_null(strstr(page, "<text x=\"424\" y=\"47\" class=\"name\">"));
	free(page);
}

/* The policy allows these octets and no others. */
static void policy(void **state)
{
	(void)state;
	static const char ABC[] = "abc"; /* FIPS 180-2, appendix B.1 */
	char hash[HTML_HASH_MAX];
	html_asset_hash((struct html_asset){ ABC, 3 }, hash);
	assert_string_equal(hash, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");

	char *page = page_of(&sample);
	assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'sha256-"));
	html_asset_hash(html_script(), hash);
	assert_non_null(strstr(page, hash));
	html_asset_hash(html_style(), hash);
	assert_non_null(strstr(page, hash));
	assert_int_equal(count(page, "<script>"), 1);
	assert_int_equal(count(page, "<style>"), 1);
	assert_int_equal(count(page, "</script>"), 1);
	assert_int_equal(count(page, "</style>"), 1);
	assert_null(strstr(page, " style="));
	assert_null(strstr(page, "http:"));
	assert_null(strstr(page, "https:"));
	free(page);
}

/* An asset that ended its own element would be markup. */
static void assets(void **state)
{
	(void)state;
	assert_null(memmem(html_script().text, html_script().size, "</", 2));
	assert_null(memmem(html_style().text, html_style().size, "</", 2));
	assert_true(html_script().size > 100 && html_style().size > 100);
}

/* Long lists end, and the page states how many entries it leaves out. */
static void bounds(void **state)
{
	(void)state;
	enum { MANY = HTML_LIST_MAX + 234 };
	struct report report = sample;
	struct report_incident *incidents = calloc(MANY, sizeof(*incidents));
	struct report_text *texts = calloc(MANY, sizeof(*texts));
	struct report_hit *hits = calloc(MANY, sizeof(*hits));
	struct report_mail *mails = calloc(MANY, sizeof(*mails));
	struct report_answer *answers = calloc(MANY, sizeof(*answers));
	char(*names)[16] = calloc(MANY, sizeof(*names));
	assert_true(incidents && texts && hits && mails && answers && names);
	for (size_t i = 0; i < MANY; i++) {
		int size = snprintf(names[i], sizeof(names[i]), "v%zu", i);
		texts[i] = (struct report_text){ names[i], (size_t)size };
		answers[i] =
		        (struct report_answer){ REPORT_ROGUE, .value = texts[i], .first_ns = 1 };
		mails[i].server = texts[i];
		hits[i].evidence = texts[i];
		incidents[i].owner = texts[i];
	}
	incidents[0] = (struct report_incident){
		.owner = texts[0],
		.first_ns = 1,
		.last_ns = 2,
		.seen = { texts, MANY },
		.hits = hits,
		.hits_listed = MANY,
		.mails = mails,
		.mail_count = MANY,
		.answers = answers,
		.answer_count = MANY,
	};
	report.incidents = incidents;
	report.incident_count = MANY;
	char *page = page_of(&report);
	assert_int_equal(count(page, "<article"), HTML_INCIDENTS_MAX);
	assert_int_equal(count(page, "<a href=\"#i"), HTML_INCIDENTS_MAX);
	assert_int_equal(count(page, "</tr>\n"), HTML_LIST_MAX + 3 * HTML_ROWS_MAX);
	assert_non_null(strstr(page, "and 234 further incidents"));
	assert_non_null(strstr(page, "The first 100 have details below."));
	assert_non_null(strstr(page, "<span class=\"more\">and 1,034 further values</span>"));
	assert_int_equal(
	        count(page, "200 rows are shown <span class=\"more\">and 1,034 further are not"),
	        2);
	assert_non_null(strstr(page, "and 3,102 further values, some of them repeated"));
	assert_non_null(strstr(page, "and 1,210 further values"));
	assert_non_null(strstr(page, "and 934 further mails"));
	assert_non_null(strstr(page, "and 1,034 further hits in other files"));
	free(page);
	free(incidents);
	free(texts);
	free(hits);
	free(mails);
	free(answers);
	free(names);
}

static void nothing(void **state)
{
	(void)state;
	static const struct report EMPTY = { .written_ns = SAMPLE_NS };
	static const struct report PARTIAL = { .written_ns = SAMPLE_NS, .partial = true };
	static struct report_incident bare[1];
	struct report report = { .incidents = bare, .incident_count = 1 };
	char *page = page_of(&EMPTY);
	assert_non_null(strstr(page, "No incident was found."));
	assert_non_null(strstr(page, "The sources state no loss."));
	free(page);
	page = page_of(&PARTIAL);
	assert_non_null(strstr(page, "No incident was found in what could be read."));
	free(page);
	page = page_of(&report);
	assert_non_null(strstr(page, "<h2 id=\"h1\">Incident</h2>"));
	assert_null(strstr(page, "<svg"));
	assert_null(strstr(page, "<h3>Expected</h3>"));
	free(page);
}

/* A full disk is an error. */
static void failure(void **state)
{
	(void)state;
	FILE *out = fopen("/dev/full", "w");
	assert_non_null(out);
	assert_false(report_write_html(&sample, out));
	(void)fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents), cmocka_unit_test(picture), cmocka_unit_test(places),
		cmocka_unit_test(labels),   cmocka_unit_test(policy),  cmocka_unit_test(assets),
		cmocka_unit_test(bounds),   cmocka_unit_test(nothing), cmocka_unit_test(failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
