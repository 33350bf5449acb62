#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes the e-mails in tests/corpus/mail, one or more for each rule of reading them. Same bytes
at each run; nothing from outside. tests/golden/mail holds their dumps."""
import base64
import binascii
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mail")

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
CMS = bytes.fromhex("3080 06092a864886f70d010703 a080 0000 0000")
INDEX = base64.b64encode(bytes(range(1, 23))).decode()


def text(*lines, charset="utf-8"):
    return "\r\n".join(lines).encode(charset)


def mail(*lines, body=b"Hello.\r\n", head=()):
    """lines: fields besides the usual ones."""
    usual = ("From: Ann Example <ann@example.org>", "To: bob@example.net", "Subject: sample",
             "Date: Wed, 1 Jan 2020 11:00:00 +0100", "MIME-Version: 1.0")
    return text(*(head or usual), *lines) + b"\r\n\r\n" + body


def part(*lines, body=b""):
    return text(*lines, charset="latin-1") + b"\r\n\r\n" + body + b"\r\n"


def multi(kind, *parts, more="", boundary="b", end=True):
    """A multipart's Content-Type line and body."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + p for p in parts)
    if end:
        body += b"--" + boundary.encode() + b"--\r\n"
    return 'Content-Type: multipart/%s; boundary="%s"%s' % (kind, boundary, more), body


def inner(kind, *parts, **more):
    line, body = multi(kind, *parts, **more)
    return part(line, body=body)


def message(kind, *parts, **more):
    line, body = multi(kind, *parts, **more)
    return mail(line, body=body)


def plain(words, *more):
    return part("Content-Type: text/plain; charset=utf-8", *more, body=words.encode())


def html(words, *more):
    return part("Content-Type: text/html; charset=utf-8", *more, body=words.encode())


def file(kind, name, data, *more):
    fields = ["Content-Type: " + kind, "Content-Transfer-Encoding: base64"]
    fields.append("Content-Disposition: attachment" + ('; filename="%s"' % name if name else ""))
    return part(*fields, *more, body=base64.encodebytes(data).replace(b"\n", b"\r\n").rstrip())


def uu(name, data):
    lines = [b"begin 644 " + name.encode()]
    lines += [binascii.b2a_uu(data[i:i + 45], backtick=True).rstrip(b"\n")
              for i in range(0, len(data), 45)]
    return b"\r\n".join(lines + [b"`", b"end", b""])


LETTER = mail(body=b"The inner one.\r\n")
SIGNED = inner("mixed", plain("What was signed."), file("text/plain", "a.txt", b"a"), boundary="s")
DSN = (b"Reporting-MTA: dns; mx.example.org\r\nArrival-Date: Wed, 1 Jan 2020 10:00:00 +0000\r\n\r\n"
       b"Final-Recipient: rfc822; late@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
       b"Final-Recipient: rfc822; nobody@example.net\r\nAction: %s\r\nStatus: 5.1.1\r\n"
       b"Remote-MTA: dns; mail.example.net\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n")


def report(kind, what, body, *more):
    return message("report", plain("It says so."), part("Content-Type: " + what, body=body),
                   part("Content-Type: message/rfc822", body=LETTER), *more,
                   more="; report-type=" + kind)


def deep(levels):
    m = LETTER
    for i in range(levels):
        m = message("mixed", part("Content-Type: message/rfc822", body=m), boundary="b%d" % i)
    return m


