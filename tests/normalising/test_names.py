"""Full names taken apart."""

import pytest

from pipelines.normalising.names import split_full_name


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Jan Jansen", "Jan", "Jansen"),
        ("Jan van den Berg", "Jan", "van den Berg"),
        ("Jan Peter de Vries", "Jan Peter", "de Vries"),
        ("Berg, Jan van den", "Jan", "van den Berg"),
        ("Berg van den, Jan", "Jan", "van den Berg"),
        ("van den Berg, Jan", "Jan", "van den Berg"),
        ("Vandenberghe, An", "An", "Vandenberghe"),
        ("An Van den Broeck", "An", "Van den Broeck"),
        ("Dhr. J. van 't Hof", "J.", "van 't Hof"),
        ("Mevrouw A.M. Jansen-de Boer", "A.M.", "Jansen-de Boer"),
        ("VAN DEN BERG Jan", "Jan", "VAN DEN BERG"),
        ("JAN de Vries", "JAN", "de Vries"),
        ("JP Jansen", "JP", "Jansen"),
        ("JAN JANSEN", "JAN", "JANSEN"),
        ("de Vries", None, "de Vries"),
        ("Jan", "Jan", None),
        ("Jan Jansen jr.", "Jan", "Jansen jr."),
        ("Jan Jansen, Jr.", "Jan", "Jansen Jr."),
        ("Jansen, Jan jr", "Jan", "Jansen jr"),
        ("Anna Maria Johansson", "Anna Maria", "Johansson"),
        ("Carl af Klercker", "Carl", "af Klercker"),
        ("Åsa Öberg", "Åsa", "Öberg"),
        ("王小明", "小明", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("諸葛亮", "亮", "諸葛"),
        ("王 小明", "小明", "王"),
        ("李先生", None, "李"),
        ("迪丽热巴·迪力木拉提", "迪丽热巴", "迪力木拉提"),
        (",", None, None),
        ("van", "van", None),
    ],
)
def test_a_full_name_is_split(text: str, given: str | None, family: str | None) -> None:
    assert split_full_name(text) == (given, family)
