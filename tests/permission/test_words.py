"""What sending services, forms and lists call an event, a channel or a reason is understood in every spelling, and never too kindly."""

import csv
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from pipelines.contracts import words
from pipelines.contracts.words import (
    CHANNELS,
    EVENT_MEANINGS,
    REASON_MEANINGS,
    SEEDS,
    channel_words,
    channels_of_event_words,
    event_words,
    is_plain_word,
    meaning_of_event,
    normal_word,
    normal_word_sql,
    purposes_that_mean_all,
    reason_words,
    words_of_purpose,
)
from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT

READERS = {
    "event_words.csv": event_words,
    "channel_words.csv": channel_words,
    "reason_words.csv": reason_words,
}

# As the documentation of each service writes them.
OF_SERVICES = {
    "Mailchimp": {
        "grant": ["subscribe", "subscribed"], "withdraw": ["unsubscribe", "unsub", "unsubscribed"], "hard_bounce": ["cleaned"],
        "complaint": ["abuse"], "send": ["sent"], "open": ["open"], "click": ["click"], "bounce": ["bounce"],
        "neutral": ["pending", "non-subscribed", "upemail", "campaign", "generic_signup"],
    },
    "Mailchimp Transactional": {
        "send": ["send", "delivered"], "neutral": ["deferral"], "hard_bounce": ["hard_bounce", "hard-bounce"],
        "bounce": ["soft_bounce", "soft-bounce"], "open": ["open"], "click": ["click"], "complaint": ["spam"],
        "withdraw": ["unsub", "reject", "blacklist", "denylist"],
    },
    "SendGrid": {
        "neutral": ["processed", "deferred"], "send": ["delivered"], "bounce": ["bounce"], "hard_bounce": ["dropped"],
        "open": ["open"], "click": ["click"], "complaint": ["spamreport", "spam_report", "Spam Reports"],
        "withdraw": ["unsubscribe", "group_unsubscribe", "Group Unsubscribes"], "grant": ["group_resubscribe"],
        "object": ["Global Unsubscribes"],
    },
    "Amazon SES": {
        "bounce": ["Bounce", "Transient", "Undetermined", "TRANSIENT_BOUNCE", "Email Bounced"], "hard_bounce": ["Permanent", "PERMANENT_BOUNCE"],
        "complaint": ["Complaint", "Email Complaint Received"], "send": ["Send", "Delivery", "Email Sent", "Email Delivered"],
        "withdraw": ["Reject"], "open": ["Open"], "click": ["Click"],
        "neutral": ["Rendering Failure", "renderingFailure", "RENDERING_FAILURE", "DeliveryDelay", "DELIVERY_DELAY"],
    },
    "Amazon Pinpoint": {"hard_bounce": ["_email.hardbounce"], "bounce": ["_email.softbounce"], "complaint": ["_email.complaint"], "withdraw": ["_email.unsubscribe", "_SMS.OPTOUT"]},
    "Mailgun": {
        "neutral": ["accepted", "stored", "temporary_fail"], "withdraw": ["rejected", "unsubscribed"], "send": ["delivered"], "bounce": ["failed"],
        "hard_bounce": ["permanent_fail", "suppress-bounce"], "complaint": ["complained"], "open": ["opened"], "click": ["clicked"],
    },
    "Postmark": {
        "hard_bounce": ["HardBounce", "BadEmailAddress", "Blocked"], "bounce": ["Bounce", "SoftBounce", "Transient", "DnsError", "DMARCPolicy", "VirusNotification"],
        "withdraw": ["Unsubscribe", "ManuallyDeactivated", "ManualSuppression"], "grant": ["Subscribe"],
        "complaint": ["SpamComplaint", "SpamNotification"], "send": ["Delivery"], "open": ["Open"], "click": ["Click"],
        "neutral": ["AutoResponder", "AddressChange", "OpenRelayTest", "ChallengeVerification", "Unconfirmed", "SMTPApiError", "InboundError", "TemplateRenderingFailed"],
    },
    "Brevo": {
        "send": ["sent", "delivered"], "neutral": ["request", "deferred", "proxy_open", "uniqueProxyOpen", "list_addition", "listAddition", "error"],
        "click": ["click", "clicked"], "bounce": ["soft_bounce", "softBounce"], "hard_bounce": ["hard_bounce", "hardBounce", "invalid_email", "invalid", "blocked"],
        "complaint": ["spam", "complaint"], "open": ["opened", "unique_opened", "uniqueOpened"], "withdraw": ["unsubscribed", "listUnsubscribe", "blocklisted", "blacklisted"],
    },
    "Klaviyo": {
        "send": ["Received Email"], "open": ["Opened Email"], "click": ["Clicked Email"], "bounce": ["Bounced Email"], "hard_bounce": ["Dropped Email", "HARD_BOUNCE", "INVALID_EMAIL"],
        "complaint": ["Marked Email as Spam", "SPAM_COMPLAINT"], "grant": ["Subscribed to Email Marketing", "SUBSCRIBED"],
        "withdraw": ["Unsubscribed from Email Marketing", "Unsubscribed from List", "Unsubscribed from SMS Marketing", "UNSUBSCRIBED", "USER_SUPPRESSED", "suppressed"],
        "neutral": ["NEVER_SUBSCRIBED", "Placed Order", "Active on Site", "Received SMS"],
    },
    "HubSpot": {
        "send": ["SENT", "DELIVERED"], "neutral": ["PROCESSED", "DEFERRED", "PRINT", "FORWARD", "UNBOUNCE", "NOT_OPTED", "NOT_SPECIFIED"], "hard_bounce": ["DROPPED"],
        "bounce": ["BOUNCE"], "open": ["OPEN"], "click": ["CLICK"], "complaint": ["SPAMREPORT"], "grant": ["OPT_IN", "SUBSCRIBED"],
        "withdraw": ["OPT_OUT", "UNSUBSCRIBED", "NOT_SUBSCRIBED"], "object": ["Unsubscribed from all email"],
    },
    "ActiveCampaign": {"grant": ["subscribe"], "withdraw": ["unsubscribe", "sms_unsub"], "bounce": ["bounce", "Bounced"], "send": ["sent"], "open": ["open"], "click": ["click"], "neutral": ["forward", "share", "reply", "subscriber_note", "Unconfirmed", "deal_add"]},
    "Salesforce Marketing Cloud": {
        "click": ["Click", "EngagementEvents.EmailClick"], "send": ["Sent", "DeliveredEvent", "TransactionalSendEvents.EmailSent"], "open": ["Open"],
        "neutral": ["ForwardedEmail", "ForwardedEmailOptIn", "NotSent", "Survey"], "hard_bounce": ["HardBounce", "Held"], "bounce": ["SoftBounce", "OtherBounce", "Bounced", "TransactionalSendEvents.EmailBounced"],
        "withdraw": ["Unsubscribe", "Unsubscribed", "EngagementEvents.EmailUnsubscribe"],
    },
    "listmonk": {"neutral": ["unconfirmed"], "confirm": ["confirmed"], "withdraw": ["unsubscribed", "blocklisted"], "hard_bounce": ["hard"], "bounce": ["soft"], "complaint": ["complaint"]},
    "Mautic": {"send": ["mautic.email_on_send"], "open": ["mautic.email_on_open"], "bounce": ["bounced"], "withdraw": ["manual", "unsubscribed"], "object": ["Do Not Contact"], "neutral": ["contactable", "mautic.page_on_hit"]},
    "Braze": {
        "hard_bounce": ["users.messages.email.Bounce"], "bounce": ["users.messages.email.SoftBounce"], "complaint": ["users.messages.email.MarkAsSpam"],
        "withdraw": ["users.messages.email.Unsubscribe", "unsubscribed"], "grant": ["opted_in"], "neutral": ["users.messages.email.Deferral", "users.messages.pushnotification.Open"],
    },
    "Iterable": {"bounce": ["emailBounce", "Email Bounce"], "complaint": ["emailComplaint"], "withdraw": ["emailUnSubscribe", "Email Unsubscribe", "Hosted Unsubscribe Click"], "grant": ["emailSubscribe"], "neutral": ["emailSendSkip", "Push Uninstall"]},
    "Customer.io": {"grant": ["customer_subscribed"], "withdraw": ["customer_unsubscribed", "email_unsubscribed"], "complaint": ["email_spammed", "spammed"], "hard_bounce": ["email_dropped"], "bounce": ["email_bounced"], "neutral": ["email_drafted", "email_attempted", "email_converted", "email_failed"]},
    "SparkPost": {"bounce": ["bounce", "out_of_band"], "send": ["delivery"], "neutral": ["injection", "delay", "generation_failure"], "complaint": ["spam_complaint"], "hard_bounce": ["policy_rejection", "generation_rejection"], "open": ["initial_open", "amp_open"], "click": ["amp_click"], "withdraw": ["list_unsubscribe", "link_unsubscribe"]},
    "Campaign Monitor": {"grant": ["Subscribe"], "withdraw": ["Deactivate", "Unsubscribed"], "neutral": ["Unconfirmed"], "complaint": ["Spam"]},
    "GetResponse": {"withdraw": ["unsubscribe", "contact_removed_link"], "hard_bounce": ["contact_removed_bounce"], "neutral": ["contact_added", "contact_moved", "goal", "survey"], "open": ["contact_opened_message"], "click": ["contact_clicked_message_link"]},
    "Mailjet": {"send": ["sent"], "bounce": ["bounce"], "hard_bounce": ["blocked"], "complaint": ["spam"], "withdraw": ["unsub"]},
    "MailerLite": {"neutral": ["subscriber.created", "subscriber.added_to_group"], "withdraw": ["subscriber.unsubscribed"], "bounce": ["subscriber.bounced"], "complaint": ["subscriber.spam_reported", "junk"], "open": ["campaign.open"]},
    "Resend": {"complaint": ["email.complained"], "bounce": ["email.bounced"], "neutral": ["email.delivery_delayed"], "send": ["email.delivered"]},
    "Twilio": {"withdraw": ["STOP", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"], "object": ["STOPALL"], "grant": ["START", "UNSTOP"], "neutral": ["HELP", "INFO"]},
    "AWS End User Messaging": {"withdraw": ["ARRET", "OPT-OUT", "REMOVE", "TD"]},
    "Shopify": {"grant": ["SUBSCRIBED"], "withdraw": ["UNSUBSCRIBED", "NOT_SUBSCRIBED"], "object": ["REDACTED"], "neutral": ["PENDING"], "hard_bounce": ["INVALID"]},
    "Oracle Responsys": {"withdraw": ["EMAIL_OPTOUT"], "grant": ["EMAIL_OPTIN"], "complaint": ["EMAIL_COMPLAINT"], "bounce": ["EMAIL_BOUNCED"]},
    "Stamgast": {meaning: [meaning] for meaning in EVENT_MEANINGS if meaning not in ("hard_bounce", "neutral")} | {"hard_bounce": ["hard_bounce"]},
}  # fmt: skip

OF_FORMS = {
    "withdraw": ["afgemeld", "Uitgeschreven", "toestemming ingetrokken", "abgemeldet", "Einwilligung widerrufen", "désinscrit", "DESINSCRIT", "désabonnée", "avregistrerad", "Avregistrerad",
        "återkallat samtycke", "opt-out", "Opt out", "OptedOut", "opted_out", "do not email", "consent withdrawn", "un-subscribed", "退订", "frameldt"],
    "object": ["bezwaar", "Werbewiderspruch", "keine Werbung", "opposition", "ne pas contacter", "invändning", "do not contact", "DNC", "unsubscribe all"],
    "complaint": ["klacht", "als Spam markiert", "signalé comme spam", "markerad som skräppost"],
    "grant": ["aangemeld", "toestemming gegeven", "Einwilligung erteilt", "consentement donné", "samtycke givet", "opted-in", "resubscribe"],
}  # fmt: skip

# What says that something changed, or asks either question, is no answer: it suspends until the contract explains it.
LEFT_OUT = [
    "yes", "no", "true", "false", "1", "0", "y", "n", "on", "off", "ja", "nee", "nein", "oui", "non", "nej", "",
    "updated", "update", "contact_updated", "subscriber.updated", "profile", "STATUSCHANGE", "SubscriptionChange", "Subscription", "Email Subscribed",
    "cio_subscription_preferences_changed", "Updated Email Preferences", "mautic.lead_channel_subscription_changed", "Email Preference Page", "preferences_changed",
    "replied", "sms_reply", "SMS Received", "deleted", "contact_deleted", "subscriber.deleted", "archived", "removed", "subscriber.removed_from_group",
    "active", "inactive", "enabled", "disabled", "unknown", "other", "undelete", "Subscribed to SMS Marketing", "SMS_OPT_IN", "PUSH_OPT_OUT", "whitelist",
    "consent", "double opt-in", "email_verified", "!subscribed", "~subscribed", "subscribed?", "subscribed, unsubscribed", "not subscribing", "null",
]  # fmt: skip


def _wide(text: str) -> str:
    """The text in letters as wide as Chinese characters."""
    return "".join("\u3000" if letter == " " else chr(ord(letter) + 0xFEE0) for letter in text)


ODD = [
    "Hard Bounce", "hard-bounce", "HARD_BOUNCE", "HardBounce", "hArD bOuNcE", " hard  bounce ", "hard__bounce", "hard.bounce.", "hard\u00a0bounce", "hard\u2011bounce", "hard\u2013bounce", "hard\u200bbounce",
    "\ufeffhard_bounce", "hard\u00adbounce", "\"hard_bounce\"", "'hard_bounce'", "“hard bounce”", "[hard_bounce]", "(hard bounce);", "hard/bounce", "hard\tbounce\r\n", _wide("HARD_BOUNCE"), _wide("hard bounce"), "hard\u2028bounce", "`hard_bounce`", "hard bounce!",
]  # fmt: skip
OTHERWISE = [
    "", " ", "*", " * ", "-", "--", "?", "!", "...", "n/a", "*all*", "!subscribed", "a+b", "désinscrit", "de\u0301sinscrit", "DÉSINSCRIT", "İPTAL", "ΣΤΟΠ", "straße", "STRASSE", "ẞ", "退订。", "回\uff34退订", "한국어", "ﬁn",
    "listUnsubscribe", "SMTPApiError", "email.bounced", "Unsubscribed from Email Marketing", "l\u2019e-mail", "a\u0000b", "🙂 stop", "Å", "\u212b",
]  # fmt: skip


def _macro(name: str = "normal_word") -> str:
    """What a macro of dbt renders for a column x."""
    path = DBT_PROJECT / "macros" / "permission.sql"
    module = Environment(extensions=["jinja2.ext.do"]).from_string(path.read_text("utf-8")).module
    render: Callable[[str], str] = getattr(module, name)
    return render("x")


def _in_duckdb(sql: str, texts: list[str]) -> list[str | None]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select {sql} from (select unnest($texts) as x)", {"texts": texts}
        ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("service", "meaning", "word"),
    [
        (service, meaning, word)
        for service, meanings in OF_SERVICES.items()
        for meaning, said in meanings.items()
        for word in said
    ],
)
def test_the_words_of_a_service_mean_what_its_documentation_says(
    service: str, meaning: str, word: str
) -> None:
    for spelt in (
        word,
        word.upper(),
        word.lower(),
        word.swapcase(),
        f" {word} ",
        word.replace("_", "-"),
        word.replace("_", " "),
    ):
        assert event_words().get(normal_word(spelt)) == meaning, f"{service}: {spelt}"


@pytest.mark.parametrize(
    ("meaning", "word"), [(meaning, word) for meaning, said in OF_FORMS.items() for word in said]
)
def test_the_words_of_forms_in_the_languages_of_our_sources_are_understood(meaning: str, word: str) -> None:
    assert event_words().get(normal_word(word)) == meaning


@pytest.mark.parametrize("word", LEFT_OUT)
def test_a_word_that_does_not_say_which_way_is_left_to_the_contract(word: str) -> None:
    assert normal_word(word) not in event_words()


def test_a_word_that_names_sms_or_the_telephone_speaks_of_that_channel() -> None:
    named = channels_of_event_words()
    assert {
        named[normal_word(word)]
        for word in ("Unsubscribed from SMS Marketing", "SMS_OPT_OUT", "sms_unsub", "pas de SMS")
    } == {"sms"}
    assert {
        named[normal_word(word)] for word in ("do not call", "niet bellen", "keine Anrufe", "ring inte")
    } == {"phone"}
    assert "unsubscribe" not in named


def test_no_word_grants_on_a_channel_of_its_own() -> None:
    # Whoever overlooks the word's channel would grant e-mail by it.
    assert not {word for word in channels_of_event_words() if event_words()[word] in ("grant", "confirm")}


def test_nothing_grants_or_confirms_that_reads_like_a_refusal() -> None:
    refusing = [
        "unsub",
        "optout",
        "optedout",
        "withdr",
        "revo",
        "refus",
        "denied",
        "not",
        "afgemeld",
        "abgemeld",
        "desinscri",
        "avregist",
        "oppos",
        "spam",
        "bounce",
    ]
    granting = [word for word, meaning in event_words().items() if meaning in ("grant", "confirm")]
    assert granting
    assert not [word for word in granting if any(stem in word for stem in refusing)]


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("E-mail", "email"), ("e_mail", "email"), ("EMAIL", "email"), ("e-post", "email"), ("courriel", "email"), ("SMS", "sms"), ("text message", "sms"), ("MMS", "sms"), ("tel.", "phone"), ("Telefoon", "phone"),
        ("téléphone", "phone"), ("call", "phone"), ("brief", "post"), ("Direct Mail", "post"), ("postal", "post"), ("courrier", "post"), ("brev", "post"), ("Custom Audiences", "ads"), ("ads", "ads"), ("*", "all"),
        ("Alle", "all"), ("tous", "all"), ("alla", "all"), ("every", "all"), ("ANY", "all"), ("短信", "sms"),
    ],
)  # fmt: skip
def test_a_channel_is_known_by_its_usual_names(word: str, channel: str) -> None:
    assert channel_words().get(normal_word(word)) == channel


