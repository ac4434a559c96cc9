/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/lookalike/tail.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

static struct ruleset *providers;

/*! \brief What the shipped set protects, and names for the cases that it does not have. */
static int load_providers(void **state)
{
	static const char MORE[] = "protect office365.com network24.com id=plain\n"
	                           "protect dns1.org host02.net mx.org web.org id=short\n"
	                           "protect pool[1-9].net node[9-12]host.org id=families\n"
	                           "protect strict.org id=strict tld=strict\n";
	(void)state;
	char path[64];
	const char *paths[] = { "rules/sets/providers.rules", path };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	int fd = memfd_create("rules", MFD_CLOEXEC);
	assert_int_equal(write(fd, MORE, strlen(MORE)), strlen(MORE));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	providers = ruleset_load(paths, 2, load_complain, load_warn, &complaints, &stats);
	close(fd);
	assert_non_null(providers);
	assert_int_equal(complaints.size, 0);
	return 0;
}

static int free_providers(void **state)
{
	(void)state;
	ruleset_free(providers);
	return 0;
}

/*! \brief Writes what the name imitates, as in the event; "" if it imitates nothing. */
static void lookalike_matches(const struct ruleset *set, const char *kind, const char *name,
                              char text[256])
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct sample sample;
	observe(&sample, kind, name);
	size_t count = ruleset_match(set, &sample.seen, hits);
	text[0] = '\0';
	if (count > 0) {
		struct rule_scratch scratch;
		struct rule_view view;
		assert_int_equal(hits[0].action, ACTION_LOOKALIKE);
		ruleset_describe(set, &hits[0], &scratch, &view);
		assert_int_equal(view.verb, RULE_PROTECT);
		snprintf(text, 256, "%s", view.imitates);
	}
}

