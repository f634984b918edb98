"""The simulated company: files as real companies have them, and the truth about every row.

Rates and words are set in: `words` (countries and their vocabularies), `world` (shares of countries), `households` (types,
moves), `people` (changes of people's data), `noise` (typing errors), `traits` (who buys and how often), `orders` (orders and
returns), `campaigns`, `permissions` (consent and objection), `deliveries` (broken rows of every company), `faults` (faults on
request). The files of a feed are made by the function of its name in `forms`, `newsletters`, `sales`, `service`, `web`,
`business`, `permission_feeds` and `reference`.
"""

from pipelines.simulator.simulation import SimulationError, SimulationSummary, simulate

__all__ = ["SimulationError", "SimulationSummary", "simulate"]
