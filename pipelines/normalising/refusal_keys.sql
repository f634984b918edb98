-- The keys of a refusal: every identifier that may be meant, since what refuses need only be recognised.

-- a+news@b is delivered to a@b.
create or replace temp macro clean_without_tag(email) as
    coalesce(nullif(split_part(split_part(email, '@', 1), '+', 1), ''), split_part(email, '@', 1))
    || '@' || split_part(email, '@', 2);

-- Every address that may be meant, also with a space, a doubled mark or another word in between.
create or replace temp macro clean_possible_emails(text) as
    list_filter(
        list_transform(
            list_concat(
                regexp_extract_all(regexp_replace(text, '\s+\.', '.', 'g'), '[^\s@"(),:;<>\[\]\\|]+@[0-9a-z\x{80}-\x{10FFFF}.-]+'),
                list_transform(
                    list_filter(
                        regexp_split_to_array(text, '[,:;<>()"\[\]|]+'),
                        lambda part: length(part) - length(replace(part, '@', '')) = 1
                    ),
                    lambda part: replace(part, ' ', '')
                )
            ),
            lambda part: clean_email_trimmed(part)
        ),
        lambda part: clean_is_email(part)
    );

-- The e-mail addresses in a cell of a refusal, without tags, sorted; empty if none can be read.
create or replace temp macro clean_email_keys(text) as
    list_transform(
        [clean_email(text)],
        lambda email:
            case
                when email is not null then [clean_without_tag(email)]
                when contains(text, '@') or regexp_matches(text, '[&%]')
                    then list_sort(list_distinct(list_transform(
                        clean_possible_emails(regexp_replace(
                            regexp_replace(clean_email_text(text), '[.]*@[@.]*', '@', 'g'), '[.][.]+', '.', 'g'
                        )),
                        lambda possible: clean_without_tag(possible)
                    )))
                else []::varchar[]
            end
    )[1];

-- A whole number that became a float: 993.0, 612345671,00, 3.1612345671E10. A spreadsheet rounds what it shows as
-- 3.16123E+10: with a +, every digit must be there.
create or replace temp macro clean_whole_number(text) as
    case
        when regexp_matches(text, '^\d+[.,]0{1,2}$') then regexp_extract(text, '^\d+')
        when
            regexp_matches(text, '^[1-9][.,]\d{1,15}[eE]\+?\d{1,2}$')
            and length(regexp_extract(text, '[.,](\d+)', 1)) <= regexp_extract(text, '\d+$')::integer
            and regexp_extract(text, '\d+$')::integer between 7 and 15
            and (
                not contains(text, '+')
                or length(regexp_extract(text, '[.,](\d+)', 1)) = regexp_extract(text, '\d+$')::integer
            )
            then left(text, 1) || rpad(regexp_extract(text, '[.,](\d+)', 1), regexp_extract(text, '\d+$')::integer, '0')
        else text
    end;

-- A customer number or a record's key: 000882, 882 and 882.0 are one.
create or replace temp macro clean_number_key(text) as
    nullif(regexp_replace(clean_whole_number(trim(lower(text), ' ''"=')), '^0+(\d+)$', '\1'), '');

-- Digits behind +, without a trunk zero behind the calling code; the codes are those of ITU-T E.164.
create or replace temp macro clean_international(digits) as
    '+' || regexp_replace(
        digits,
        '^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[7-9]\d|8[035789]\d|9[679]\d)0+',
        '\1'
    );

