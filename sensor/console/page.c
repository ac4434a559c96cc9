/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "sensor/report/html/html.h"

/* The assembler reads the file, as in html_assets.c. */
__asm__(".pushsection .rodata\nconsole_style_text:\n.incbin \"sensor/console/console.css\"\n"
        ".byte 0\n.popsection\n");
extern const char console_style_text[] __attribute__((visibility("hidden")));

static struct html_asset style(void)
{
	return (struct html_asset){ console_style_text, strlen(console_style_text) };
}

const char *page_policy(void)
{
	static char policy[512];
	if (policy[0] == '\0') {
		char report[HTML_HASH_MAX], console[HTML_HASH_MAX], script[HTML_HASH_MAX];
		html_asset_hash(html_style(), report);
		html_asset_hash(style(), console);
		html_asset_hash(html_script(), script);
		(void)snprintf(policy, sizeof(policy),
		               "default-src 'none'; style-src '%s' '%s'; script-src '%s'; "
		               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		               report, console, script);
	}
	return policy;
}

#define CURRENT " aria-current=\"page\""
#define LOG_OUT "<form method=\"post\" action=\"/logout\"><button>Log out</button></form>"
#define SITE(incidents, lookup, logout)                                                            \
	"<nav class=\"site\" aria-label=\"Console\"><b>nsmx</b> "                                  \
	"<a href=\"/incidents\"" incidents ">Incidents</a> "                                       \
	"<a href=\"/lookup\"" lookup ">Look-up</a>" logout "</nav>\n"

struct html_frame page_frame(enum page_place place, const struct console_request *request,
                             const char *title, unsigned refresh_s)
{
	static const char *const navigation[][2] = {
		[PAGE_NOWHERE] = { SITE("", "", ""), SITE("", "", LOG_OUT) },
		[PAGE_INCIDENTS] = { SITE(CURRENT, "", ""), SITE(CURRENT, "", LOG_OUT) },
		[PAGE_LOOKUP] = { SITE("", CURRENT, ""), SITE("", CURRENT, LOG_OUT) },
	};
	return (struct html_frame){
		.title = title,
		.style = style(),
		.navigation = navigation[place][request != NULL && request->logged_in],
		.refresh_s = refresh_s,
	};
}

void page_open(struct page *page)
{
	*page = (struct page){ .text = NULL };
	page->out = open_memstream(&page->text, &page->size);
}

void page_close(struct page *page, struct console_answer *answer, unsigned status)
{
	bool good = page->out != NULL && ferror(page->out) == 0;
	good = page->out != NULL && fclose(page->out) == 0 && good;
	answer->status = good ? status : 500;
	answer->type = good ? CONSOLE_HTML : CONSOLE_TEXT;
	writer_restart(&answer->body);
	if (good) {
		writer_put(&answer->body, page->text, page->size);
	}
	free(page->text);
}

void page_sentence(struct console_answer *answer, unsigned status, enum page_place place,
                   const struct console_request *request, const char *title, const char *sentence)
{
	struct page page;
	struct html_frame frame =
	        page_frame(place, request, title, status == 503 ? PAGE_REFRESH_S : 0);
	page_open(&page);
	if (page.out != NULL) {
		html_page_begin(page.out, &frame);
		(void)fprintf(page.out, "<h2>%s</h2><p>", title);
		html_text(page.out, sentence, strlen(sentence));
		html_put(page.out, "</p>\n");
		html_page_end(page.out);
	}
	page_close(&page, answer, status);
}

void page_login(struct console_answer *answer, bool failed)
{
	struct page page;
	struct html_frame frame = page_frame(PAGE_NOWHERE, NULL, "Log in", 0);
	page_open(&page);
	if (page.out != NULL) {
		html_page_begin(page.out, &frame);
		html_put(page.out, "<h2>Log in</h2>\n");
		html_put(page.out, failed ? "<p role=\"alert\">This is not the token.</p>\n" : "");
		html_put(page.out,
		         "<form class=\"ask\" method=\"post\" action=\"/login\"><label>Token<input "
		         "type=\"password\" name=\"token\" autocomplete=\"current-password\" "
		         "maxlength=\"512\" required autofocus></label> <button>Log "
		         "in</button></form>"
		         "\n<p class=\"note\">A link from another page does not show that you are "
		         "logged in already: <a href=\"/incidents\">continue</a>.</p>\n");
		html_page_end(page.out);
	}
	page_close(&page, answer, failed ? 403 : 200);
}

void page_put_target(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (ascii_is_alphanumeric(text[i]) || text[i] == '-' || text[i] == '.' ||
		    text[i] == '_') {
			(void)fputc(text[i], out);
		} else {
			(void)fprintf(out, "%%%02X", (unsigned)(unsigned char)text[i]);
		}
	}
}
