"""What a person asks about the own data over all services: who looked, a copy to take along."""
