/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/shared_hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/language/indicator.h"
#include "rules/language/lines.h"
#include "rules/language/words.h"

/* clang-format off */
/*! \brief The built-in hosts, separated by blanks, in the form of shared_hosts_read(). */
static const char KNOWN[] =
	/* search, mail and offices */
	".google.com .google.co.uk .google.de .google.fr .google.co.jp .google.com.br .google.ru "
	".googleapis.com .googleusercontent.com .gstatic.com .forms.gle .goo.gl .g.co .g.page "
	".translate.goog .app.goo.gl .youtube.com .youtu.be .withgoogle.com .ampproject.org "
	".microsoft.com .office.com .office365.com .live.com .outlook.com .1drv.ms .1drv.com "
	".aka.ms .bing.com .skype.com .msn.com .onedrive.com .microsoftonline.com sharepoint.com "
	".yahoo.com .yahoo.co.jp .yandex.ru .yandex.com .ya.ru .yadi.sk .mail.ru .baidu.com .qq.com "
	".naver.com .daum.net .zoho.com .zohopublic.com .zoho.eu .icloud.com .apple.com .me.com "
	".duckduckgo.com .proton.me .protonmail.com "
	/* code */
	".github.com .githubusercontent.com .githubassets.com github.io .gitlab.com gitlab.io "
	".bitbucket.org bitbucket.io .codeberg.org .gitee.com .sourceforge.net .sr.ht .npmjs.com "
	".npmjs.org .pypi.org .pythonhosted.org .rubygems.org .docker.com .docker.io "
	".jsdelivr.net .unpkg.com .cdnjs.com cdnjs.cloudflare.com .codesandbox.io .codepen.io "
	".jsfiddle.net .replit.com .glitch.com .stackblitz.com .stackoverflow.com "
	/* files */
	".dropbox.com .dropboxusercontent.com .db.tt .box.com .boxcloud.com .mega.nz .mega.io "
	".mega.co.nz .mediafire.com .wetransfer.com .we.tl .sendspace.com .4shared.com .4sync.com "
	".zippyshare.com .gofile.io .anonfiles.com .bayfiles.com .transfer.sh .file.io .files.fm "
	".filebin.net .filetransfer.io .temp.sh .tmpfiles.org .oshi.at .bashupload.com .catbox.moe "
	".pixeldrain.com .workupload.com .uploadfiles.io .ufile.io .easyupload.io .krakenfiles.com "
	".pcloud.com .pcloud.link .sync.com .smash.com .fromsmash.com .terabox.com .1fichier.com "
	".uptobox.com .rapidgator.net .uploaded.net .turbobit.net .nitroflare.com .hightail.com "
	".sugarsync.com .idrive.com .egnyte.com .sharefile.com .archive.org .archive.ph .imgur.com "
	".ibb.co .postimg.cc .flickr.com .photobucket.com .giphy.com .vimeo.com .soundcloud.com "
	/* social networks and messengers */
	".facebook.com .fb.com .fb.me .fb.watch .fbcdn.net .messenger.com .m.me .instagram.com "
	".cdninstagram.com .whatsapp.com .whatsapp.net .wa.me .twitter.com .x.com .t.co .twimg.com "
	".linkedin.com .lnkd.in .licdn.com .pinterest.com .pin.it .reddit.com .redd.it .tiktok.com "
	".vk.com .vk.cc .ok.ru .weibo.com .t.cn .line.me .kakao.com .snapchat.com .twitch.tv "
	".telegram.org .telegram.me .telegram.dog .t.me .telegra.ph .graph.org .te.legra.ph "
	".discord.com .discordapp.com .discordapp.net .discord.gg .discord.gift slack.com "
	"files.slack.com slack-files.com .zoom.us .signal.org .viber.com .mastodon.social tumblr.com "
	"www.tumblr.com .medium.com .quora.com .steamcommunity.com .steampowered.com .patreon.com "
	".substack.com .livejournal.com .wikipedia.org .wikimedia.org .fandom.com "
	/* shops and payments */
	".amazon.com .amazon.co.uk .amazon.de .amazon.co.jp .amzn.to .a.co .ebay.com .ebay.us "
	".paypal.com .paypal.me .aliexpress.com .alibaba.com .shopify.com .etsy.com .booking.com "
	".airbnb.com .netflix.com .spotify.com .adobe.com .adobe.ly .cloudflare.com "
	/* pastes */
	".pastebin.com .paste.ee .pastebin.pl .hastebin.com .hastebin.skyra.pw .ghostbin.com "
	".rentry.co .rentry.org .controlc.com .justpaste.it .dpaste.com .dpaste.org .ix.io .0x0.st "
	".termbin.com .privatebin.net .privatebin.info .textbin.net .paste.rs .sprunge.us .ideone.com "
	".snippet.host .write.as .throwbin.io .bpa.st .paste.c-net.org .paste.debian.net "
	/* forms, documents and pages */
	"notion.so www.notion.so .typeform.com .jotform.com .jotform.me .forms.app .formstack.com "
	".surveymonkey.com .surveyheart.com .123formbuilder.com .wufoo.com .cognitoforms.com "
	".airtable.com .trello.com .evernote.com .issuu.com .scribd.com .slideshare.net .docsend.com "
	".padlet.com .canva.com .figma.com .miro.com .prezi.com .genially.com .coda.io .clickup.com "
	".smartsheet.com .monday.com .docusign.com .docusign.net .hellosign.com .pandadoc.com "
	".linktr.ee .lnk.bio .beacons.ai .bio.link .carrd.co .flow.page .taplink.cc .bio.site "
	"weebly.com www.weebly.com wix.com www.wix.com wordpress.com www.wordpress.com "
	"squarespace.com www.squarespace.com godaddysites.com square.site strikingly.com "
	"jimdo.com jimdofree.com jimdosite.com webflow.com webnode.com yola.com ucoz.com ucraft.com "
	"site123.com tilda.cc tilda.ws blogger.com www.blogger.com sites.google.com "
	/* hosting platforms: the platform, not the names of its customers */
	"amazonaws.com s3.amazonaws.com cloudfront.net azurewebsites.net azureedge.net "
	"blob.core.windows.net cloudapp.net trafficmanager.net appspot.com web.app firebaseapp.com "
	"herokuapp.com netlify.app netlify.com vercel.app vercel.com now.sh pages.dev workers.dev "
	"r2.dev onrender.com render.com fly.dev railway.app surge.sh repl.co replit.app replit.dev "
	"glitch.me ngrok.io ngrok.app ngrok-free.app trycloudflare.com loca.lt serveo.net "
	"000webhostapp.com infinityfreeapp.com altervista.org duckdns.org no-ip.org ddns.net "
	"dynu.net digitaloceanspaces.com ondigitalocean.app linodeobjects.com backblazeb2.com "
	"wasabisys.com fastly.net akamaihd.net akamaized.net edgekey.net myshopify.com "
	".ipfs.io .dweb.link .cloudflare-ipfs.com .cf-ipfs.com gateway.pinata.cloud "
	".mypinata.cloud .nftstorage.link .w3s.link .infura-ipfs.io .fleek.cool .4everland.io "
	/* shorteners and redirectors */
	".bit.ly .bitly.com .bit.do .j.mp .tinyurl.com .is.gd .v.gd .ow.ly .ht.ly .buff.ly "
	".rebrand.ly .cutt.ly .shorturl.at .shorturl.asia .rb.gy .tiny.cc .tiny.one .tiny.pl .t.ly "
	".s.id .soo.gd .bl.ink .clck.ru .goo.su .u.to .qrco.de .qr.ae .me-qr.com .qr-codes.io "
	".q-r.to .shrtco.de .9qr.de .urlz.fr .urlr.me .2no.co .iplogger.org .iplogger.com "
	".grabify.link .short.io .short.gy .dub.sh .dub.co .adf.ly .ouo.io .ouo.press "
	".linkvertise.com .x.gd .surl.li .surl.lu .inx.lv .n9.cl .kutt.it .mcaf.ee .chilp.it .cli.gs "
	".hyperurl.co .po.st .trib.al .wp.me .zpr.io .tr.im .x.co .dlvr.it .di.sn .dld.bz .apple.co "
	".spoti.fi .nyti.ms .snip.ly .snip.ai .lihi.cc .reurl.cc .ppt.cc .pse.is .picsee.io .han.gl "
	".vo.la .me2.do .url.kr .bre.is .gg.gg .gtly.to .hubs.ly .hubs.la .ift.tt .lc.cx .linkd.in "
	".lnkiy.com .link.me .mub.me .onelink.me .page.link .plu.sh .rotf.lol .scnv.io .shor.by "
	".smarturl.it .soo.nu .t2m.io .tny.im .u.nu .ulvis.net .urlzs.com .vu.fr .xurl.es .yourls.org "
	".lstu.fr .l.ead.me .l.wl.co .exe.io .shrinkme.io .shorte.st .bc.vc .sh.st .adfoc.us "
	".urldefense.com .urldefense.proofpoint.com .doubleclick.net .googleadservices.com "
	".sendgrid.net .mailchi.mp .list-manage.com .mailchimp.com .mandrillapp.com .rs6.net "
	".constantcontact.com .hubspotlinks.com .hubspotemail.net .sendibt2.com .sendibm1.com "
	".getresponse.com .activehosted.com .klclick.com .mailgun.org .cmail19.com .cmail20.com "
	".exacttarget.com .sparkpostmail.com .awstrack.me ";
