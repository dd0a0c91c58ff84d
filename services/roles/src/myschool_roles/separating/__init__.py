"""A merge of two records that was a mistake."""
