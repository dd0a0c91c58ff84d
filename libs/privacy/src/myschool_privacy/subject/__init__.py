"""What a person may ask of a service about the own data: who looked, a copy, an erasure."""
