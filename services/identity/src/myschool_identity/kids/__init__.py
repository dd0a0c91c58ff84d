"""Children in an account at Госуслуги, and what a family says about a child."""
