"""Spellings of a street are one, and streets are never made one."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.normalising.normal_forms import by_dbt

SAME = [
    ("Prins Hendrikstraat", "Pr. Hendrikstraat", "PR HENDRIKSTR."),
    ("Prinses Irenestraat", "Prs. Irenestraat"),
    ("Burgemeester de Vlugtlaan", "Burg. de Vlugtlaan"),
    ("Professor Tulpstraat", "Prof. Tulpstraat"),
    ("Doktor-Müller-Straße", "Dr.-Müller-Str."),
    ("Koningin Emmalaan", "Kon. Emmalaan"),
    ("Hauptstraße", "HAUPTSTRASSE", "Hauptstr.", "Hauptstr", "hauptstraße", "Haupt-Straße", "Haupt Str."),
    ("Kastanienstraße", "Kastanienstr.", "KASTANIENSTRASSE", "Kastanien Strasse"),
    ("Münchener Straße", "Munchener Str.", "MÜNCHENER STRASSE"),
    ("Straße des 17. Juni", "Str. des 17. Juni"),
    ("Marktplatz", "Marktpl."),
    ("Sankt-Anna-Platz", "St.-Anna-Platz", "St. Anna Platz"),
    ("Wanderweg", "Wanderw.", "Wanderwg"),
    ("Lindengasse", "Lindeng."),
    ("Lindenallee", "Lindenall.", "LINDENALLEE"),
    ("Kerkstraat", "Kerkstr.", "KERKSTRAAT", "Kerkstr"),
    ("Beatrixlaan", "Beatrixln.", "Beatrix laan"),
    ("Kerkplein", "Kerkpl.", "Kerkpln"),
    ("Molenweg", "Molenwg."),
    ("Prinsengracht", "Prinsengr."),
    ("Waversesteenweg", "Waverse Stwg.", "Waverse steenweg"),
    ("Sint-Jansstraat", "St. Jansstraat", "St.-Jansstr.", "Sint Jansstraat"),
    ("Rue de la Loi", "R. de la Loi", "RUE DE LA LOI", "r de la loi"),
    ("Avenue Louise", "Av. Louise", "Ave Louise"),
    ("Boulevard Saint-Michel", "Bd St-Michel", "Blvd. St Michel", "Boul. Saint Michel"),
    ("Place du Marché", "Pl. du Marche"),
    ("Chemin des Dames", "Che des Dames"),
    ("Route de Paris", "Rte de Paris"),
    ("Allée des Tilleuls", "Allee des Tilleuls"),
    ("Chaussée de Wavre", "Chée de Wavre"),
    ("Rue Sainte-Catherine", "Rue Ste Catherine"),
    ("Storgatan", "Storg.", "STORGATAN", "Stor-gatan"),
    ("Ringvägen", "Ringv."),
    ("Sankt Eriksgatan", "S:t Eriksgatan", "St Eriksg."),
    ("Nørregade", "Norregade"),
    ("Kirkegata", "Kirkegt."),
    ("High Street", "High St", "HIGH ST.", "High Str"),
    ("St John's Road", "Saint Johns Rd", "St. John\u2019s Rd."),
    ("Church Lane", "Church Ln"),
    ("Fifth Avenue", "Fifth Ave."),
    ("King's Court", "Kings Ct"),
    ("Grosvenor Square", "Grosvenor Sq."),
    ("Main Street NW", "Main St. NW"),
    ("O'Connell Street", "O\u2019Connell St"),
    ("Oak Drive", "Oak Dr"),
    ("Sunset Boulevard", "Sunset Blvd"),
    ("Calle Mayor", "C/ Mayor", "C. Mayor", "C/Mayor", "Cl. Mayor"),
    ("Avenida de América", "Avda. de America", "Av de América"),
    ("Plaza de España", "Pza. de España", "Pl. de Espana"),
    ("Paseo del Prado", "Po del Prado"),
    ("Via Roma", "V. Roma"),
    ("Viale Monza", "V.le Monza", "Vle Monza"),
    ("Piazza Duomo", "P.zza Duomo", "P.za Duomo", "Pza Duomo"),
    ("Corso Italia", "C.so Italia"),
    ("Rua Augusta", "R. Augusta"),
    ("ulica Długa", "ul. Dluga"),
    ("中山路", "中山路"),
]  # fmt: skip
DIFFERENT = [
    ("Kerkstraat", "Kerklaan", "Kerkplein", "Kerkweg", "Kerkgracht", "Kerksingel", "Kerkkade", "Kerk"),
    ("Hauptstraße", "Hauptplatz", "Hauptweg", "Hauptgasse", "Hauptallee", "Haupt"),
    ("Hoofdweg", "Hoofdweg Noord", "Oude Hoofdweg"),
    ("Korte Kerkstraat", "Lange Kerkstraat", "Kerkstraat"),
    ("Rue de la Loi", "Avenue de la Loi", "Place de la Loi", "Route de la Loi"),
    ("Church Street", "Church Road", "Church Lane", "Church Close", "Church Court", "Church Way", "Church Avenue"),
    ("Oak Drive", "Oak Place", "Oak Plaza", "Oak Square", "Oak Terrace", "Oak Grove", "Oak Crescent", "Oak Circle"),
    ("Main Street N", "Main Street S", "Main Street", "North Main Street"),
    ("S Street", "South Street", "Street"),
    ("1st Street", "2nd Street", "1st Avenue"),
    ("Storgatan", "Storvägen", "Stora vägen", "Storg", "Stor"),
    ("Karlaborg", "Karlaborgsgatan", "Karlaborgatan"),
    ("Sint-Jansstraat", "Sint-Janslaan", "Jansstraat"),
    ("Rue St-Honoré", "Rue du Faubourg St-Honoré"),
    ("Calle Mayor", "Plaza Mayor", "Paseo Mayor"),
    ("Via Roma", "Viale Roma", "Vicolo Roma", "Piazza Roma", "Corso Roma"),
    ("中山路", "中山街", "中山道"),
    ("Hoekstraat", "Hokstraat"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_a_street_are_one(spellings: tuple[str, ...]) -> None:
    assert len(set(by_dbt("street_key", spellings))) == 1


@pytest.mark.parametrize("streets", DIFFERENT, ids=lambda streets: streets[0])
def test_streets_of_other_names_or_kinds_stay_apart(streets: tuple[str, ...]) -> None:
    assert len(set(by_dbt("street_key", streets))) == len(streets)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=50, max_size=100)
)
@example(["C/", "St.", "v.le", "Str", "'", "路", "St St St", "-"])
def test_every_street_has_a_key_of_letters_and_digits(streets: list[str]) -> None:
    keys = by_dbt("street_key", streets)
    assert all(key is not None for key in keys)
    assert by_dbt("street_key", [None]) == [None]
