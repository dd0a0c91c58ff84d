"""Who may not sign in for now."""
