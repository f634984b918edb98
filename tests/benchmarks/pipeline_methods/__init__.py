"""How the cost of a whole run of the pipeline is measured, step by step, and beside which floor."""
