"""What deploy/k8s is made and checked with."""
