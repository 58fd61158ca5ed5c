"""Additive increase, multiplicative decrease on congestion echoes: one algorithm in five forms."""
