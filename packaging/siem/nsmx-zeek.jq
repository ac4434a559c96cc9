# SPDX-License-Identifier: GPL-3.0-or-later
# Log events as a log of Zeek, for zeek-cut and scripts that read one: `--arg log dns` or `--arg log smtp`.
#
#   nsmx replay --log all -o - FILE | jq -rn --arg log dns -f nsmx-zeek.jq | zeek-cut -u ts query answers
#
# `uid` is event.id. Fields that Zeek has and nsmx has not are left out.

def unset: "-";
def empty_set: "(empty)";
def escaped: gsub("\\\\"; "\\\\") | gsub("\t"; "\\x09") | gsub("\n"; "\\x0a") | gsub("\r"; "\\x0d");
def text: if . == null or . == "" then unset else tostring | escaped | if . == unset then "\\x2d" else . end end;
def set: if . == null then unset elif length == 0 then empty_set
	else map(tostring | escaped | gsub(","; "\\x2c")) | join(",") end;
def flag($name): if ((.dns.header_flags // []) | index($name)) then "T" else "F" end;
# With all digits of the time, which do not fit a number of jq.
def epoch: (sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601 | tostring) + "." + (capture("\\.(?<digits>[0-9]{6})").digits);

def connection: ["ts", "time", (."@timestamp" | epoch)], ["uid", "string", .event.id],
	["id.orig_h", "addr", (.client.ip | text)], ["id.orig_p", "port", (.client.port | text)],
	["id.resp_h", "addr", (.server.ip | text)], ["id.resp_p", "port", (.server.port | text)];

def dns: connection, ["proto", "enum", .network.transport], ["trans_id", "count", (.dns.id | text)],
	["query", "string", (.dns.question.name | text)], ["qclass_name", "string", (.dns.question.class | text)],
	["qtype_name", "string", (.dns.question.type | text)], ["rcode_name", "string", (.dns.response_code | text)],
	["AA", "bool", flag("AA")], ["TC", "bool", flag("TC")], ["RD", "bool", flag("RD")], ["RA", "bool", flag("RA")],
	["answers", "vector[string]", (.dns.answers | if . then map(.data // "") else . end | set)],
	["TTLs", "vector[interval]", (.dns.answers | if . then map(.ttl) else . end | set)];

def smtp: connection, ["helo", "string", (.smtp.helo | text)], ["mailfrom", "string", (.smtp.mail_from | text)],
	["rcptto", "set[string]", (.smtp.rcpt_to | if . then map(.address // "") else . end | set)],
	["from", "string", (.email.from.address[0]? | text)], ["to", "set[string]", (.email.to.address? | set)],
	["msg_id", "string", (.email.message_id | text)], ["subject", "string", (.email.subject | text)],
	["last_reply", "string", (.smtp.reply_code | text)],
	["tls", "bool", (if .smtp.starttls then "T" else "F" end)];

def row: if $log == "dns" then [dns] else [smtp] end;
def titles: {"@timestamp": "1970-01-01T00:00:00.000000Z"} | row;

"#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\t" + $log,
(["#fields"] + (titles | map(.[0])) | join("\t")), (["#types"] + (titles | map(.[1])) | join("\t")),
(inputs | select(.event.kind == "event" and .event.dataset == "nsmx." + $log) | row | map(.[2]) | join("\t"))
