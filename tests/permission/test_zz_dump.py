def test_dump(every_point, defined, explain):
    with open("/tmp/diffs.txt", "w") as out:
        for owner in defined:
            got = every_point.get(owner, set())
            if got != defined[owner]:
                print("=====", owner, "MORE", sorted(map(str, got - defined[owner])), "LESS", sorted(map(str, defined[owner] - got)), file=out)
                print(explain(owner), file=out)