-- What one number, digits with or without +, may be elsewhere: +31612345671 for an international number; for any other
-- its national digits without zeros in front, and +digits should the + have been lost. A trunk prefix other than 0 tells
-- the country: 06 Hungary, 8 Russia, Kazakhstan, Lithuania, Belarus and Turkmenistan, 15 within a number Argentina.
create or replace temp macro clean_phone_readings(number) as
    list_filter(
        [
            case
                when regexp_matches(number, '^\+?[1-9]') then clean_international(ltrim(number, '+'))
                when regexp_matches(number, '^\+?00') then clean_international(regexp_replace(number, '^\+?00(?:11)?0*', ''))
                when regexp_matches(number, '^011\d{9}') then clean_international(substr(number, 4))
            end,
            case when not regexp_matches(number, '^(?:\+[1-9]|\+?00)') then ltrim(number, '+0') end,
            case when regexp_matches(number, '^06\d{8,9}$') then '+36' || substr(number, 3) end,
            case when regexp_matches(number, '^8\d{10}$') then '+7' || substr(number, 2) end,
            case when regexp_matches(number, '^8\d{8}$') then '+370' || substr(number, 2) end,
            case when regexp_matches(number, '^8\d{8}$') then '+993' || substr(number, 2) end,
            case when regexp_matches(number, '^80?\d{9}$') then '+375' || right(number, 9) end,
            case
                when regexp_matches(number, '^0?(11|[23]\d{2,3})15\d{6,8}$')
                    then regexp_replace(number, '^0?(11|[23]\d{2,3})15(\d{6,8})$', '+549\1\2')
            end
        ],
        lambda reading: length(reading) >= 6
    );

-- The letters O, l and I that stand for digits, next to a digit and no other letter: O6-1234567l.
create or replace temp macro clean_letters_as_digits(text) as
    case
        when regexp_matches(text, '[0-9][oOlI]|[oOlI][0-9]')
            then regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                text, '([0-9])[oO]([^A-Za-z]|$)', '\10\2', 'g'), '(^|[^A-Za-z])[oO]([0-9])', '\10\2', 'g'),
                '([0-9])[lI]([^A-Za-z]|$)', '\11\2', 'g'), '(^|[^A-Za-z])[lI]([0-9])', '\11\2', 'g')
        else text
    end;

-- Digits and separators within a number; a semicolon for everything else, and nothing of a rounded 3.16123E+10.
create or replace temp macro clean_phone_text(text) as
    replace(
        regexp_replace(
            regexp_replace(
                array_to_string(
                    list_transform(
                        regexp_split_to_array(clean_letters_as_digits(text), '[;|[:cntrl:]]+'),
                        lambda part: regexp_replace(clean_whole_number(trim(part)), '^\d[.,]\d+[eE].*$', '')
                    ),
                    ';'
                ),
                '\( ?0 ?\)', '', 'g'
            ),
            '[^0-9+ ().\-/]+', ';', 'g'
        ),
        '+', ';+'
    );

create or replace temp macro clean_halves(digits) as
    case
        when length(digits) % 2 = 0 then [left(digits, length(digits) // 2), right(digits, length(digits) // 2)]
        else []
    end;

-- The numbers of a cell, each as digits with or without +. A slash stands between two numbers or within one; more digits
-- than a number has are two of one length, or as many as there are words.
create or replace temp macro clean_phone_numbers(text) as
    list_filter(
        list_transform(
            flatten(list_transform(
                string_split(clean_phone_text(text), ';'),
                lambda part:
                    case
                        when contains(part, '/')
                            then list_concat([part], list_filter(
                                string_split(part, '/'), lambda piece: regexp_matches(piece, '(\d\D*){8}|^\D*[0+](\d\D*){5}')
                            ))
                        when regexp_matches(part, '(\d\D*){16}')
                            then list_concat(
                                [part],
                                clean_halves(regexp_replace(part, '\D', '', 'g')),
                                list_filter(
                                    string_split(part, ' '), lambda piece: regexp_matches(piece, '(\d\D*){9}|^\D*[0+](\d\D*){7}')
                                )
                            )
                        else [part]
                    end
            )),
            lambda part: regexp_replace(part, '[^0-9+]', '', 'g')
        ),
        lambda number: regexp_full_match(number, '\+?\d{6,18}')
    );

-- The keys of the phone numbers in a cell of a refusal, for comparison with the phone_keys of profiles (normal_forms.sql of
-- dbt); sorted, empty if no number has six digits.
create or replace temp macro clean_phone_keys(text) as
    coalesce(
        list_sort(list_distinct(flatten(list_transform(clean_phone_numbers(text), lambda number: clean_phone_readings(number))))),
        []::varchar[]
    );
