"""House rules as lints, each with its test: `python -m myschool_lint`."""
