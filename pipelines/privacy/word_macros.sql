-- Makes texts comparable when a person is searched for: word by word, beside the macros of
-- normalising/folding.sql for a text as a whole.

-- Every Chinese character is a word of its own, since no spaces separate names from the text around them.
create or replace temp macro privacy_words(text) as
    list_filter(
        string_split_regex(
            regexp_replace(plain_text(text), '(\p{Han})', ' \1 ', 'g'),
            '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]+'
        ),
        lambda word: word <> ''
    );

-- Long enough to identify somebody: five letters or digits, or two Chinese characters.
create or replace temp macro privacy_identifies(token) as
    length(token) >= 5 or regexp_matches(token, '^\p{Han}{2,}$');

-- Prefixes of a family name are left out: lists are sorted without them.
create or replace temp macro privacy_family(text) as
    folded(without_prefix_words(lower(text)));

-- Jan P. is Jan.
create or replace temp macro privacy_given(text) as
    folded(regexp_replace(lower(trim(text)), '( [a-zà-ɏ]\.?)+$', ''));
