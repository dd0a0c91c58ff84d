"""What two services need and no business noun."""
