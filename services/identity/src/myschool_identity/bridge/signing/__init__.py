"""How requests to Госуслуги are signed: one port, an adapter for each place where the key may live."""
