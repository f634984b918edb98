"""Running the pipeline in this process, on the warehouse, on a copy of it, or as it was on an earlier day."""
