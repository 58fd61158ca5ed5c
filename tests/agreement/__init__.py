"""Runs the engine and the reference model on the same plan and compares every record."""