static void imitations(void **state)
{
	(void)state;
	static const struct {
		const char *name, *imitates;
	} tests[] = {
		/* numbers: zeros padded or dropped, outside the range or the width */
		{ "awsdns-061.org", "awsdns-[00-63].org" },
		{ "awsdns-056.co.uk", "awsdns-[00-63].co.uk" },
		{ "awsdns-017.net", "awsdns-[00-63].net" },
		{ "awsdns-000.com", "awsdns-[00-63].com" },
		{ "awsdns-0061.com", "awsdns-[00-63].com" },
		{ "awsdns-6.com", "awsdns-[00-63].com" },
		{ "awsdns-1.org", "awsdns-[00-63].org" },
		{ "awsdns-0.net", "awsdns-[00-63].net" },
		{ "awsdns-64.com", "awsdns-[00-63].com" },
		{ "awsdns-65.net", "awsdns-[00-63].net" },
		{ "awsdns-99.co.uk", "awsdns-[00-63].co.uk" },
		{ "awsdns-100.org", "awsdns-[00-63].org" },
		{ "awsdns-610.org", "awsdns-[00-63].org" },
		{ "awsdns-6161.org", "awsdns-[00-63].org" },
		{ "awsdns-123456789012.com", "awsdns-[00-63].com" },
		{ "ns-1515.awsdns-061.org", "awsdns-[00-63].org" },
		{ "a.b.c.awsdns-064.com", "awsdns-[00-63].com" },
		{ "pool0.net", "pool[1-9].net" },
		{ "pool10.net", "pool[1-9].net" },
		{ "pool01.net", "pool[1-9].net" },
		{ "node8host.org", "node[9-12]host.org" },
		{ "node13host.org", "node[9-12]host.org" },
		{ "node09host.org", "node[9-12]host.org" },
		{ "node0010host.org", "node[9-12]host.org" },
		{ "office0365.com", "office365.com" },
		{ "office00365.com", "office365.com" },
		{ "dns01.org", "dns1.org" },
		{ "dns001.org", "dns1.org" },
		{ "host2.net", "host02.net" },
		/* one letter inserted */
		{ "cloudfllare.com", "cloudflare.com" },
		{ "cloudflares.com", "cloudflare.com" },
		{ "ccloudflare.com", "cloudflare.com" },
		{ "clouddflare.com", "cloudflare.com" },
		{ "cloudflarex.com", "cloudflare.com" },
		{ "ns.cloudfflare.com", "cloudflare.com" },
		{ "gooogledomains.com", "googledomains.com" },
		{ "googledomainss.com", "googledomains.com" },
		{ "googledomainns.com", "googledomains.com" },
		{ "gooogle.com", "google.com" },
		{ "googlee.com", "google.com" },
		{ "googlle.com", "google.com" },
		{ "ggoogle.com", "google.com" },
		{ "xgoogle.com", "google.com" },
		{ "googlex.com", "google.com" },
		{ "google2.com", "google.com" },
		{ "domaincontroll.com", "domaincontrol.com" },
		{ "domainscontrol.com", "domaincontrol.com" },
		{ "outloook.com", "outlook.com" },
		{ "outlookk.com", "outlook.com" },
		{ "mimecastt.com", "mimecast.com" },
		{ "pphossted.com", "pphosted.com" },
		{ "messagelabss.com", "messagelabs.com" },
		{ "onamaee.com", "onamae.com" },
		{ "gmoservers.jp", "gmoserver.jp" },
		{ "sakurra.ne.jp", "sakura.ne.jp" },
		{ "hetznerr.com", "hetzner.com" },
		{ "azure-dnss.com", "azure-dns.com" },
		{ "awsdnss-61.com", "awsdns-[00-63].com" },
		{ "awsdns-6a1.com", "awsdns-[00-63].com" },
		{ "aawsdns-61.com", "awsdns-[00-63].com" },
		{ "awsdns-61a.com", "awsdns-[00-63].com" },
		{ "awsxdns-07.co.uk", "awsdns-[00-63].co.uk" },
		{ "ganndi.net", "gandi.net" },
		/* one letter dropped */
		{ "cloudflae.com", "cloudflare.com" },
		{ "cloudflre.com", "cloudflare.com" },
		{ "loudflare.com", "cloudflare.com" },
		{ "node9hst.org", "node[9-12]host.org" },
		{ "node12hos.org", "node[9-12]host.org" },
		{ "cloudflar.com", "cloudflare.com" },
		{ "gogle.com", "google.com" },
		{ "googe.com", "google.com" },
		{ "oogle.com", "google.com" },
		{ "googl.com", "google.com" },
		{ "googldomains.com", "googledomains.com" },
		{ "googledomain.com", "googledomains.com" },
		{ "domaincontro.com", "domaincontrol.com" },
		{ "domincontrol.com", "domaincontrol.com" },
		{ "outlok.com", "outlook.com" },
		{ "utlook.com", "outlook.com" },
		{ "mimecst.com", "mimecast.com" },
		{ "pphosed.com", "pphosted.com" },
		{ "messagelab.com", "messagelabs.com" },
		{ "onmae.com", "onamae.com" },
		{ "gmosever.jp", "gmoserver.jp" },
		{ "sakra.ne.jp", "sakura.ne.jp" },
		{ "hetzer.com", "hetzner.com" },
		{ "azure-dn.com", "azure-dns.com" },
		{ "awsdn-61.com", "awsdns-[00-63].com" },
		{ "awdns-61.net", "awsdns-[00-63].net" },
		{ "wsdns-61.org", "awsdns-[00-63].org" },
		{ "gand.net", "gandi.net" },
		{ "ultradn.net", "ultradns.net" },
		{ "secureservr.net", "secureserver.net" },
		/* one letter changed */
		{ "cloudflere.com", "cloudflare.com" },
		{ "cloudfkare.com", "cloudflare.com" },
		{ "xloudflare.com", "cloudflare.com" },
		{ "cloudflarx.com", "cloudflare.com" },
		{ "goohle.com", "google.com" },
		{ "googke.com", "google.com" },
		{ "hoogle.com", "google.com" },
		{ "goog1e.com", "google.com" },
		{ "googledomeins.com", "googledomains.com" },
		{ "domaimcontrol.com", "domaincontrol.com" },
		{ "domaincontrop.com", "domaincontrol.com" },
		{ "outlock.com", "outlook.com" },
		{ "outlool.com", "outlook.com" },
		{ "mimecasd.com", "mimecast.com" },
		{ "pphoster.com", "pphosted.com" },
		{ "messagelads.com", "messagelabs.com" },
		{ "onemae.com", "onamae.com" },
		{ "gmoservar.jp", "gmoserver.jp" },
		{ "zakura.ne.jp", "sakura.ne.jp" },
		{ "hetzmer.com", "hetzner.com" },
		{ "azure-bns.com", "azure-dns.com" },
		{ "awsdms-61.com", "awsdns-[00-63].com" },
		{ "awsdns-x1.com", "awsdns-[00-63].com" },
		{ "awsdns-6x.com", "awsdns-[00-63].com" },
		{ "ewsdns-07.org", "awsdns-[00-63].org" },
		{ "awsdns_61.org", "awsdns-[00-63].org" },
		{ "gandy.net", "gandi.net" },
		/* two neighbours swapped */
		{ "clodflare.com", "cloudflare.com" },
		{ "cloudflaer.com", "cloudflare.com" },
		{ "lcoudflare.com", "cloudflare.com" },
		{ "cluodflare.com", "cloudflare.com" },
		{ "cloudfalre.com", "cloudflare.com" },
		{ "googel.com", "google.com" },
		{ "goolge.com", "google.com" },
		{ "ogogle.com", "google.com" },
		{ "gogole.com", "google.com" },
		{ "googledoamins.com", "googledomains.com" },
		{ "domaincotnrol.com", "domaincontrol.com" },
		{ "outloko.com", "outlook.com" },
		{ "otulook.com", "outlook.com" },
		{ "mimceast.com", "mimecast.com" },
		{ "pphostde.com", "pphosted.com" },
		{ "mesasgelabs.com", "messagelabs.com" },
		{ "oanmae.com", "onamae.com" },
		{ "gmoesrver.jp", "gmoserver.jp" },
		{ "skaura.ne.jp", "sakura.ne.jp" },
		{ "heztner.com", "hetzner.com" },
		{ "azrue-dns.com", "azure-dns.com" },
		{ "aswdns-61.com", "awsdns-[00-63].com" },
		{ "awsdn-s61.com", "awsdns-[00-63].com" },
		{ "awsdns6-1.com", "awsdns-[00-63].com" },
		{ "awdsns-07.co.uk", "awsdns-[00-63].co.uk" },
		{ "gadni.net", "gandi.net" },
		{ "office356.com", "office365.com" },
		/* a hyphen added or dropped, in short names too */
		{ "cloud-flare.com", "cloudflare.com" },
		{ "c-loudflare.com", "cloudflare.com" },
		{ "google-domains.com", "googledomains.com" },
		{ "goo-gle.com", "google.com" },
		{ "domain-control.com", "domaincontrol.com" },
		{ "out-look.com", "outlook.com" },
		{ "mime-cast.com", "mimecast.com" },
		{ "message-labs.com", "messagelabs.com" },
		{ "azuredns.com", "azure-dns.com" },
		{ "azured-ns.net", "azure-dns.net" },
		{ "firstns.de", "first-ns.de" },
		{ "secondns.com", "second-ns.com" },
		{ "yourserver.de", "your-server.de" },
		{ "awsdns61.com", "awsdns-[00-63].com" },
		{ "awsdns61.co.uk", "awsdns-[00-63].co.uk" },
		{ "aws-dns-61.com", "awsdns-[00-63].com" },
		{ "awsdns-6-1.org", "awsdns-[00-63].org" },
		{ "awsdns--61.net", "awsdns-[00-63].net" },
		{ "aws-dns-061.org", "awsdns-[00-63].org" },
		{ "gmo-server.jp", "gmoserver.jp" },
		{ "o-vh.net", "ovh.net" },
		{ "ak-am.net", "akam.net" },
		{ "i-ij.ad.jp", "iij.ad.jp" },
		{ "ultra-dns.org", "ultradns.org" },
		{ "secure-server.net", "secureserver.net" },
		{ "dns-made-easy.com", "dnsmadeeasy.com" },
		/* a dot added or dropped */
		{ "cloud.flare.com", "cloudflare.com" },
		{ "ns.cloud.flare.com", "cloudflare.com" },
		{ "goog.le.com", "google.com" },
		{ "out.look.com", "outlook.com" },
		{ "aws.dns-61.com", "awsdns-[00-63].com" },
		{ "ns-1.aws.dns-07.co.uk", "awsdns-[00-63].co.uk" },
		{ "mail.mime.cast.com", "mimecast.com" },
		{ "o.vh.net", "ovh.net" },
		{ "nscloudflare.com", "cloudflare.com" },
		{ "wwwgoogle.com", "google.com" },
		{ "mailgoogle.com", "google.com" },
		{ "wwwoutlook.com", "outlook.com" },
		{ "ns1cloudflare.com", "cloudflare.com" },
		{ "nsawsdns-61.com", "awsdns-[00-63].com" },
		{ "ns1googledomains.com", "googledomains.com" },
		{ "protectionoutlook.com", "mail.protection.outlook.com" },
		{ "mail.protectionoutlook.com", "mail.protection.outlook.com" },
		{ "awsdns-61co.uk", "awsdns-[00-63].co.uk" },
		{ "ns-1.awsdns-61co.uk", "awsdns-[00-63].co.uk" },
		{ "ultradnsco.uk", "ultradns.co.uk" },
		{ "sakurane.jp", "sakura.ne.jp" },
		/* look-alike characters of ASCII */
		{ "g00gle.com", "google.com" },
		{ "go0gle.com", "google.com" },
		{ "googIe.com", "google.com" },
		{ "cl0udflare.com", "cloudflare.com" },
		{ "c1oudflare.com", "cloudflare.com" },
		{ "cioudflare.com", "cloudflare.com" },
		{ "c10udf1are.com", "cloudflare.com" },
		{ "g00g1e.com", "google.com" },
		{ "0ut100k.com", "outlook.com" },
		{ "rnimecast.com", "mimecast.com" },
		{ "mirnecast.com", "mimecast.com" },
		{ "dornaincontrol.com", "domaincontrol.com" },
		{ "d0rna1nc0ntr0l.com", "domaincontrol.com" },
		{ "onarnae.com", "onamae.com" },
		{ "grnoserver.jp", "gmoserver.jp" },
		{ "awsdns-6l.com", "awsdns-[00-63].com" },
		{ "awsdns-o1.com", "awsdns-[00-63].com" },
		{ "avvsdns-61.com", "awsdns-[00-63].com" },
		{ "avvsdns-061.org", "awsdns-[00-63].org" },
		{ "awsdns-i7.net", "awsdns-[00-63].net" },
		{ "awsdns-ol.net", "awsdns-[00-63].net" },
		{ "0vh.net", "ovh.net" },
		{ "lij.ad.jp", "iij.ad.jp" },
		{ "akarn.net", "akam.net" },
		{ "vveb.org", "web.org" },
		{ "rnx.org", "mx.org" },
		/* look-alike characters of Unicode */
		{ "xn--ggle-55da.com", "google.com" },            /* gU+043EU+043Egle */
		{ "xn--oogle-qmc.com", "google.com" },            /* U+0261oogle */
		{ "xn--googe-hof.com", "google.com" },            /* googU+04CFe */
		{ "xn--loudflare-u3h.com", "cloudflare.com" },    /* U+0441loudflare */
		{ "xn--cludflare-r1g.com", "cloudflare.com" },    /* clU+03BFudflare */
		{ "xn--cloudflre-6yh.com", "cloudflare.com" },    /* cloudflU+0430re */
		{ "xn--cloudflar-j4a.com", "cloudflare.com" },    /* cloudflarU+00E9 */
		{ "xn--cludflare-17a.com", "cloudflare.com" },    /* clU+00F6udflare */
		{ "xn--gogle-381b.com", "google.com" },           /* goU+1ECDgle */
		{ "xn--utlook-9wa.com", "outlook.com" },          /* U+00F3utlook */
		{ "xn--outlk-myea.com", "outlook.com" },          /* outlU+043EU+043Ek */
		{ "xn--mmst-63d3a8fzh.com", "mimecast.com" },     /* mU+0456mU+0435U+0441U+0430st */
		{ "xn--namae-iye.com", "onamae.com" },            /* U+043Enamae */
		{ "xn--htznr-zwed.com", "hetzner.com" },          /* hU+0435tznU+0435r */
		{ "xn--wsdns-61-06g.com", "awsdns-[00-63].com" }, /* U+0430wsdns-61 */
		{ "xn--awsdn-61-ohh.com", "awsdns-[00-63].com" }, /* awsdnU+0455-61 */
		{ "xn--awsdn-061-p9h.org", "awsdns-[00-63].org" },     /* awsdnU+0455-061 */
		{ "xn--vh-emc.net", "ovh.net" },                       /* U+043Evh */
		{ "xn--km-6kcb.net", "akam.net" },                     /* U+0430kU+0430m */
		{ "xn--gndi-53d.net", "gandi.net" },                   /* gU+0430ndi */
		{ "xn--gand-oza.net", "gandi.net" },                   /* gandU+0131 */
		{ "xn--domincntrol-dfi97l.com", "domaincontrol.com" }, /* domU+0430incU+03BFntrol */
		{ "xn--phosted-pjg.com", "pphosted.com" },             /* U+0440phosted */
		{ "xn--skura-4ve.ne.jp", "sakura.ne.jp" },             /* sU+0430kura */
		/* another public suffix: families, and tld=strict */
		{ "awsdns-61.info", "awsdns-[00-63].com" },
		{ "awsdns-61.co.jp", "awsdns-[00-63].com" },
		{ "awsdns-61.biz", "awsdns-[00-63].com" },
		{ "awsdns-061.info", "awsdns-[00-63].com" },
		{ "awsdns-07.uk", "awsdns-[00-63].com" },
		{ "awsdns-07.co", "awsdns-[00-63].com" },
		{ "ns-1.awsdns-07.io", "awsdns-[00-63].com" },
		{ "azure-dns.biz", "azure-dns.com" },
		{ "azure-dns.co.uk", "azure-dns.com" },
		{ "azure-dns.de", "azure-dns.com" },
		{ "ultradns.de", "ultradns.com" },
		{ "ultradns.co", "ultradns.com" },
		{ "ns.ultradns.us", "ultradns.com" },
		/* a typing error of one suffix */
		{ "awsdns-06.ne", "awsdns-[00-63].net" },
		{ "awsdns-06.og", "awsdns-[00-63].org" },
		{ "awsdns-06.cm", "awsdns-[00-63].com" },
		{ "azure-dns.ne", "azure-dns.net" },
		{ "a22-65.akam.ne", "akam.net" },
		{ "strict.net", "strict.org" },
		{ "strict.co.jp", "strict.org" },
	};
	int wrong = 0;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		/* The second time it comes from the cache. */
		for (int round = 0; round < 2; round++) {
			char text[256];
			lookalike_matches(providers, "ns", tests[i].name, text);
			if (strcmp(text, tests[i].imitates) != 0) {
				print_error("%s: `%s`, not `%s`\n", tests[i].name, text,
				            tests[i].imitates);
				wrong++;
			}
		}
	}
	assert_int_equal(wrong, 0);
}

