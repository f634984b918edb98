-- Texts as they are compared: spellings of one name are one.

-- Small, without accents; letters that have no accent to lose are written as those beside them on a keyboard.
create or replace temp macro plain_text(text) as
    strip_accents(replace(replace(replace(replace(replace(replace(replace(
        lower(text), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'þ', 'th'));

-- Its letters and digits: a to z and those of other scripts. Jan van den Berg, jan-van den.berg: janvandenberg; +31 6 12: 31612.
create or replace temp macro letters_and_digits(text) as
    regexp_replace(plain_text(text), '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]', '', 'g');

-- The same, null where none is left.
create or replace temp macro folded(text) as
    nullif(letters_and_digits(text), '');

-- A family name in small letters without the prefixes before it: van den Berghe is Berghe. dbt's family_key has the same list
-- (dbt_project/macros/refusals.sql), and a test compares the two.
create or replace temp macro without_prefix_words(text) as
    regexp_replace(
        trim(text),
        '^((van|von|de|den|der|het|''t|te|ten|ter|op|in|uit|af|du|des|del|della|di|da|dos|la|le|el|al|vande|vanden|vander|zu|zum|zur) +)+',
        ''
    );

-- Also without one that is written in one word with the name: Van den Berghe, Vandenberghe and Berghe are one.
create or replace temp macro without_prefix(text) as
    regexp_replace(without_prefix_words(text), '^(vanden|vander|vande)([^ ]{3,})$', '\2');
