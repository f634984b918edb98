"""Running dbt: the parsed project, the connection it shares, its variables, what has to be built anew, where columns come from."""
