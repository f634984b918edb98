"""Identifiers of a history's own, so that a thousand histories in one company never meet."""

from dataclasses import dataclass

FORMS = ("NL", "BE", "SE", "GB", "DE", "CN")


def letters(number: int) -> str:
    """A word of five letters for a number, which reads as no word of a street or a name."""
    word = ""
    for _ in range(5):
        word += "bdfghjklmnprtvwz"[number % 16]
        number //= 16
    return word[:2] + "o" + word[2:4] + "i" + word[4:]


@dataclass(frozen=True)
class Values:
    """The values of one history; `own` is a number that no other history has."""

    own: int

    def email(self, number: int) -> str:
        """An address of the history."""
        return f"m{number}.{letters(self.own)}@{letters(self.own)}.example"

    def phone(self, number: int) -> str:
        """A Dutch mobile number of the history, as +31..."""
        return f"+316{10_000_000 + self.own * 4 + number}"

    def address(self, number: int, country: str | None) -> dict[str, str]:
        """Street, house number, postcode and city as they are written in that country."""
        own = self.own * 4 + number
        postcode = {
            "NL": f"{1000 + own % 9000} {chr(65 + own // 9000 % 26)}{chr(65 + own // 234_000 % 26)}",
            "BE": str(1000 + own % 9000),
            "SE": f"{100 + own % 900} {10 + own % 90}",
            "GB": f"{chr(65 + own % 26)}{chr(65 + own // 26 % 26)}{1 + own // 676 % 9} {1 + own // 6084 % 9}AB",
            "CN": str(100_000 + own % 900_000),
        }.get(country or "", str(10_000 + own % 90_000))
        ending = {"SE": "gatan", "GB": " Street", "DE": "straße", "FR": " Avenue"}.get(
            country or "", "straat"
        )
        return {
            "street": f"{letters(own).capitalize()}{ending}",
            "house": str(1 + own % 90),
            "zip": postcode,
            "city": f"{letters(own).capitalize()}dorp",
        }

    def customer_number(self, number: int) -> str:
        """A customer number of the history."""
        return str(1_000_000 + self.own * 4 + number)

    def record_id(self, number: int) -> str:
        """A record id of the history, in whatever feed."""
        return f"r{self.own * 4 + number}"
