"""Sessions: an opaque cookie outside, everything else in Valkey."""
