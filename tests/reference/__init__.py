"""The model of docs/model.md in plain Python: slow, time-major, written from that page alone."""
