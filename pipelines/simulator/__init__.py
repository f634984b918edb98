"""The simulated company: files as real companies have them, and the truth about every row."""

from pipelines.simulator.simulation import SimulationError, SimulationSummary, simulate

__all__ = ["SimulationError", "SimulationSummary", "simulate"]
