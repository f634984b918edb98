"""Addresses as cells hold them: what is plainly meant is understood, and a refusal finds every address named."""

import re
import string

import idna
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.normalising.emails import ascii_label, tidy_email
from tests.normalising.normal_forms import by_dbt, email_cleans, refusal_keys

# Cells that plainly mean one address, as trials, bug reports of mailing tools and lists of typing errors show them.
PLAIN = {
    "jelle.terpstra@post.example.": "jelle.terpstra@post.example",
    "lies@post.example;": "lies@post.example",
    "lies@post.example,": "lies@post.example",
    "'loes@post.example'": "loes@post.example",
    "'loes@post.example": "loes@post.example",
    '"loes@post.example"': "loes@post.example",
    "“loes@post.example”": "loes@post.example",
    "«loes@post.example»": "loes@post.example",
    '="loes@post.example"': "loes@post.example",
    "sietske @post.example": "sietske@post.example",
    "sietske@ post.example": "sietske@post.example",
    "sietske@post .example": "sietske@post.example",
    "  Sietske@Post.Example\t": "sietske@post.example",
    "jan@post.example\xa0": "jan@post.example",
    "jan\xa0@post.example": "jan@post.example",
    "\ufeffjan@post.example": "jan@post.example",
    "jan\u200b@post\u00ad.example": "jan@post.example",
    "\u202ajan@post.example\u202c": "jan@post.example",
    "\u200fjan@post.example": "jan@post.example",
    "\u2068jan@post.example\u2069": "jan@post.example",
    "jan\u200d@post.example\ufe0f": "jan@post.example",
    "jan@post.example\u2028": "jan@post.example",
    "\uff2a\uff41\uff4e\uff20\uff50\uff4f\uff53\uff54\uff0e\uff45\uff58": "jan@post.ex",
    "jan\ufe6bpost.example": "jan@post.example",
    "o\u2019brien@post.example": "o'brien@post.example",
    "o\u00b4brien@post.example": "o'brien@post.example",
    "o\x92brien@post.example": "o'brien@post.example",
    "o&#39;brien@post.example": "o'brien@post.example",
    "o&#039;brien@post.example": "o'brien@post.example",
    "jan\u2011piet@post.example": "jan-piet@post.example",
    "Jan Jansen <jan@post.example>": "jan@post.example",
    '"Jansen, Jan" <jan@post.example>': "jan@post.example",
    "Jan (work) <jan@post.example>": "jan@post.example",
    "'jan@post.example' <jan@post.example>": "jan@post.example",
    "<jan@post.example>": "jan@post.example",
    "jan@post.example>": "jan@post.example",
    "<jan@post.example": "jan@post.example",
    "&lt;jan@post.example&gt;": "jan@post.example",
    "(jan@post.example)": "jan@post.example",
    "jan@post.example)": "jan@post.example",
    "[jan@post.example]": "jan@post.example",
    "[jan@post.example](mailto:jan@post.example)": "jan@post.example",
    "jan@post.example<mailto:jan@post.example>": "jan@post.example",
    "MAILTO: jan@post.example": "jan@post.example",
    "mailto://jan@post.example": "jan@post.example",
    "mailto:jan@post.example?subject=Stop": "jan@post.example",
    "SMTP:jan@post.example": "jan@post.example",
    "E-mail: jan@post.example": "jan@post.example",
    "jan%40post.example": "jan@post.example",
    "jan&#64;post.example": "jan@post.example",
    "jan@post.example/": "jan@post.example",
    "*jan@post.example*": "jan@post.example",
    "jan@post.example (old)": "jan@post.example",
    "jan@post.example; JAN@post.example": "jan@post.example",
    "jan+news@post.example": "jan+news@post.example",
    "jan&piet@post.example": "jan&piet@post.example",
    "_jan@post.example": "_jan@post.example",
    "info@münchen.example": "info@xn--mnchen-3ya.example",
    "info@MU\u0308NCHEN.example": "info@xn--mnchen-3ya.example",
    "info@XN--MNCHEN-3YA.example": "info@xn--mnchen-3ya.example",
    "info@münchen .example": "info@xn--mnchen-3ya.example",
    "info@straße.example": "info@xn--strae-oqa.example",
    "info@例え。テスト": "info@xn--r8jz45g.xn--zckzah",
    "jürgen@post.example": "jürgen@post.example",
}
# Cells with more than one address, or one that a word beside it makes doubtful: nobody's email_clean, but each counts.
SEVERAL = {
    "karin@post.example; k.bosma@werk.example": ["k.bosma@werk.example", "karin@post.example"],
    "wubbo@post.example, w@werk.example": ["w@werk.example", "wubbo@post.example"],
    "jan@post.example/piet@post.example": ["jan@post.example", "piet@post.example"],
    "jan@post.example|piet@post.example": ["jan@post.example", "piet@post.example"],
    "jan@post.example\npiet@post.example": ["jan@post.example", "piet@post.example"],
    "jan@post.example en piet@post.example": ["jan@post.example", "piet@post.example"],
    "jan@post.example & piet@post.example": ["jan@post.example", "piet@post.example"],
    "jan@münchen.example、jürgen@bücher.example": [
        "jan@xn--mnchen-3ya.example",
        "jürgen@xn--bcher-kva.example",
    ],
    "Jan <jan@post.example>; Piet <piet+x@post.example>": ["jan@post.example", "piet@post.example"],
    '"info@shop.example" <jan@post.example>': ["info@shop.example", "jan@post.example"],
    "jan@post.example (piet@post.example)": ["jan@post.example", "piet@post.example"],
    "Jansen, jan@post.example": ["jan@post.example"],
    "jan@@post.example": ["jan@post.example"],
    "jan.@post.example": ["jan@post.example"],
    "jan..jansen@post.example": ["jan.jansen@post.example"],
    "jan@post..example": ["jan@post.example"],
    "jan@post. example": ["jan@post.example"],
    "jan@po st.example": ["jan@post.example"],
    "jan jansen@post.example": ["janjansen@post.example", "jansen@post.example"],
    "j an@post.example": ["an@post.example", "jan@post.example"],
    "jan@post.example old": ["jan@post.example", "jan@post.exampleold"],
    "jan@post.example. Piet": ["jan@post.example", "jan@post.example.piet"],
    "martyb@post.example%20(train)": ["martyb@post.example"],
}
# What is not plain stays unread.
UNREADABLE = [
    None,
    "",
    "n/a",
    "-",
    "jan",
    "jan(at)post.example",
    "jan [at] post.example",
    "jan@post,example",
    "jan@localhost",
    "jan@",
    "@post.example",
    "jan@-post.example",
    "jan@post.example-",
    "j\ufffdn",
]


