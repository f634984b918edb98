-- DuckDB macros of the normal forms; each takes NFKC text after clean_spaces.
-- A letter is [A-Za-z\x{80}-\x{10FFFF}]: compiling \p{L} costs more than all the rest on a small file.

create or replace temp macro clean_spaces(text) as
    nullif(trim(
        case
            when regexp_matches(text, '[[:cntrl:]]|\s\s') then regexp_replace(text, '[[:cntrl:]\s]+', ' ', 'g')
            else text
        end
    ), '');

-- 'na' and 'nan' are not here: they are given names in Chinese and Thai.
create or replace temp macro clean_is_placeholder(text) as
    lower(text) in (
        'nvt', 'n.v.t.', 'n.v.t', 'n/a', 'n.a.', '#n/a', 'null', 'none', 'geen', 'ingen', 'empty',
        'onbekend', 'niet bekend', 'unknown', 'not known', 'unbekannt', 'inconnu', 'desconocido', 'okänd', 'okänt', 'saknas',
        'anoniem', 'anonymous', 'anonym', 'test', 'testing', 'tester', 'test test', 'testje', 'asdf', 'qwerty', 'dummy',
        'xx', 'xxx', 'xxxx', '无', '無', '没有', '不详', '不詳', '未知', '匿名', '测试', '測試', '空', '—', '–'
    )
    or not regexp_matches(text, '[A-Za-z\x{80}-\x{10FFFF}]');

create or replace temp macro clean_words(text) as
    case when not clean_is_placeholder(text) then nullif(trim(text, ' ,;"'), '') end;

-- 'Berg, van den' is how phone books sort it.
create or replace temp macro clean_family_name(text) as
    regexp_replace(
        clean_words(text),
        '^([^,]+), ?((?i:van|von|de|den|der|ten|ter|te|''t|af|du|la|het|op|in|uit)(?: (?i:de|den|der|het|la|''t))?)$',
        '\2 \1'
    );

create or replace temp macro clean_gender(text) as
    case
        when rtrim(lower(text), '.') in (
            'f', 'v', 'w', 'k', 'female', 'woman', 'girl', 'vrouw', 'vrouwelijk', 'kvinna', 'kvinde', 'kvinne', 'frau', 'weiblich',
            'femme', 'féminin', 'mujer', 'femenino', 'donna', 'femmina', 'kobieta', 'mw', 'mevr', 'mevrouw', 'mrs', 'ms', 'miss',
            'fru', 'fröken', 'mme', 'madame', 'mademoiselle', '女', '女性', '女士', '小姐', '太太'
        ) then 'female'
        when rtrim(lower(text), '.') in (
            'm', 'male', 'man', 'boy', 'mannelijk', 'mand', 'mann', 'männlich', 'manlig', 'homme', 'masculin', 'hombre', 'masculino',
            'uomo', 'maschio', 'mężczyzna', 'mr', 'dhr', 'de heer', 'heer', 'meneer', 'herr', 'monsieur', 'sir', '男', '男性', '先生'
        ) then 'male'
        when rtrim(lower(text), '.') in (
            'x', 'o', 'other', 'nb', 'non-binary', 'nonbinary', 'anders', 'overig', 'annan', 'annat', 'divers', 'autre', 'otro', '其他'
        ) then 'other'
    end;

-- ISO 8601 only: a plain cast would also read 'epoch' and years of five digits.
create or replace temp macro clean_iso_date(text) as
    case
        when regexp_matches(text, '^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$')
            then try_cast(regexp_extract(text, '^[\d-]+') as date)
        when regexp_matches(text, '^\d{8}$') then try_strptime(text, '%Y%m%d')::date
    end;

-- 1900-01-01 is what systems write for an empty date.
create or replace temp macro clean_possible_birth_date(day) as
    case when day > date '1900-01-01' and day < date '2100-01-01' then day end;

-- Marks around an address are no part of it, though RFC 5322 allows most of them at the start of a local part.
create or replace temp macro clean_is_email(text) as
    length(text) <= 254
    and position('@' in text) <= 65
    and regexp_matches(text, '^[^\s@"(),:;<>\[\]\\.''`=*/?~{}|&][^\s@"(),:;<>\[\]\\.]*(\.[^\s@"(),:;<>\[\]\\.]+)*@([0-9A-Za-z\x{80}-\x{10FFFF}-]+\.)+[A-Za-z\x{80}-\x{10FFFF}][0-9A-Za-z\x{80}-\x{10FFFF}-]+$')
    and not regexp_matches(split_part(text, '@', 2), '^-|\.-|-\.|-$');

-- 路, 街, 道, 巷, 弄, 里 and 村 end a Chinese street name; the house number follows it.
create or replace temp macro clean_chinese_address(text) as
    regexp_extract(text, '^(.*?[路街道巷弄里村]) ?(\d.*)$', ['street', 'number']);

