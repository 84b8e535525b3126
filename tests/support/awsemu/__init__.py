"""AWS as the wire tests need it: moto corrected, faults, outages and a witness."""
