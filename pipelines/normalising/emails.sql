-- Reads e-mail addresses that are not valid as they are.

-- Lower case, HTML entities and URL escapes decoded, no spaces around @.
create or replace temp macro clean_email_text(text) as
    regexp_replace(
        case
            when regexp_matches(text, '[&%]')
                then replace(replace(replace(replace(replace(
                    regexp_replace(
                        regexp_replace(lower(text), '&(?:#0*39|#x0*27|apos|[lr]squo);', '''', 'g'),
                        '&#0*64;|&#x0*40;|&commat;|%40', '@', 'g'
                    ),
                    '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&nbsp;', ' '), '%20', ' ')
            else lower(text)
        end,
        '\s*@\s*', '@', 'g'
    );

create or replace temp macro clean_email_trimmed(text) as trim(text, '.''`=*/?~{}|&');

-- The only address in a cell, beside a display name, a label, a comment in parentheses and punctuation; the same address twice
-- counts once. A new word may begin after a dot, so only a space before a dot is removed.
create or replace temp macro clean_only_email(text) as
    list_filter(
        [array_to_string(
            list_distinct(list_filter(
                list_transform(
                    regexp_split_to_array(
                        regexp_replace(
                            regexp_replace(text, '^[^<>@]*<|\([^()@]*\)|"[^"@]*"|\b(?:mailto|smtp|e-?mail) ?:|\?[a-z]+=[^\s<>]*', ' ', 'g'),
                            '\s+\.', '.', 'g'
                        ),
                        '[\s,;:<>()"\[\]|]+'
                    ),
                    lambda part: clean_email_trimmed(part)
                ),
                lambda part: part <> ''
            )),
            ' '
        )],
        lambda email: clean_is_email(email)
    )[1];

create or replace temp macro clean_email(text) as
    case when clean_is_email(text) then lower(text) else clean_only_email(clean_email_text(text)) end;
