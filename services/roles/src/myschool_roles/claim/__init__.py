"""Guardians who ask a child from 14 on to be let stand for them."""
