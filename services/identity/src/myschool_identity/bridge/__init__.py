"""OpenID provider in front of Госуслуги: the second process of identity."""