static void innocents(void **state)
{
	(void)state;
	static const char *const TESTS[] = {
		/* a digit more or less in a number makes another number */
		"office65.com", "office35.com", "office36.com", "office3655.com", "office1365.com",
		"office3165.com", "network4.com", "network2.com", "network224.com",
		"network244.com",
		/* clang-format off */
		/* the protected ones, and names below them */
		"cloudflare.com", "ns.cloudflare.com", "ada.ns.cloudflare.com",
		"www.cloudflare.com", "ns1.googledomains.com", "ns-cloud-a1.googledomains.com",
		"googledomains.com", "google.com", "aspmx.l.google.com",
		"alt1.aspmx.l.google.com", "mail.google.com", "smtp-relay.google.com",
		"googlemail.com", "aspmx2.googlemail.com", "aspmx3.googlemail.com",
		"outlook.com", "example-com.mail.protection.outlook.com",
		"protection.outlook.com", "azure-dns.com", "ns1-01.azure-dns.com",
		"ns2-01.azure-dns.net", "ns3-01.azure-dns.org", "ns4-01.azure-dns.info",
		"a1-66.akam.net", "a13-67.akam.net", "eur5.akam.net", "akamai.net",
		"use1.akadns.net", "e1.a.akamaiedge.net", "dns1.p01.nsone.net",
		"pdns1.ultradns.net", "pdns3.ultradns.org", "pdns5.ultradns.info",
		"pdns6.ultradns.co.uk", "ns0.dnsmadeeasy.com", "ns10.dnsmadeeasy.com",
		"dns12.ovh.net", "ns12.ovh.net", "mx1.mail.ovh.net", "dns200.anycast.me",
		"hydrogen.ns.hetzner.com", "oxygen.ns.hetzner.com", "helium.ns.hetzner.de",
		"ns1.first-ns.de", "robotns2.second-ns.de", "robotns3.second-ns.com",
		"ns.second-ns.com", "mail.your-server.de", "ns01.domaincontrol.com",
		"ns77.domaincontrol.com", "smtp.secureserver.net", "ns1.gandi.net",
		"spool.mail.gandi.net", "dns1.gmoserver.jp", "01.dnsv.jp", "02.dnsv.jp",
		"dns1.onamae.com", "ns1.dns.ne.jp", "ns2.dns.ne.jp", "www1234.sakura.ne.jp",
		"ns1.sakura.ad.jp", "dns0.iij.ad.jp", "mx.securemx.jp",
		"mx0a-00000000.pphosted.com", "mx1-us1.ppe-hosted.com",
		"us-smtp-inbound-1.mimecast.com", "cluster1.us.messagelabs.com",
		"mx1.hc1.iphmx.com", "d1.ess.barracudanetworks.com", "pool1.net", "pool5.net",
		"pool9.net", "node9host.org", "node10host.org", "node12host.org", "strict.org",
		/* another public suffix of a name that is not strict */
		"google.de", "google.co.jp", "google.co.uk", "google.fr", "google.org",
		"google.cn", "google.com.br", "outlook.de", "outlook.jp", "outlook.fr",
		"outlook.net", "cloudflare.net", "cloudflare.de", "cloudflare.org",
		"hetzner.cloud", "hetzner.co.uk", "gandi.com", "gandi.fr", "mimecast.co.uk",
		"ovh.com", "ovh.de", "ovh.co.uk", "iij.com", "onamae.net", "sakura.com",
		"sakura.io", "googledomains.net", "domaincontrol.net",
		/* short names one letter apart */
		"oth.net", "avh.net", "ohv.net", "ovhh.net", "ov.net", "kvh.net", "akan.net",
		"akam.com", "akum.net", "kam.net", "aklam.net", "dns.org", "dnsv.net", "dnsx.jp",
		"dnsa.jp", "ddnsv.jp", "dnvs.jp", "ijj.ad.jp", "iijj.ad.jp", "ija.ad.jp",
		"dnt.ne.jp", "dds.ne.jp",
		/* a number of its own makes another name */
		"office364.com", "office366.com", "office3655.com", "office36.com", "host03.net",
		"host12.net", "dns2.org", "dns10.org",
		/* companies and words that only sound alike */
		"amazon.com", "amazonaws.com", "aws.com", "awsdns.com",
		"awsglobalaccelerator.com", "route53.com", "cloudfront.net",
		"d111111abcdef8.cloudfront.net", "cloudfoundry.com", "cloudways.com",
		"cloudinary.com", "cloudera.com", "gogrid.com", "goodreads.com", "googol.org",
		"goodle.net", "giggle.com", "goggles.com", "gmail.com", "outbrain.com",
		"outreach.io", "lookout.com", "outlookindia.com", "outlookmoney.com",
		"bookout.com", "overlook.org", "hertz.com", "herzog.de",
		"heise.de", "hostgator.com", "mimecraft.org", "mimeo.com", "minecraft.net",
		"miamiherald.com", "mimedia.com", "domainsatcost.com", "domain.com",
		"domaintools.com", "controldomain.com", "controlpanel.com", 
		"gandiva.net", "brandi.net", "gandalf.net", "ganda.org", "messagebird.com",
		"messagemedia.com", "message.com", "labs.com", "messengers.com", "posted.com",
		"hosted.com", "hosting.com", "ghosted.com", "pphost.com", "phosphate.com",
		"sakurai.com", "sakura.jp", "sakuraweb.com", "sakuraiwa.jp", "asakusa.ne.jp",
		"onamazu.jp", "gmo.jp", "gmocloud.com", "gmopg.jp", "server.jp",
		"ultra.com", "ultradent.com", "ultravnc.com", "ultrasound.net", "dns.com",
		"dnsimple.com", "dnspod.net", "dnsmasq.org", "easydns.com", "madeeasy.com",
		"powerdns.com", "verisigndns.com", "worldnic.com", "register.com", "name.com",
		"secure.net", "securenet.com", "securebox.net", "secureworks.com",
		"secureserve.org", "akismet.com", "akamaized.net", "akami.org", "akamaihd.net",
		"alibabadns.com", "hichina.com", "coincheck.com", "bitflyer.com", "example.com",
		"example.org", "example.net", "iana.org", "icann.org", "yahoo.com",
		"yahoo.co.jp", "mail.yahoo.co.jp", "docomo.ne.jp", "ezweb.ne.jp",
		"softbank.ne.jp", "microsoft.com", "microsoftonline.de", "live.com",
		"hotmail.com", "apple.com", "icloud.com", "facebook.com", "fastmail.com",
		"protonmail.com", "zoho.com", "yandex.ru", "qq.com", "163.com", "126.com",
		"first.de", "second.com", "server.de", "yourhost.de", "firstname.de",
		"secondlife.com", "anycast.com", "azure.com", "azurewebsites.net", "windows.net",
		"cloudapp.net", "trafficmanager.net",
		/* no registrable domain, and no domain */
		"com", "co.uk", "local", "localhost", "org.uk",
		/* clang-format on */
	};
	int wrong = 0;
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		char text[256];
		lookalike_matches(providers, "ns", TESTS[i], text);
		if (text[0] != '\0') {
			print_error("%s: `%s`\n", TESTS[i], text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void genuine_route53(void **state)
{
	(void)state;
	static const char *const SUFFIXES[] = { "com", "net", "org", "co.uk" };
	for (int i = 0; i < 64; i++) {
		for (size_t j = 0; j < 4; j++) {
			char name[64];
			char text[256];
			snprintf(name, sizeof(name), "awsdns-%02d.%s", i, SUFFIXES[j]);
			lookalike_matches(providers, "ns", name, text);
			assert_string_equal(text, "");
			snprintf(name, sizeof(name), "ns-%d.awsdns-%02d.%s", i * 31, i,
			         SUFFIXES[j]);
			lookalike_matches(providers, "ns", name, text);
			assert_string_equal(text, "");
			/* Each of them with one more zero is an imitation. */
			snprintf(name, sizeof(name), "ns-%d.awsdns-0%02d.%s", i, i, SUFFIXES[j]);
			lookalike_matches(providers, "ns", name, text);
			assert_string_equal(strrchr(text, ']') + 2, SUFFIXES[j]);
		}
	}
}

/* Each character of a protected name changed, dropped, doubled, swapped with the next. */
static void every_misspelling(void **state)
{
	(void)state;
	static const char NAME[] = "domaincontrol";
	size_t size = strlen(NAME);
	for (size_t i = 0; i < size; i++) {
		char name[64];
		char text[256];
		int at = (int)i;
		snprintf(name, sizeof(name), "%.*sx%s.com", at, NAME, NAME + i + 1);
		lookalike_matches(providers, "mx", name, text);
		assert_string_equal(text, "domaincontrol.com");
		snprintf(name, sizeof(name), "%.*s%s.com", at, NAME, NAME + i + 1);
		lookalike_matches(providers, "mx", name, text);
		assert_string_equal(text, "domaincontrol.com");
		snprintf(name, sizeof(name), "%.*s%s.com", at + 1, NAME, NAME + i);
		lookalike_matches(providers, "mx", name, text);
		assert_string_equal(text, "domaincontrol.com");
		snprintf(name, sizeof(name), "%.*s%c%c%s.com", at, NAME, NAME[i + 1], NAME[i],
		         i + 1 < size ? NAME + i + 2 : "");
		if (i + 1 < size && NAME[i] != NAME[i + 1]) {
			lookalike_matches(providers, "mx", name, text);
			assert_string_equal(text, "domaincontrol.com");
		}
	}
}

static void kinds(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value;
		bool hit;
	} tests[] = {
		{ "ns", "g00gle.com", true },      { "mx", "g00gle.com", true },
		{ "cname", "g00gle.com", true },   { "helo", "g00gle.com", true },
		{ "banner", "g00gle.com", true },  { "sni", "g00gle.com", true },
		{ "from", "me@g00gle.com", true }, { "rcpt", "me@g00gle.com", true },
		{ "name", "g00gle.com", false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[256];
		lookalike_matches(providers, tests[i].kind, tests[i].value, text);
		assert_string_equal(text, tests[i].hit ? "google.com" : "");
	}
}

/* A host of the domain that was judged last is judged like it, unless its own label is part of an
 * imitation, or is no label of a host. */
static void hosts_of_the_last_domain(void **state)
{
	(void)state;
	static const struct {
		const char *name, *ids;
	} tests[] = {
		{ "gooogle.com", "a " },        { "ns.example.com", "" }, /* of the same length */
		{ "gooogle.com", "a " },        { "ns.gooogle.com", "a " },
		{ "mail.gooogle.com", "a b " }, { "x.gooogle.com", "a " },
		{ "ns1.gooogle.com", "a " },    { "y.x.gooogle.com", "a " },
		{ "google.com", "" },           { "ns.google.com", "" },
		{ "goggle.com", "a " },         { "mail.goggle.com", "a " },
		{ "gooogle.com", "a " },        { "m-ail.gooogle.com", "a " },
	};
	struct ruleset *set = load_text("protect google.com id=a\n"
	                                "protect mailgooogle.com id=b\n");
	for (size_t i = 0; i < 3 * sizeof(tests) / sizeof(tests[0]); i++) {
		size_t test = i % (sizeof(tests) / sizeof(tests[0]));
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, "ns", tests[test].name);
		match_ids(set, &sample.seen, ids);
		assert_string_equal(ids, tests[test].ids);
	}
	ruleset_free(set);
}

/* Equal names of several rules, allow, periods. */
static void rules_of_a_name(void **state)
{
	(void)state;
	static const struct {
		const char *name, *ids;
	} tests[] = {
		{ "g00gle.com", "a b " },     { "google.de", "b " }, { "g0ogledns.com", "c d " },
		{ "gogle.com", "a b evil " }, { "goggle.com", "" },  { "0vh.net", "" },
	};
	struct ruleset *set = load_text("protect google.com ovh.com id=a\n"
	                                "protect google.com id=b tld=strict\n"
	                                "protect googledns.com id=c\n"
	                                "protect ns.googledns.com id=d\n"
	                                "protect ovh.net until=2000-01-01\n"
	                                "alert ns gogle.com id=evil\n"
	                                "allow ns .goggle.com\n");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, "ns", tests[i].name);
		sample.seen.time_ns = INT64_C(1590883200000000000);
		match_ids(set, &sample.seen, ids);
		assert_string_equal(ids, tests[i].ids);
	}
	ruleset_free(set);
}