create or replace temp macro clean_number_first_address(text) as
    regexp_extract(text, '^(\d{1,5}[A-Za-z]?(?:[-/]\d{1,5}[A-Za-z]?)?),? ([A-Za-z\x{80}-\x{10FFFF}].*)$', ['number', 'street']);

create or replace temp macro clean_number_last_address(text) as
    regexp_extract(
        text,
        '^(.*?[A-Za-z\x{80}-\x{10FFFF}].*?)[ ,]+(\d{1,5} ?[A-Za-z]{0,3}(?: ?[-/] ?[0-9A-Za-z]{1,5})?(?:,? (?i:bus|bte|boîte|box|lgh|apt|tr|hs|huis)\.? ?[0-9A-Za-z]{0,5})?)$',
        ['street', 'number']
    );

create or replace temp macro clean_split_address(text, country) as
    case
        when regexp_matches(text, '[路街道巷弄里村] ?\d') then clean_chinese_address(text)
        when country in ('GB', 'IE', 'US', 'CA', 'AU', 'NZ', 'FR', 'LU') and regexp_matches(text, '^\d')
            then {
                'street': clean_number_first_address(text).street,
                'number': clean_number_first_address(text).number
            }
        when country is null and regexp_matches(text, '^\d') and clean_number_last_address(text).number = ''
            then {
                'street': clean_number_first_address(text).street,
                'number': clean_number_first_address(text).number
            }
        else clean_number_last_address(text)
    end;

create or replace temp macro clean_house_number(text) as
    nullif(
        regexp_replace(regexp_replace(upper(text), '^(\d+)[ -]+([A-Z])$', '\1\2'), '号$', ''),
        ''
    );

-- A postcode that became a float: 80331.0.
create or replace temp macro clean_whole_postcode(text) as
    case
        when right(text, 2) in ('.0', ',0', '00') then regexp_replace(text, '^(\d{3,8})[.,]0$|^(\d{4,8})[.,]00$', '\1\2')
        else text
    end;

-- Without a country the forms of NL and GB are known by their looks; D-10115 and F 75001 name theirs.
create or replace temp macro clean_foreign_postcode(text, country) as
    case
        when country is null and regexp_matches(text, '^[1-9]\d{3}[A-Z]{2}$') then left(text, 4) || ' ' || right(text, 2)
        when country is null and regexp_matches(text, '^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$')
            then left(text, length(text) - 3) || ' ' || right(text, 3)
        when regexp_matches(text, '\d') then regexp_replace(text, '^[A-Z]{1,3}(?: ?- ?(\d)| (\d{4,})$)', '\1\2')
    end;

create or replace temp macro clean_postcode(text, country) as
    case country
        -- Letters that are read as digits: 2O4O HB.
        when 'NL' then nullif(regexp_replace(
            regexp_extract(
                if(
                    regexp_matches(text, '^[1-9OIil|o][\doOIil|]*[oOIil|][\doOIil|]* ?[A-Za-z]{2}$') and length(text) in (6, 7),
                    translate(left(text, 4), 'oOIil|', '001111') || upper(substr(text, 5)),
                    upper(text)
                ), '^(?:NL[ -]?)?([1-9]\d{3} ?[A-Z]{2})$', 1), '^(\d{4}) ?([A-Z]{2})$', '\1 \2'), '')
        when 'BE' then nullif(regexp_extract(upper(text), '^(?:BE?[ -]?)?([1-9]\d{3})$', 1), '')
        when 'SE' then nullif(regexp_replace(
            regexp_extract(upper(text), '^(?:SE?[ -]?)?([1-9]\d{2} ?\d{2})$', 1), '^(\d{3}) ?(\d{2})$', '\1 \2'), '')
        when 'GB' then nullif(regexp_replace(
            regexp_extract(upper(text), '^([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$', 1), '^(.*?) ?(\d[A-Z]{2})$', '\1 \2'), '')
        when 'CN' then nullif(regexp_extract(upper(text), '^(?:CN[ -]?)?(\d{6})$', 1), '')
        else clean_foreign_postcode(upper(text), country)
    end;

-- Dutch lists often have four digits only, which are the area although no full postcode.
create or replace temp macro clean_postcode_area(postcode, text, country) as
    case country
        when 'NL' then coalesce(left(postcode, 4), nullif(regexp_extract(text, '^[1-9]\d{3}$'), ''))
        when 'BE' then postcode
        when 'SE' then left(postcode, 3)
        when 'GB' then split_part(postcode, ' ', 1)
        when 'CN' then left(postcode, 4)
        else left(postcode, 3)
    end;
