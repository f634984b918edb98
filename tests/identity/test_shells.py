"""A profile that was reduced to its number keeps its person's id alive."""

from tests.identity.small_company import Company


def test_a_shell_follows_the_profile_it_is_tied_to_and_keeps_the_id() -> None:
    company = Company(
        [
            {"profile_id": 1, "tied_profile_id": 3},
            {"profile_id": 2, "email": "eva@berg.example", "given_name": "Eva"},
            {"profile_id": 3, "email": "jan@berg.example", "given_name": "Jan"},
            {"profile_id": 4, "email": "jan@berg.example", "given_name": "Jan"},
        ]
    )
    people = dict(
        company.connection.execute("select profile_id, person_id from identity.profile_person").fetchall()
    )
    assert people == {1: 1, 2: 2, 3: 1, 4: 1}