MAILS = {
    # -- header fields (MS-OXCMAIL 2.2.3.1, 2.2.3.2) --
    "people": mail(head=(
        "From: =?utf-8?Q?J=C3=B6rg_=28x=29=2C?= Meier <joerg@example.org>,",
        " second@example.org", "Sender: \"The Secretary\" <sec@example.org>",
        "Reply-To: =?utf-8?B?5pel5pys?= <nihon@example.jp>, plain@example.org",
        "To: A Group: one@example.net, Two <two@example.net>;, \"Last, First\" <three@example.net>",
        "To: four@example.net (a comment)", "Cc: =?iso-8859-1?q?Ren=E9?= <rene@example.fr>",
        "Bcc: hidden@example.org", "Subject: people", "Return-Path: <bounce@example.org>")),
    "people-odd": mail(head=(
        "From: nobody in particular", "To: undisclosed-recipients:;",
        "Cc: a@example.org;b@example.org, , <>, \"open <c@example.org>",
        "Reply-To: =?utf-8?Q?a\"b=0D=0Ac=00?= <d@example.org>",
        "Subject: people who are none")),
    "words": mail(head=(
        "From: \"=?utf-8?Q?in_quotes?=\" <q@example.org>",
        "To: =?us-ascii*en?Q?with_language?= <l@example.org> (=?utf-8?Q?comment=29?=)",
        "Subject: Re: =?utf-8?B?4pi=?= =?utf-8?B?6?=x =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
        " =?iso-2022-jp?B?GyRCOGwbKEI=?= =?x-unknown?Q?=E9?= =?utf-8?Q?bro ken?= =?utf-8?X?no?=",
        "X-Words: =?koi8-r?B?8NLJ18XU?=")),
    "eight-bit-headers": text(
        "From: Jörg <joerg@example.org>", "To: Zoë <zoe@example.net>",
        "Subject: Größe", "Date: Wed, 1 Jan 2020 10:00:00 +0000") + "\r\nX-Latin: Grüße".encode(
            "latin-1") + b"\r\n\r\nHello.\r\n",
    "dates": mail(head=(
        "From: a@example.org", "Subject: dates",
        "Received: from a by b; Thu, 2 Jan 2020 08:30:00 -0500 (EST)",
        "Received: from c by a; Wed, 1 Jan 2020 23:00:00 +0000",
        "Date: 1 Jan 20 10:00 GMT", "Reply-By: Fri, 3 Jan 2020 10:00:00 +0000",
        "Expires: not at all")),
    "threads": mail(
        "Message-ID: <1@example.org>", "In-Reply-To: <0@example.org>",
        "References: <-1@example.org>\r\n\t<0@example.org>", "Thread-Topic: =?utf-8?Q?t=C3=B6pic?=",
        "Thread-Index: " + INDEX, "List-Unsubscribe: <mailto:u@example.org>"),
    "thread-index-short": mail("Thread-Index: AAAA"),
    "importance": mail("Importance: High", "X-Priority: 5", "Sensitivity: company-confidential"),
    "x-priority": mail("X-Priority: 5 (Lowest)", "Sensitivity: Private"),
    "priority": mail("Priority: urgent"),
    "receipts": mail("Disposition-Notification-To: ann@example.org",
                     "Return-Receipt-To: ann@example.org",
                     "X-Auto-Response-Suppress: OOF, dr, nonsense", "X-Message-Flag: Follow up",
                     "Keywords: one, =?utf-8?Q?zw=C3=B6lf?=; three,,"),
    "extensions": mail("X-Mailer: first", "X-MAILER: second", "X-Empty:", "User-Agent: not X",
                       "X-Folded: a\r\n b"),
    "server-fields": mail("X-MS-Exchange-Organization-SCL: -1",
                          "X-MS-Exchange-Organization-AutoForwarded: True",
                          "X-MS-Exchange-Organization-SenderIdResult: softfail",
                          "Content-Language: de-at, en", "X-Microsoft-Classified: true",
                          "X-Microsoft-ClassKeep: no", "X-Microsoft-ClassDesc: secret"),
    "prefix": mail(head=("Subject: AW: Re: both",)),
    "prefix-none": mail(head=("Subject: a1: no, long: no, x:no",)),
    # -- bodies (2.2.3.3) --
    "text-bom": b"\xef\xbb\xbf" + mail(),
    "text-koi8": mail("Content-Type: text/plain; charset=koi8-r",
                      body="Привет\r\n".encode("koi8-r")),
    "text-unknown-charset": mail("Content-Type: text/plain; charset=x-klingon",
                                 body="Grüße\r\n".encode("latin-1")),
    "text-lying-ascii": mail("Content-Type: text/plain; charset=us-ascii",
                             body="Grüße\r\n".encode()),
    "text-lossy": mail("Content-Type: text/plain; charset=utf-8", body=b"a \xff\xfe z\r\n"),
    "text-nul": mail(body=b"a\0b\r\n"),
    "text-utf16": mail("Content-Type: text/plain; charset=utf-16le",
                       "Content-Transfer-Encoding: base64",
                       body=base64.b64encode("Grüße".encode("utf-16-le"))),
    "text-enriched": mail("Content-Type: text/enriched", body=b"<bold>x</bold>"),
    "html": mail("Content-Type: text/html; charset=iso-8859-2",
                 body="<p>Łódź</p>".encode("iso-8859-2")),
    "html-meta": mail("Content-Type: text/html",
                      body=b'<meta http-equiv=x content="text/html; charset=KOI8-R"><p>\xf0'),
    "alternative": message("alternative", plain("The text."), html("<p>The text.")),
    "alternative-nested": message(
        "alternative", plain("The text."),
        inner("mixed", html("<p>One"), file("image/png", "p.png", PNG), html("<p>Two"),
              boundary="i")),
    "alternative-rtf": message("alternative", plain("The text."),
                               part("Content-Type: text/rtf", body=b"{\\rtf1 The text.}")),
    "alternative-rtf-html": message("alternative", html("<p>The text."),
                                    part("Content-Type: text/rtf", body=b"{\\rtf1 The text.}")),
    "alternative-calendar": message(
        "alternative", plain("A meeting."), part("Content-Type: text/calendar; method=REQUEST",
                                                 body=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR")),
    "related": message(
        "related", html('<img src="cid:p@x"><img src="pic/q.png">'),
        file("image/png", "p.png", PNG, "Content-ID: <p@x>"),
        part("Content-Type: image/png", "Content-Location: pic/q.png",
             "Content-Base: http://example.org/", "Content-Transfer-Encoding: base64",
             body=base64.b64encode(PNG)), plain("not shown")),
    "texts": message("mixed", plain("One."), plain("Two."), plain("A file.",
                     "Content-Disposition: inline; filename=f.txt"), plain("  ")),
    "texts-and-html": message("mixed", plain("1 < 2 & \"so\""), html("<p>Middle"), plain("Foot.")),
    "text-long": mail("Content-Type: text/plain; name=all.txt", body=b"named and alone\r\n"),
    # -- attachments (2.2.3.4) --
    "names": message(
        "mixed", plain("Names."),
        file("application/pdf; name*0*=utf-8''%e6%97; name*1*=%a5.pdf", "", b"1"),
        part("Content-Type: application/x-a",
             "Content-Disposition: attachment; filename=\"=?utf-8?Q?=C3=BC.a?=\"", body=b"2"),
        part("Content-Type: application/x-b", "Content-Disposition: attachment; filename=ü.b",
             body=b"3"),
        file("application/x-c", "..\\\\..\\\\up.c", b"4"), file("image/png", "", PNG),
        file("application/x-nothing", "", b"5"), file("text/plain; charset=koi8-r", "t.txt", b"6")),
    "attachment-dates": message("mixed", part(
        "Content-Type: application/x-a", "Content-Disposition: attachment; filename=a;",
        ' creation-date="Wed, 1 Jan 2020 10:00:00 +0000"; modification-date="soon"', body=b"x")),
    "attachment-alone": mail("Content-Type: application/pdf; name=a.pdf",
                             "Content-Transfer-Encoding: base64", body=base64.b64encode(b"%PDF")),
    "text-alone-attached": mail("Content-Disposition: attachment; filename=a.txt"),
    "apple-double": message("mixed", inner(
        "appledouble", file("application/applefile", "a", b"fork"), file("image/png", "a", PNG),
        boundary="i")),
    "external": message(
        "mixed", part('Content-Type: message/external-body; access-type=URL;'
                      ' URL="http://example.org/x"', body=b"Content-Type: image/png\r\n"),
        part('Content-Type: message/external-body; access-type=local-file; name="/a/b"'),
        part("Content-Type: message/external-body; access-type=anon-ftp; site=x")),
    "partial": mail('Content-Type: message/partial; id="x"; number=2; total=3', body=b"second"),
    "embedded": message("mixed", plain("See below."),
                        part("Content-Type: message/rfc822", body=LETTER),
                        part("Content-Type: message/rfc822; name=\"the name.eml\"",
                             body=deep(1)),
                        part("Content-Type: message/rfc822",
                             "Content-Transfer-Encoding: base64", body=base64.b64encode(LETTER)),
                        part("Content-Type: message/rfc822", body=b"no mail at all\r\n")),
    "digest": message("digest", b"\r\n" + LETTER, b"\r\n" + LETTER),
    "nested-too-deep": deep(17),
    "uuencode": mail(body=b"Before.\r\n" + uu("a b.bin", bytes(range(100))) + b"Between.\r\n"
                     + uu("c.txt", b"c") + b"After.\r\n"),
    "uuencode-broken": mail(body=uu("a.bin", bytes(range(100))).replace(b"\r\n`\r\nend", b"\r\nno")
                            + b"begin 644 b\r\nnot so\r\nend\r\nbegin 6\r\nbegin 644 c\r\n"),
    # -- reports (2.2.3.7) --
    "report-failed": report("delivery-status", "message/delivery-status", DSN % b"failed"),
    "report-relayed": report("delivery-status", "message/delivery-status", DSN % b"relayed (x)"),
    "report-nothing": report("delivery-status", "message/delivery-status", b"\r\n\r\n\r\n"),
    "report-read": report("disposition-notification", "message/disposition-notification",
                          b"Disposition: manual-action/MDN-sent-manually; displayed\r\n"),
    "report-deleted": report("disposition-notification", "message/disposition-notification",
                             b"Disposition: automatic-action/MDN-sent-automatically; deleted\r\n"),
    # -- signed and encrypted (MS-OXOSMIME 2.1) --
    "signed-whole": message("signed", SIGNED, file("application/pkcs7-signature", "smime.p7s", CMS),
                      more="; protocol=\"application/pkcs7-signature\""),
    "signed-within": message("mixed", inner(
        "signed", plain("Signed."), part("Content-Type: application/pgp-signature", body=b"sig"),
        boundary="s"), plain("Footer.")),
    "opaque": mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
                   "Content-Transfer-Encoding: base64", body=base64.b64encode(CMS)),
    "opaque-octets": mail("Content-Type: application/octet-stream; name=x.P7M",
                          "Content-Transfer-Encoding: base64", body=base64.b64encode(CMS)),
    "certificates": mail("Content-Type: application/pkcs7-mime; smime-type=certs-only; name=c.p7c",
                         "Content-Transfer-Encoding: base64", body=base64.b64encode(CMS)),
    "encrypted": message("encrypted", part("Content-Type: application/pgp-encrypted",
                                           body=b"Version: 1"),
                         part("Content-Type: application/octet-stream; name=e.asc", body=b"x")),
    # -- damage --
    "no-blank-line": b"From: a@example.org\r\nSubject: x\r\nno field, so the body\r\nTo: all\r\n",
    "blank-with-spaces": message("mixed", plain("Seen.")).replace(b"\r\n\r\n--b", b"\r\n \r\n--b"),
    "part-without-blank": message("mixed", b"just text\r\n"),
    "no-boundary": mail("Content-Type: multipart/mixed", body=b"--x\r\n\r\ntext\r\n--x--\r\n"),
    "no-parts": message("mixed", end=False),
    "no-parts-inside": message("mixed", plain("One."), inner("mixed", boundary="i", end=False)
                               + b"Only this.\r\n"),
    "unclosed": message("mixed", plain("One."), file("image/png", "p.png", PNG), end=False),
    "text-behind": message("mixed", plain("One.")) + b"Behind.\r\n",
    "bad-base64": message("mixed", part("Content-Type: text/plain",
                                        "Content-Transfer-Encoding: base64", body=b"SGVs!!!bG8="),
                          part("Content-Type: image/png; name=p.png",
                               "Content-Transfer-Encoding: base64", body=b"iVBORw0KG$$goA")),
    "bad-types": message("mixed", part("Content-Type: text", body=b"One."),
                         part("Content-Type: ;;=\"", body=b"Two."),
                         part("Content-Type: application-gzip; name=x.gz", body=b"Three."),
                         part("Content-Type: text/plain", "Content-Transfer-Encoding: x-odd",
                              body=b"Four.")),
    "headers-only": b"From: a@example.org\nSubject: alone\n",
    "duplicates": mail("Subject: second", "Content-Type: text/html", "Content-Type: text/plain"),
}


def main():
    os.makedirs(HERE, exist_ok=True)
    for name, data in MAILS.items():
        with open(os.path.join(HERE, name + ".eml"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
