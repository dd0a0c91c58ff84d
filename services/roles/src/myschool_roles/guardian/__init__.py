"""Who stands for which student."""