@pytest.mark.parametrize(
    "word", ["mail", "Mailing", "DM", "mobile", "gsm", "WhatsApp", "push", "RCS", "fax", "social", "-", "email+sms", "email, phone", "邮件"]
)  # fmt: skip
def test_what_may_be_two_channels_or_none_of_ours_is_no_known_channel(word: str) -> None:
    assert normal_word(word) not in channel_words()


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("national_register", "register"), ("Robinson", "register"), ("do not call", None), ("Do-Not-Call Register", "register"), ("TPS", "register"), ("MPS", "register"), ("Bel me niet", "register"), ("DNCL", "register"),
        ("NIX-Telefon", "register"), ("Bloctel", "register"), ("deceased", "deceased"), ("Overleden", "deceased"), ("verstorben", "deceased"), ("décédé", "deceased"), ("avliden", "deceased"),
        ("bounced", "undeliverable"), ("moved", "undeliverable"), ("Gone away", "undeliverable"), ("retour", "undeliverable"), ("NPAI", "undeliverable"), ("unknown_at_address", "undeliverable"), ("HardBounce", "undeliverable"),
        ("own_request", "own"), ("complaint", "own"), ("unsubscribe", "own"), ("spam", "own"), ("op eigen verzoek", "own"), ("unknown", "own"), ("lorem ipsum", None),
    ],
)  # fmt: skip
def test_a_reason_of_a_list_entry_is_known_by_its_usual_names(word: str, meaning: str | None) -> None:
    assert reason_words().get(normal_word(word)) == meaning


