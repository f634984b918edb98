"""What people are called instead of their given name."""

_CALLED = """
Johannes Jan,Hans,Joop; Cornelis Kees,Cor; Hendrik Henk,Rik; Willem Wim; Pieter Piet,Peter; Gerrit Gert; Jacobus Koos,Jaap;
Maria Marie,Ria,Mia; Johanna Jo,Hanna; Cornelia Corrie,Nelly; Elisabeth Lies,Els,Liesbeth; Wilhelmina Willy,Mien;
Thomas Tom; Anna Anneke,An; Adriaan Ad; Abraham Bram; Alexander Alex,Sander; Michael Mike; Daniel Daan,Dan; Matthias Thijs;
Catharina Trijntje,Toos; Margaretha Greet,Gré; Hendrika Riek; Frederik Fred; Theodorus Theo; Nicolaas Nico,Klaas;
Karl Kalle; Lars Lasse; Margareta Greta; Katarina Kajsa; Kristina Stina; Anders Ante; Erik Erka; Johan Johnny; Per Pelle;
Nils Nisse; Gustav Gurra; Birgitta Gittan; Elisabet Lisa; Fredrik Fredde; Magnus Mange; Mikael Micke; Jonathan Jonte;
William Bill,Will; Robert Bob,Rob; Richard Dick,Rick; Elizabeth Liz,Beth; Katherine Kate,Kathy; Margaret Maggie,Peggy;
Christopher Chris; Susan Sue; Rebecca Becky; David Dave; Andrew Andy; James Jim; John Jack; Michelle Shelly; Patricia Pat;
Matthew Matt; Stephen Steve; Anthony Tony; Deborah Debbie; Jennifer Jenny; Victoria Vicky; Samantha Sam; Edward Ted,Ed;
Jean-Pierre Jean; Philippe Phil; Françoise Fanny; Dominique Dom; Christophe Chris; Véronique Véro; Sébastien Seb
"""
_BY_NAME = {
    entry.split(" ", 1)[0].strip(): entry.split(" ", 1)[1].strip().split(",")
    for entry in _CALLED.replace("\n", " ").split(";")
    for entry in [entry.strip()]
}


def nickname(given: str, draw: float) -> str:
    """A usual nickname, else the name cut short; in Chinese "little" before the last character.

    `draw` (0 to 1) chooses among several.
    """
    if ord(given[0]) > 0x2E80:
        return "小" + given[-1]
    if given in _BY_NAME:
        return _BY_NAME[given][int(draw * len(_BY_NAME[given]))]
    return given[: 3 + int(draw * 2)] if len(given) > 4 else given + "ie"
