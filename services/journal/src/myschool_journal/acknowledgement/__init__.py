"""What the school sees of «ознакомлен»."""
