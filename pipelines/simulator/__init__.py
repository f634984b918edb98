"""The simulated company: files as real companies have them, and the truth about every row.

Where a rate or a word is changed: countries and their words `words`, shares of countries `world`, households and moves
`households`, people's changes `people`, mishaps of typing `noise`, who buys and how often `traits`, orders and returns
`orders`, campaigns `campaigns`, consent and objection `permissions`; broken rows of every company `deliveries`, faults on
request `faults`. What a feed's file looks like is in `forms`, `newsletters`, `sales`, `service`, `web`, `business`,
`permission_feeds` and `reference`, by the name of the feed.
"""

from pipelines.simulator.simulation import SimulationError, SimulationSummary, simulate

__all__ = ["SimulationError", "SimulationSummary", "simulate"]
