"""What every form of the system is deployed with: the NATS configuration and the secrets."""