/* clang-format on */

static int add(struct shared_hosts *hosts, const char *word, char why[INDICATOR_WHY_SIZE])
{
	struct indicator indicator;
	char text[INDICATOR_TEXT_SIZE];
	if (indicator_parse(word, &indicator, why) != 0) {
		return -1;
	}
	if (indicator.form != FORM_NAME || indicator.reach == REACH_BELOW) {
		snprintf(why, INDICATOR_WHY_SIZE,
		         "write a name, with a dot in front to include the names below it");
		return -1;
	}
	size_t size = indicator_text(&indicator, text);
	if (intern_add(&hosts->names, text, size) == INTERN_NONE) {
		snprintf(why, INDICATOR_WHY_SIZE, "%s", strerror(ENOMEM));
		return -1;
	}
	return 0;
}

int shared_hosts_add_known(struct shared_hosts *hosts)
{
	char why[INDICATOR_WHY_SIZE];
	const char *at = KNOWN;
	while (*at != '\0') {
		char word[DNS_NAME_MAX + 1];
		size_t size = strcspn(at, " ");
		snprintf(word, sizeof(word), "%.*s", (int)size, at);
		if (add(hosts, word, why) != 0) {
			return -1;
		}
		at += size + strspn(at + size, " ");
	}
	return 0;
}