static void hostile_names(void **state)
{
	(void)state;
	static const struct {
		const char *wire;
		size_t size;
	} tests[] = {
		{ "", 1 },
		{ "\6google\3com", 11 },
		{ "\77google\3com", 12 },
		{ "\12google\0com\0", 12 },
		{ "\12google.com\0", 12 },
		{ "\6goo\0le\3com", 12 },
		/* invalid A-labels: empty, overflowing, beyond Unicode */
		{ "\4xn--\3com", 10 },
		{ "\14xn--99999999\3com", 18 },
		{ "\16xn--google-999\3com", 20 },
		{ "\14xn--google-\xff\3com", 18 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct observation seen = { .kind = KIND_NS,
			                    .name = (const uint8_t *)tests[i].wire,
			                    .name_size = tests[i].size };
		assert_int_equal(ruleset_match(providers, &seen, hits), 0);
	}
}

/* Labels before the domain do not matter, except for the one next to it. */
static void many_labels(void **state)
{
	(void)state;
	static const struct {
		const char *name, *imitates;
	} tests[] = {
		{ "g00gle.com", "google.com" },
		{ "x.y.z.g00gle.com", "google.com" },
		{ "google.com", "" },
		{ "x.y.g00gle.net.google.com", "" },
		{ "g00gle.com.x.y.z.example.net", "" },
		{ "protection.outl00k.com", "outlook.com" },
		{ "mail.protectionoutlook.com", "mail.protection.outlook.com" },
		{ "protection.outl00k.net", "" },
		{ "mx.5googlecom", "google.com" },
		{ "ns5google.com", "google.com" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (int before = 0; before < 100; before++) {
			char name[256] = "";
			char found[256];
			for (int label = 0; label < before; label++) {
				strcat(name, label % 2 == 0 ? "a." : "b.");
			}
			strcat(name, tests[i].name);
			lookalike_matches(providers, "ns", name, found);
			if (strcmp(found, tests[i].imitates) != 0) {
				fail_msg("%s: `%s`, not `%s`", name, found, tests[i].imitates);
			}
		}
	}
}

static size_t judged(const char *before, const char *after, unsigned count, size_t octets)
{
	ruleset_begin(providers, octets);
	size_t found = 0;
	for (unsigned i = 0; i < count; i++) {
		char name[64];
		char text[256];
		snprintf(name, sizeof(name), "%s%u%s", before, i, after);
		lookalike_matches(providers, "ns", name, text);
		found += text[0] != '\0';
	}
	return found;
}

/* A message has work for its size; what is beyond is counted, and the next one has its own. */
static void work_is_bounded(void **state)
{
	(void)state;
	/* A message can have as many names of one domain. */
	assert_int_equal(judged("ns", ".g00gle.com", 70, 70 * 18), 70);
	assert_int_equal(judged("ns", ".g00gle.com", 70, 70 * 18), 70);
	assert_int_equal(ruleset_take_unjudged(providers), 0);
	/* A message can have as many domains. */
	assert_int_equal(judged("g00gle", ".com.google.com", 70, 70 * 30), 0);
	assert_int_equal(ruleset_take_unjudged(providers), 0);
	/* More than fit. The verdicts of the second round come from the cache. */
	size_t found = judged("", ".cloudflaree.com", 1000, 20);
	assert_in_range(found, 1, 200);
	assert_int_equal(ruleset_take_unjudged(providers), 1000 - found);
	assert_int_equal(judged("", ".cloudflaree.com", 1000, 20), found);
	assert_int_equal(ruleset_take_unjudged(providers), 1000 - found);
	assert_int_equal(ruleset_take_unjudged(providers), 0);
	assert_int_equal(judged("", ".cloudflaree.com", 1, 20), 1);
	ruleset_begin(providers, SIZE_MAX / 16);
}

/* Names that were seen before replace verdicts: their domain is counted once in a message all the
 * same. */
static void work_is_the_same_each_time(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		char before[32];
		snprintf(before, sizeof(before), "r%03dn", round);
		size_t found = judged(before, ".cloudflaree.com", 200, 20);
		assert_in_range(found, 80, 199);
		assert_int_equal(judged(before, ".cloudflaree.com", 200, 20), found);
	}
	/* With no bound of work there are more domains than a message can have. */
	ruleset_begin(providers, SIZE_MAX / 16);
	for (unsigned i = 64; i < 5000; i++) {
		char name[64];
		char text[256];
		snprintf(name, sizeof(name), "awsdns-%u.com", i);
		lookalike_matches(providers, "ns", name, text);
		assert_string_equal(text, "awsdns-[00-63].com");
	}
}

/* The tail of a name, 8 labels, holds its registrable domain and one label more. */
static void no_suffix_is_deeper(void **state)
{
	(void)state;
	char line[512];
	size_t deepest = 0;
	FILE *list = fopen("/usr/share/publicsuffix/public_suffix_list.dat", "r");
	if (list == NULL) {
		skip();
	}
	while (fgets(line, sizeof(line), list) != NULL) {
		size_t labels = line[0] != '/' && line[0] != '\n' ? 1 : 0;
		for (const char *at = line; labels > 0 && *at != '\0'; at++) {
			labels += *at == '.';
		}
		deepest = labels > deepest ? labels : deepest;
	}
	fclose(list);
	assert_in_range(deepest, 3, TAIL_LABELS_MAX - 2);
}

/* Cost must not grow with the number of protected names: a bound that slow machines keep. */
static double cost_of(unsigned protected_count)
{
	char *text;
	size_t size;
	struct timespec begin;
	struct timespec end;
	FILE *out = open_memstream(&text, &size);
	for (unsigned i = 0; i < protected_count; i++) {
		fprintf(out, "protect p%xq%xr.com id=a%u\n", i * 2654435761u, i * 40503u, i);
	}
	fclose(out);
	struct ruleset *set = load_text(text);
	free(text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (unsigned i = 0; i < 20000; i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		uint8_t wire[32];
		int used = snprintf((char *)wire, sizeof(wire), "\2ns\014w%05xexample\3net", i);
		wire[3] = 13;
		struct observation seen = { .kind = KIND_NS,
			                    .name = wire,
			                    .name_size = (size_t)used + 1 };
		assert_int_equal(ruleset_match(set, &seen, hits), 0);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	ruleset_free(set);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

static void cost_does_not_grow(void **state)
{
	(void)state;
	double few = cost_of(10);
	double many = cost_of(100000);
	print_message("20000 names against 10 protected: %.0f ns each, against 100000: %.0f ns\n",
	              few / 20000 * 1e9, many / 20000 * 1e9);
	assert_true(many < few * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imitations),
		cmocka_unit_test(innocents),
		cmocka_unit_test(genuine_route53),
		cmocka_unit_test(every_misspelling),
		cmocka_unit_test(kinds),
		cmocka_unit_test(hosts_of_the_last_domain),
		cmocka_unit_test(rules_of_a_name),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(cost_does_not_grow),
		cmocka_unit_test(many_labels),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(work_is_the_same_each_time),
		cmocka_unit_test(no_suffix_is_deeper),
	};
	return cmocka_run_group_tests(tests, load_providers, free_providers);
}