def test_one_address_plainly_meant_is_understood() -> None:
    assert dict(zip(PLAIN, email_cleans(list(PLAIN)), strict=True)) == PLAIN


def test_an_address_among_others_is_nobodys_but_a_refusal_counts_for_each() -> None:
    assert email_cleans(list(SEVERAL)) == [
        "martyb@post.example" if cell.startswith("martyb") else None for cell in SEVERAL
    ]
    found = [row[0] for row in refusal_keys("email", list(SEVERAL))]
    assert dict(zip(SEVERAL, found, strict=True)) == SEVERAL


def test_what_is_not_plain_is_not_guessed() -> None:
    assert email_cleans(UNREADABLE) == [None] * len(UNREADABLE)
    assert [row[0] for row in refusal_keys("email", UNREADABLE)] == [[]] * len(UNREADABLE)


def test_a_refusal_is_compared_with_known_addresses_without_their_tags() -> None:
    cells = [*PLAIN, "+jan@post.example", "a+b+c@post.example"]
    known = by_dbt("email_key", email_cleans(cells))
    assert [row[0] for row in refusal_keys("email", cells)] == [[key] for key in known]
    assert by_dbt("email_key", ["a+x@d.example", "a@d.example", "+x@d.example", None]) == [
        "a@d.example", "a@d.example", "+x@d.example", None,
    ]  # fmt: skip


def test_a_mailbox_at_gmail_has_one_form_whatever_its_dots_and_name() -> None:
    keys = by_dbt(
        "email_keys", ["a.b+x@gmail.com", "ab@googlemail.com", "ab@gmail.com", "a.b@post.example", None]
    )
    assert all("ab@gmail.com" in of for of in keys[:3])
    assert keys[3:] == [["a.b@post.example"], None]


_LOCAL = st.text(string.ascii_lowercase + string.digits + "._-+'", min_size=1, max_size=12)
_DOMAIN = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?\.(example|nl|co\.uk)", fullmatch=True)
_ADDRESSES = st.builds(lambda local, domain: f"{local}@{domain}", _LOCAL, _DOMAIN)
_AROUND = st.text(" .,;:'\"<>()[]|/=*\t\n\xa0\u200b\ufeff\u202e", max_size=3)
_CELLS = st.lists(
    st.one_of(_ADDRESSES, _AROUND, st.text(max_size=6), st.sampled_from(["mailto:", "Jan", "@", "en"])),
    max_size=6,
).map("".join)


@settings(max_examples=12, deadline=None)
@given(st.lists(_CELLS, min_size=40, max_size=80))
@example(["0mailto:.0@a.example"])
def test_repairs_never_invent_and_never_change_their_own_result(cells: list[str]) -> None:
    cleaned = email_cleans(cells)
    keyed = [row[0] for row in refusal_keys("email", cells)]
    for cell, clean, keys in zip(cells, cleaned, keyed, strict=True):
        letters = re.sub(r"[\x00-\x20\x7f]", "", tidy_email(cell)).lower().replace("..", ".")
        for address in [*keys, *([clean] if clean else [])]:
            local, domain = address.split("@")
            assert local in letters
            assert domain in letters
    assert email_cleans(cleaned) == cleaned
    known = by_dbt("email_key", cleaned)
    assert all(keys == [key] for key, keys in zip(known, keyed, strict=True) if key is not None)


_DECENT = st.from_regex(r"[a-z0-9]([a-z0-9_.+-]?[a-z0-9]){0,10}", fullmatch=True).filter(
    lambda local: ".." not in local
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.builds(lambda local, domain: f"{local}@{domain}", _DECENT, _DOMAIN), _AROUND, _AROUND),
        min_size=40,
        max_size=80,
    )
)
def test_what_stands_around_an_address_never_hides_it(cases: list[tuple[str, str, str]]) -> None:
    found = refusal_keys("email", [before + address + after for address, before, after in cases])
    expected = by_dbt("email_key", [address for address, _, _ in cases])
    assert all(key in row[0] for key, row in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    "domain", ["münchen.example", "BÜCHER.example", "faß.de", "例え.jp", "إختبار.example", "ελλάδα.gr"]
)
def test_a_domain_has_the_form_of_the_idna_library(domain: str) -> None:
    expected = idna.encode(domain, uts46=True).decode()
    assert tidy_email(f"x@{domain}") == f"x@{expected}"
    assert tidy_email(f"x@{expected}") == f"x@{expected}"


def test_a_label_outside_idna_2008_has_the_form_of_uts_46_and_one_without_any_form_stays() -> None:
    assert ascii_label("💩") == "xn--ls8h"
    assert ascii_label("a\ufffd") == "a\ufffd"