struct reading {
	struct lines lines;
	struct words words;
};

/*!
 * \brief Adds the names of a line. Returns NULL, or the reason why the name at `*column` is
 *        invalid.
 */
static const char *add_line(struct shared_hosts *hosts, struct words *words, size_t *column,
                            char why[INDICATOR_WHY_SIZE])
{
	struct word word;
	int ret;
	while ((ret = words_next(words, &word)) > 0) {
		*column = word.column;
		if (add(hosts, word.text, why) != 0) {
			return why;
		}
	}
	*column = ret < 0 ? word.column : 1;
	return ret < 0 ? "a quote is not closed" : NULL;
}

static int read_lines(struct shared_hosts *hosts, struct reading *reading, const char *file,
                      rule_complain_t complain, void *ctx)
{
	const char *line;
	size_t size;
	enum lines_state state;
	int ret = 0;
	while ((state = lines_next(&reading->lines, &line, &size)) == LINES_LINE ||
	       state == LINES_LONG) {
		char why[INDICATOR_WHY_SIZE];
		size_t column = 1;
		const char *wrong = "the line has more than 65536 octets";
		if (state == LINES_LINE && (wrong = words_check(line, size, &column)) == NULL) {
			words_begin(&reading->words, line, size);
			wrong = add_line(hosts, &reading->words, &column, why);
		}
		if (wrong != NULL) {
			complain(ctx, file, reading->lines.number, column, wrong);
			ret = -1;
		}
	}
	if (state == LINES_FAILED) {
		complain(ctx, file, 0, 0, strerror(errno));
	}
	return state == LINES_FAILED ? -1 : ret;
}

int shared_hosts_read(struct shared_hosts *hosts, FILE *in, const char *file,
                      rule_complain_t complain, void *ctx)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	if (reading == NULL) {
		complain(ctx, file, 0, 0, strerror(ENOMEM));
		return -1;
	}
	reading->lines.in = in;
	int ret = read_lines(hosts, reading, file, complain, ctx);
	free(reading);
	return ret;
}

bool shared_hosts_has(const struct shared_hosts *hosts, const char *host)
{
	char text[DNS_NAME_MAX + 2];
	int size = snprintf(text, sizeof(text), ".%s", host);
	if (size >= (int)sizeof(text)) {
		return false;
	}
	bool is = intern_find(&hosts->names, host, strlen(host)) != INTERN_NONE;
	for (const char *at = text; !is && at != NULL; at = strchr(at + 1, '.')) {
		is = intern_find(&hosts->names, at, strlen(at)) != INTERN_NONE;
	}
	return is;
}

void shared_hosts_free(struct shared_hosts *hosts)
{
	intern_free(&hosts->names);
}
