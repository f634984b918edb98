-- How names and web addresses of companies are compared.

-- Without legal form, at the end or (AB Volvo) before the name; Jansen & Zoon is Jansen en Zoon.
create or replace temp macro company_words(text) as
    trim(regexp_replace(
        regexp_replace(
            lower(text),
            '([ ,(]+(?:' || {forms} || ')\)?)+$|^(?:ab|nv|bv|bvba|sprl) +|(?:股份有限|有限责任|有限)?公司$', '', 'g'
        ),
        ' (&|\+|en|and|und|et|och|y|e) |[&+]', ' ', 'g'
    ));

create or replace temp macro company_name(text) as
    coalesce(folded(company_words(text)), folded(text));

create or replace temp macro company_host(address) as
    nullif(regexp_replace(
        regexp_extract(lower(trim(address)), '^(?:[a-z]+://)?([^/:?#@ ]+\.[^/:?#@ ]+)', 1), '^www\d?\.', ''
    ), '');

-- A typing error of one letter; it leaves one half of the name unchanged, which is cheaper to test. Digits are no typing
-- errors: branch 12 is not branch 13.
create or replace temp macro company_alike(a, b) as
    a = b
    or (
        least(length(a), length(b)) >= 6
        and abs(length(a) - length(b)) <= 1
        and (
            left(a, length(a) // 2 - 1) = left(b, length(a) // 2 - 1)
            or right(a, length(a) // 2 - 1) = right(b, length(a) // 2 - 1)
        )
        and damerau_levenshtein(a, b) = 1
        and regexp_replace(a, '[^0-9]', '', 'g') = regexp_replace(b, '[^0-9]', '', 'g')
    );

-- The longest part of a web address before its ending: the name its owner gave it.
create or replace temp macro company_label(domain) as
    letters_and_digits(list_reduce(
        string_split(regexp_replace(domain, '\.[^.]+$', ''), '.'),
        lambda longest, part: case when length(part) > length(longest) then part else longest end
    ));

create or replace temp macro company_owns(name, domain_label) as
    (length(name) > 3 and contains(domain_label, name))
    or (length(domain_label) > 3 and contains(name, domain_label));
