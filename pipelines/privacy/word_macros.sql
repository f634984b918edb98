-- Makes texts comparable when a person is searched for: folded to ASCII letters and digits, as a whole and word by word.

create or replace temp macro privacy_plain(text) as
    strip_accents(replace(replace(replace(replace(replace(replace(replace(
        lower(text), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'þ', 'th'));

-- Jan van den Berg, jan-van den.berg: janvandenberg; +31 6 12: 31612.
create or replace temp macro privacy_fold(text) as
    nullif(regexp_replace(privacy_plain(text), '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]+', '', 'g'), '');

-- Every Chinese character is a word of its own, since no spaces separate names from the text around them.
create or replace temp macro privacy_words(text) as
    list_filter(
        string_split_regex(
            regexp_replace(privacy_plain(text), '(\p{Han})', ' \1 ', 'g'),
            '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]+'
        ),
        lambda word: word <> ''
    );

-- Long enough to identify somebody: five letters or digits, or two Chinese characters.
create or replace temp macro privacy_identifies(token) as
    length(token) >= 5 or regexp_matches(token, '^\p{Han}{2,}$');

-- Prefixes of a family name are left out: lists are sorted without them.
create or replace temp macro privacy_family(text) as
    privacy_fold(regexp_replace(
        lower(trim(text)),
        '^((van|von|de|den|der|het|''t|te|ten|ter|op|in|uit|af|du|des|del|della|di|da|dos|la|le|el|al|vande|vanden|vander|zu|zum|zur) +)+',
        ''
    ));

-- Jan P. is Jan.
create or replace temp macro privacy_given(text) as
    privacy_fold(regexp_replace(lower(trim(text)), '( [a-zà-ɏ]\.?)+$', ''));