@pytest.mark.parametrize(
    "purpose", ["all", "ALL ", "any", "*", "", " ", "Alle", "tous", "alla", "every", "全部"]
)
def test_a_purpose_may_be_every_purpose(purpose: str) -> None:
    assert normal_word(purpose) in purposes_that_mean_all()


def test_a_purpose_of_its_own_is_not_every_purpose() -> None:
    assert not {"newsletter", "offers", "service", "marketing", "none"} & purposes_that_mean_all()


@pytest.mark.parametrize(
    ("file", "column", "known"),
    [
        ("event_words.csv", "meaning", EVENT_MEANINGS),
        ("channel_words.csv", "channel", CHANNELS),
        ("reason_words.csv", "meaning", REASON_MEANINGS),
    ],
)
def test_each_word_stands_once_in_its_normal_spelling_with_a_meaning_and_a_source(
    file: str, column: str, known: tuple[str, ...]
) -> None:
    with (SEEDS / file).open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row[column] for row in rows} == set(known)
    assert len({row["word"] for row in rows}) == len(rows) == len(READERS[file]())
    for row in rows:
        assert row["word"] == normal_word(row["word"]) != "", row
        assert row["source"].strip(), row
        assert "://" not in row["source"], row


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Opt-Out,withdraw,,a form", "'Opt-Out' is not in its normal spelling; write 'optout'"),
        ("optout,withdrawn,,a form", "'withdrawn' is no meaning; write one of grant, confirm"),
        ("optout,withdraw,whatsapp,a form", "'whatsapp' is no channel; write one of email"),
        ("optout,withdraw,,", "'optout' has no source; say where"),
        ("optout,withdraw,,a form\noptout,grant,,a form", "'optout' stands there twice; keep one"),
    ],
)
def test_a_mistake_in_a_seed_is_named_with_file_and_line(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "event_words.csv").write_text(f"word,meaning,channel,source\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(words, "SEEDS", tmp_path)
    event_words.cache_clear()
    try:
        with pytest.raises(StamgastError, match=re.escape(said)):
            event_words()
    finally:
        event_words.cache_clear()


@pytest.mark.parametrize("text", ODD)
def test_an_odd_spelling_is_the_same_word(text: str) -> None:
    assert normal_word(text) == "hardbounce"


def test_what_is_of_punctuation_alone_stays_as_it_is() -> None:
    assert [normal_word(text) for text in ("", " \u00a0", "*", " * ", "-", "?")] == [
        "",
        "",
        "*",
        "*",
        "-",
        "?",
    ]


def test_a_sign_that_says_something_is_kept() -> None:
    assert [normal_word(text) for text in ("!subscribed", "email+sms", "a&b", "a=b")] == [
        "!subscribed",
        "email+sms",
        "a&b",
        "a=b",
    ]


def _spelt(texts: list[str]) -> list[str | None]:
    """As Python spells them; where nothing is left SQL has null."""
    return [normal_word(text) or None for text in texts]


def test_python_duckdb_and_dbt_have_one_spelling() -> None:
    texts = ODD + OTHERWISE + LEFT_OUT + [word for said in OF_FORMS.values() for word in said]
    assert _in_duckdb(normal_word_sql("x"), texts) == _spelt(texts)
    assert _in_duckdb(_macro(), texts) == _spelt(texts)


DECORATED = [
    "[ ] opt-in", "[x] opt-in", "-subscribed", "- subscribed", "(subscribed)", "subscribed -", "~subscribed~", "\u2717 opt-in",
    "".join(f"{letter}\u0336" for letter in "subscribed"), "/subscribed/", "<s>subscribed</s>", "_subscribed_",
]  # fmt: skip
PLAIN = [
    "subscribed", " Opt-In ", '"grant"', "\u201cja\u201d", "opt_in", "Opted in!", "\ufeffsubscribed", "abonn\u00e9", "abonne\u0301",
    "\u8ba2\u9605", "confirmed (double opt-in)", "1", "opt\u200bin", _wide("opt-in"), "grant.",
]  # fmt: skip


@pytest.mark.parametrize("word", DECORATED)
def test_a_grant_with_signs_around_it_grants_nothing(word: str) -> None:
    assert not is_plain_word(word)
    assert meaning_of_event(word) not in ("grant", "confirm")


@pytest.mark.parametrize("word", PLAIN)
def test_a_grant_with_quotes_or_unseen_characters_around_it_is_one(word: str) -> None:
    assert is_plain_word(word)


def test_python_and_dbt_agree_on_which_words_are_plain() -> None:
    texts = DECORATED + PLAIN + ODD + OTHERWISE + LEFT_OUT
    assert _in_duckdb(_macro("is_plain_word"), texts) == [is_plain_word(text) for text in texts]


def test_python_and_dbt_agree_on_the_purposes_of_a_text() -> None:
    texts = [
        "newsletter, offers", "newsletter;offers", "News-Letter / Offers", "news and offers", "nieuws EN acties", "a|b+c & d",
        '["newsletter","offers"]', "newsletter", "offers,", "brand", "lines\nof text", " , ",
    ]  # fmt: skip
    found = _in_duckdb(_macro("words_of_purpose"), texts)
    assert [frozenset(words or ()) for words in found] == [words_of_purpose(text) for text in texts]
    assert words_of_purpose('["newsletter","offers"]') == {"newsletter", "offers"}


def test_python_and_duckdb_agree_on_every_character() -> None:
    letters = [
        chr(code) for code in range(1, 0x30000) if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")
    ]
    texts = letters + [f"a{letter}B" for letter in letters]
    assert _in_duckdb(normal_word_sql("x"), texts) == _spelt(texts)


def test_the_macro_of_dbt_is_the_sql_of_landing() -> None:
    def bare(sql: str) -> str:
        return re.sub(r"\s", "", re.sub(r"--.*", "", sql))

    assert bare(_macro()) == bare(normal_word_sql("x"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(
            st.characters(
                max_codepoint=0x2FFF, exclude_categories=("Cn", "Co", "Cs"), exclude_characters="\0"
            ),
            max_size=12,
        ),
        max_size=50,
    )
)
def test_python_and_duckdb_agree_on_any_text_and_twice_is_once(texts: list[str]) -> None:
    assert _in_duckdb(normal_word_sql("x"), texts) == _spelt(texts)
    words_once = [normal_word(text) for text in texts]
    assert [normal_word(word) for word in words_once] == words_once


def test_a_missing_word_stays_missing() -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"select {normal_word_sql('cast(null as varchar)')}").fetchall() == [
            (None,)
        ]
