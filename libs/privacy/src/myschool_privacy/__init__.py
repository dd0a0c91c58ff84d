"""Personal data in every service: sealed fields, who looked at them, what a person may take along or have erased."""
