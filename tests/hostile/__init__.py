"""Hostile deliveries, damage, and the ways back from decisions that stop a warehouse."""
