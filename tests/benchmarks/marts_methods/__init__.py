"""How the cost of the dbt models is measured."""
