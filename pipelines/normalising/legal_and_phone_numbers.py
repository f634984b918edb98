"""Phone, VAT and enterprise numbers: checked and in one form per number."""

import re
from types import ModuleType

import phonenumbers
import stdnum
from stdnum.be import vat as be_number
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.fr import siren
from stdnum.se import orgnr

_COMPANY_NUMBERS: dict[str, ModuleType] = {"BE": be_number, "CN": uscc, "FR": siren, "SE": orgnr}
# Countries whose company register has no check digits: the form is all that can be verified.
_COMPANY_FORMS = {"NL": re.compile(r"\d{8}"), "GB": re.compile(r"(?:\d|[A-Z]{2})\d{6,7}|[A-Z]{2}\d{6}")}

_DECIMAL_ZERO = re.compile(r"([1-9]\d*)[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"([1-9])[.,](\d{1,15})[eE](\+?)(\d{1,2})")


def whole_number(text: str) -> str:
    """The digits of a whole number that a program made a float: 612345671.0, 3.1612345671E10; any other text unchanged.

    A spreadsheet rounds what it shows as 3.16123E+10: with a sign, every digit must be there.
    refusal_keys.sql has the same rule, leading zeros allowed.
    """
    if decimal_zero := _DECIMAL_ZERO.fullmatch(text):
        return decimal_zero[1]
    if scientific := _SCIENTIFIC.fullmatch(text):
        first, decimals, sign, exponent = scientific.groups()
        if max(7, len(decimals)) <= int(exponent) <= 15 and (not sign or len(decimals) == int(exponent)):
            return first + decimals.ljust(int(exponent), "0")
    return text


def e164(text: str, country: str | None) -> str | None:
    """The phone number in E.164 form, None where it is not valid (source: phonenumbers, Google's metadata).

    `country` (ISO alpha-2): where a number without country code is dialled from. A number that became a float is read as
    the whole number.
    """
    try:
        number = phonenumbers.parse(whole_number(text), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def vat_number(text: str, country: str | None) -> str | None:
    """The VAT number with country prefix; None if the country is unknown or a check digit is wrong (source: python-stdnum)."""
    compact = re.sub(r"[^A-Z0-9]", "", text.upper())
    prefix = {"EL": "GR"}.get(compact[:2], compact[:2])
    for code in dict.fromkeys(code for code in (prefix, country) if code and code.isalpha()):
        module = stdnum.get_cc_module(code.lower(), "vat")
        if module is None:
            continue
        for candidate in dict.fromkeys((compact, compact.removeprefix(code))):
            try:
                return code + module.validate(candidate).removeprefix(code)
            except ValidationError:
                continue
    return None


def company_number(text: str, country: str | None) -> str | None:
    """The enterprise number after its country code; None if the country is unknown or the number is wrong.

    Belgian, Chinese, French and Swedish numbers have their check digits verified, Dutch and
    British ones their form; of other countries the letters and digits are kept. A Chinese number is recognised
    without a country.
    """
    compact = re.sub(r"[^A-Z0-9]", "", text.upper())
    if country is None:
        country = "CN" if uscc.is_valid(compact) else compact[:2] if compact[:2] in _COMPANY_NUMBERS else None
    if country is None:
        return None
    if country in _COMPANY_NUMBERS:
        try:
            return country + _COMPANY_NUMBERS[country].validate(compact.removeprefix(country))
        except ValidationError:
            return None
    form = _COMPANY_FORMS.get(country)
    number = compact.removeprefix(country)
    if country == "NL":
        number = number.removeprefix("KVK")
    if country == "GB" and re.fullmatch(r"\d{7}", number):
        number = "0" + number
    if not number or not any(part.isdigit() for part in number) or (form and not form.fullmatch(number)):
        return None
    return country + number
