"""House rules as lints, each with its test."""
