"""SQL of the forms in which points and numbers are compared; to be replaced by the macros of pipelines/normalising."""

# ITU-T E.164, annex to Operational Bulletin: one and two digits; all others have three.
_CALLING_CODES = r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}"


def email_key(email: str) -> str:
    """Lower case, without a +tag."""
    return rf"regexp_replace(lower({email}), '\+[^@]*@', '@')"


def phone_keys(phone: str) -> str:
    """Of a number in E.164: its digits, and those without the calling code."""
    return rf"[regexp_replace({phone}, '\D', '', 'g'), regexp_replace({phone}, '^\+({_CALLING_CODES})', '')]"


def number_key(number: str) -> str:
    """Lower, trimmed, no .0 behind a whole number, no zeros before it."""
    whole = rf"regexp_replace(lower(trim({number})), '^(\d+)[.,]0$', '\1')"
    return (
        rf"nullif(case when regexp_full_match({whole}, '\d+') then ltrim({whole}, '0') else {whole} end, '')"
    )


def street_key(street: str) -> str:
    """Letters and digits only."""
    return rf"regexp_replace(strip_accents(replace(lower({street}), 'ß', 'ss')), '[^\pL\pN]', '', 'g')"
