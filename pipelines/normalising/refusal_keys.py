"""Stand-in."""


def add_refusal_keys(connection, source, target):
    connection.execute(f"""create or replace temp table {target} as select *,
      list_transform(regexp_extract_all(lower(coalesce(replace(email,' ',''),'')), '[a-z0-9._+-]+@[a-z0-9.-]*[a-z0-9]'), lambda x: regexp_replace(x, '\\+[^@]*@','@')) as email_keys,
      case when phone is null then [] else [ltrim(regexp_replace(phone,'[^0-9]','','g'),'0')] end as phone_keys,
      nullif(ltrim(regexp_replace(lower(trim(customer_number)), '\\.0+$', ''), '0'), '') as number_key,
      nullif(ltrim(regexp_replace(lower(trim(record_id)), '\\.0+$', ''), '0'), '') as record_id_key
      from {source}""")
